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
    with pytest.raises(ValueError, match=got):
        surprisal.course(np.ones(len(bits)), np.array(bits))


# What was expected


def test_what_was_expected_is_the_mean_entropy():
    course = surprisal.course(np.array([1.0, 3.0]), np.array([2.0, 5.0]))
    assert course.expected == 3.5
    assert course.perplexities.tolist() == [2.0, 4.0]
    assert np.isnan(surprisal.course(np.array([1.0])).expected)
    assert np.isnan(surprisal.course(np.array([]), np.array([])).expected)


def test_tokens_that_are_drawn_as_predicted_cost_their_entropy_on_average(rng):
    p = np.array([0.5, 0.25, 0.15, 0.1])
    drawn = rng.choice(4, size=40_000, p=p)
    entropy = -(p * np.log2(p)).sum()
    course = surprisal.course(-np.log2(p[drawn]), np.full(len(drawn), entropy))
    assert course.cross_entropy == pytest.approx(course.expected, abs=0.02)


# Histogram


def test_bits_are_counted_in_bins_of_one_bit():
    found = surprisal.histogram(np.array([0.0, 0.5, 1.0, 3.9, 3.0]))
    assert found.edges.tolist() == [0, 1, 2, 3, 4]
    assert found.counts.tolist() == [2, 1, 0, 2]
    assert (found.mean, found.median) == (pytest.approx(8.4 / 5), 1.0)


@given(PROBABILITIES, st.sampled_from([0.25, 0.5, 1.0, 2.0]))
def test_numpy_counts_the_same(probabilities, width):
    bits = -np.log2(probabilities) + 0.0
    found = surprisal.histogram(bits, width)
    expected, _ = np.histogram(bits, np.append(found.edges, np.inf))
    assert found.counts.tolist() == expected[:-1].tolist()
    assert found.counts.sum() == len(bits)


@pytest.mark.parametrize(
    ("bits", "width"), [([], 1.0), ([np.inf], 1.0), ([1.0], 0.0), ([-1.0], 1.0)]
)
def test_what_cannot_be_counted_is_refused(bits, width):
    with pytest.raises(ValueError, match="got"):
        surprisal.histogram(np.array(bits, float), width)


# Ranks and colours


def test_each_rank_has_its_band():
    ranks = np.array([1, 2, 10, 11, 100, 101, 1_000, 1_001, 49_152])
    assert surprisal.bands(ranks).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert surprisal.band_shares(ranks) == pytest.approx(np.array([1, 2, 2, 2, 2]) / 9)
    assert surprisal.band_shares(np.array([], int)).tolist() == [0.0] * 5
    with pytest.raises(ValueError, match="got 0"):
        surprisal.bands(np.array([1, 0]))


def test_bits_entropy_and_rank_are_coloured_by_what_a_blind_guess_would_cost():
    rows = np.array([4.0, 20.0]), np.array([8.0, 0.0]), np.array([16, 1])
    found = {shade: surprisal.levels(shade, *rows, 256).tolist() for shade in surprisal.SHADES}
    assert found == {"bits": [0.5, 1], "entropy": [1, 0], "rank": [0.5, 0], "band": [0.5, 0]}


@pytest.mark.parametrize(("shade", "d_vocab"), [("hue", 10), ("bits", 1)])
def test_an_unknown_shade_is_refused(shade, d_vocab):
    with pytest.raises(ValueError, match="got"):
        surprisal.levels(shade, np.ones(1), np.ones(1), np.ones(1, int), d_vocab)


# Guesses


def test_the_token_that_came_stands_among_the_guesses_or_after_them():
    ids, shares = np.array([7, 3]), np.array([0.5, 0.25])
    among = surprisal.guesses(3, 0.25, ids, shares)
    assert (among.token_ids.tolist(), among.own, among.rest) == ([7, 3], 1, 0.25)
    after = surprisal.guesses(9, 0.125, ids, shares)
    assert (after.token_ids.tolist(), after.own, after.rest) == ([7, 3, 9], 2, 0.125)
    with pytest.raises(ValueError, match=r"got 1\.5"):
        surprisal.guesses(9, 1.5, ids, shares)
