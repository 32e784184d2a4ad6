"""Surprisal against paper, the definition of perplexity, and torch's cross-entropy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import surprisal
from tests.forward_passes import made

PROBABILITIES = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=30).map(np.array)


def test_one_bit_and_three_bits_are_two_on_average():
    course = surprisal.course(np.array([1.0, 3.0, 2.0]))
    assert course.running_mean.tolist() == [1.0, 2.0, 2.0]
    assert (course.total, course.cross_entropy, course.perplexity) == (6.0, 2.0, 4.0)


@pytest.mark.parametrize("n_choices", [1, 2, 10, 49_152])
@pytest.mark.parametrize("n_tokens", [1, 2, 100])
def test_a_guess_among_so_many_has_their_number_as_perplexity(n_choices, n_tokens):
    course = surprisal.course(np.full(n_tokens, np.log2(n_choices)))
    assert course.perplexity == pytest.approx(n_choices)


@given(PROBABILITIES)
def test_perplexity_is_the_nth_root_of_one_over_the_probability_of_the_text(probabilities):
    course = surprisal.course(-np.log2(probabilities) + 0.0)
    assert course.perplexity == pytest.approx(math.prod(probabilities) ** (-1 / len(probabilities)))
    assert course.perplexity >= 1.0


@given(PROBABILITIES)
def test_perplexity_is_the_same_in_nats(probabilities):
    course = surprisal.course(-np.log2(probabilities) + 0.0)
    assert course.perplexity == pytest.approx(np.exp(-np.log(probabilities).mean()))


@given(PROBABILITIES, PROBABILITIES)
def test_two_texts_together_weigh_by_their_tokens(one, other):
    bits = [-np.log2(part) + 0.0 for part in (one, other)]
    first, second, both = map(surprisal.course, (*bits, np.concatenate(bits)))
    assert both.total == pytest.approx(first.total + second.total)
    assert both.cross_entropy * (len(one) + len(other)) == pytest.approx(both.total)
    assert both.running_mean[: len(one)] == pytest.approx(first.running_mean)


def test_perplexities_of_texts_cannot_be_averaged():
    short, long = np.array([6.0]), np.zeros(3)
    both = surprisal.course(np.concatenate([short, long])).perplexity
    separate = [surprisal.course(bits).perplexity for bits in (short, long)]
    assert both == pytest.approx(2**1.5)
    assert np.mean(separate) == pytest.approx(32.5)


def test_torch_computes_the_same_cross_entropy(rng):
    torch = pytest.importorskip("torch")
    logits, targets = rng.normal(scale=3.0, size=(20, 50)), rng.integers(50, size=20)
    arguments = torch.tensor(logits), torch.tensor(targets)
    each = torch.nn.functional.cross_entropy(*arguments, reduction="none").numpy()
    course = surprisal.course(each / np.log(2))
    mean = torch.nn.CrossEntropyLoss()(*arguments).item()
    assert course.cross_entropy * np.log(2) == pytest.approx(mean)
    assert course.perplexity == pytest.approx(np.exp(mean))


def test_the_example_of_the_textbooks_has_perplexity_one_and_a_half():
    likelihoods = (
        np.exp(3.0) / np.exp([1.0, 2.0, 3.0]).sum() * np.ones(2)
    )  # third, then first class
    course = surprisal.course(-np.log2(likelihoods))
    assert course.cross_entropy * np.log(2) == pytest.approx(0.4076, abs=1e-4)
    assert course.perplexity == pytest.approx(1.503, abs=1e-3)


@pytest.mark.parametrize("n_tokens", [2, 12])
def test_a_run_says_the_same_as_its_course(n_tokens):
    forward = made(n_tokens)
    course = surprisal.course(forward.surprisals)
    assert len(course.surprisals) == n_tokens - 1
    assert course.cross_entropy == pytest.approx(forward.surprisals.mean())


def test_a_single_impossible_token_makes_the_perplexity_infinite():
    course = surprisal.course(np.array([1.0, np.inf, 1.0]))
    assert course.running_mean.tolist() == [1.0, np.inf, np.inf]
    assert course.perplexity == np.inf


def test_a_text_of_one_token_has_no_mean():
    course = surprisal.course(np.array([]))
    assert np.isnan(course.cross_entropy)
    assert np.isnan(course.perplexity)
    assert course.total == 0.0


@pytest.mark.parametrize(("bits", "got"), [([1.0, -0.5], "got -0.5"), ([np.nan], "got nan")])
def test_what_cannot_be_a_surprisal_is_refused(bits, got):
    with pytest.raises(ValueError, match=got):
        surprisal.course(np.array(bits))
