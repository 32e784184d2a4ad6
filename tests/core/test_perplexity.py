"""Perplexity against paper and its definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import perplexity

PROBABILITIES = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30).map(np.array)
TINY = {"rtol": 1e-12, "atol": 0}


def bits_of(probabilities):
    return -np.log2(np.asarray(probabilities, float)) + 0.0


# One text


def test_a_half_and_an_eighth_are_a_choice_among_four():
    found = perplexity.branching(bits_of([1 / 2, 1 / 8]))
    assert found.factors.tolist() == [2.0, 8.0]
    assert (found.perplexity, found.arithmetic, found.total) == (4.0, 5.0, 4.0)
    assert (found.n_terms, found.rarest) == (2, 1)
    assert found.root(3) == pytest.approx(16 ** (1 / 3))  # as if the first token had been free
    assert found.without(1).perplexity == found.without(1).arithmetic == 2.0
    assert found.without(0).without(0) is None


@given(PROBABILITIES)
@settings(max_examples=30)
def test_the_geometric_mean_is_never_above_the_arithmetic_one_nor_below_one(probabilities):
    found = perplexity.branching(bits_of(probabilities))
    assert 1.0 <= found.perplexity <= found.arithmetic * (1 + 1e-12)
    product = math.prod(probabilities.tolist())
    assert found.perplexity == pytest.approx(product ** (-1 / len(probabilities)), rel=1e-10)


@given(PROBABILITIES)
@settings(max_examples=30)
def test_every_base_gives_the_same_perplexity(probabilities):
    found = perplexity.branching(bits_of(probabilities))
    for base in (*perplexity.BASES.values(), 7.0):
        one = found.in_base(base)
        np.testing.assert_allclose(one.perplexity, found.perplexity, **TINY)
        np.testing.assert_allclose(base**-one.total, probabilities.prod(), rtol=1e-9)


def test_the_probability_falls_with_the_length_and_its_root_does_not():
    found = perplexity.prefixes(bits_of([1 / 2, 1 / 8, 1 / 4]))
    np.testing.assert_allclose(10**found.powers, [1 / 2, 1 / 16, 1 / 64], **TINY)
    np.testing.assert_allclose(found.roots, [2.0, 4.0, 4.0], **TINY)
    long = perplexity.prefixes(np.full(5_000, 1.0))  # 2^−5000 is no float any more
    assert long.powers[-1] == pytest.approx(-5_000 * math.log10(2))
    np.testing.assert_allclose(long.roots, 2.0, **TINY)


def test_a_rare_token_raises_the_perplexity_slowly_and_an_impossible_one_makes_it_infinite():
    found = perplexity.impossible(bits_of([1 / 2, 1 / 4, 1 / 8]), 1)
    assert perplexity.STOPS[-1] == 0.0
    assert found.perplexities[-1] == np.inf
    assert found.perplexities[0] == pytest.approx(16 ** (1 / 3))  # p = 1: of the others alone
    steps = found.perplexities[1:-1] / found.perplexities[:-2]
    np.testing.assert_allclose(steps, 10 ** (1 / 3))
    assert found.at(found.probability) == pytest.approx(4.0)
    assert found.nearest_stop == 1  # ¼ is nearer to a tenth than to 1
    assert perplexity.branching(np.array([1.0, np.inf])).perplexity == np.inf
    assert perplexity.impossible(np.array([1.0, np.inf]), 1).nearest_stop == 19


# Several texts


def test_texts_are_weighed_by_their_tokens():
    found = perplexity.corpus([np.array([6.0]), np.zeros(3), np.zeros(0)])
    assert found.perplexity == pytest.approx(2**1.5)
    assert found.mean_of_perplexities == pytest.approx(32.5)
    assert found.geometric_mean == pytest.approx(8.0)
    assert np.isnan(found.perplexities[2])


@given(st.lists(PROBABILITIES, min_size=1, max_size=5))
@settings(max_examples=30)
def test_a_corpus_is_as_surprising_as_its_texts_in_one(texts):
    bits = [bits_of(text) for text in texts]
    together = perplexity.branching(np.concatenate(bits)).perplexity
    np.testing.assert_allclose(perplexity.corpus(bits).perplexity, together, rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "got"),
    [
        (lambda: perplexity.branching(np.zeros(0)), "got none"),
        (lambda: perplexity.branching(np.array([1.0, -0.5])), "got -0.5"),
        (lambda: perplexity.branching(np.array([np.nan])), "got nan"),
        (lambda: perplexity.impossible(np.ones(2), 2), "got 2"),
        (lambda: perplexity.corpus([np.zeros(0)]), "got 1 without"),
    ],
)
def test_what_makes_no_sense_is_refused(call, got):
    with pytest.raises(ValueError, match=got):
        call()
