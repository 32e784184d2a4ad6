"""Divergences against paper, scipy and torch; alignment; what is laid on one axis."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import alibi, divergence
from core.model.contrast import Contrasted, Read
from core.tokens import Token
from tests.forward_passes import CARD

HALF, QUARTER, NEVER = np.log(0.5), np.log(0.25), -np.inf
P = np.array([HALF, QUARTER, QUARTER])
Q = np.array([QUARTER, QUARTER, HALF])
FAIR, SURE = np.array([HALF, HALF]), np.array([0.0, NEVER])
NEAR = {"rtol": 1e-12, "atol": 1e-12}


def random_logs(rng, *shape, n_zeros=0):
    logits = rng.normal(scale=4.0, size=shape)
    logits[..., :n_zeros] = NEVER
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


# Worked examples


def test_a_divergence_by_hand():
    # ½ log₂ 2 + ¼ log₂ 1 + ¼ log₂ ½
    np.testing.assert_allclose(divergence.terms(P, Q), [0.5, 0.0, -0.25])
    assert divergence.kl(P, Q) == pytest.approx(0.25)
    assert divergence.entropy(P) == pytest.approx(1.5)
    assert divergence.cross_entropy(P, Q) == pytest.approx(1.75)
    # cat [1, 0] against [0.8, 0.2]: 0.22 nats
    guess = np.log([0.8, 0.2])
    assert divergence.cross_entropy(SURE, guess) * np.log(2) == pytest.approx(0.2231, abs=1e-4)


def test_what_is_ruled_out_costs_infinitely_much_one_way_only():
    assert divergence.kl(FAIR, SURE) == np.inf
    assert divergence.kl(SURE, FAIR) == 1.0
    assert divergence.cross_entropy(FAIR, SURE) == np.inf
    assert divergence.entropy(SURE) == 0.0
    assert divergence.js(SURE, SURE[::-1]) == 1.0
    np.testing.assert_array_equal(divergence.terms(SURE, SURE[::-1]), [np.inf, 0.0])


def test_texts_are_aligned_where_they_agree_with_gaps_where_they_do_not():
    found = divergence.align([7, 1, 2, 3], [7, 8, 9, 2, 3, 4])
    absent = divergence.ABSENT
    assert found.places_a.tolist() == [0, 1, absent, absent, 2, 3, absent]
    assert found.places_b.tolist() == [0, absent, 1, 2, 3, 4, 5]
    # no prediction of a first token; what comes after both ends is always compared
    assert divergence.predicted(found).tolist() == [[2, 3], [3, 4], [4, 6]]
    assert divergence.predicted(divergence.align([1], [2])).tolist() == [[1, 1]]


# Properties

DISTRIBUTIONS = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any)


def logs_of(counts):
    with np.errstate(divide="ignore"):
        return np.log(np.array(counts) / sum(counts))


@settings(max_examples=30)
@given(DISTRIBUTIONS, DISTRIBUTIONS)
def test_a_divergence_is_never_negative_and_js_is_symmetric_and_at_most_one_bit(p, q):
    p, q = logs_of(p), logs_of(q)
    forward, js = divergence.kl(p, q), divergence.js(p, q)
    assert forward >= -1e-15
    assert divergence.kl(p, p) == 0.0
    assert -1e-15 <= js <= 1 + 1e-15
    np.testing.assert_allclose(divergence.js(q, p), js, **NEAR)
    expected = divergence.entropy(p) + forward
    np.testing.assert_allclose(divergence.cross_entropy(p, q), expected, **NEAR)
    assert (forward == np.inf) == bool((np.isfinite(p) & ~np.isfinite(q)).any())


IDS = st.lists(st.integers(0, 3), max_size=8)


@settings(max_examples=30)
@given(IDS, IDS)
def test_an_alignment_holds_each_token_once_and_has_a_mirror_image(a, b):
    found, mirrored = divergence.align(a, b), divergence.align(b, a)
    for places, ids in ((found.places_a, a), (found.places_b, b)):
        assert places[places >= 0].tolist() == list(range(len(ids)))
    shared = found.is_shared
    both = found.places_a[shared], found.places_b[shared]
    assert all(a[i] == b[j] for i, j in zip(*both, strict=True))
    kept = mirrored.is_shared
    np.testing.assert_array_equal(mirrored.places_b[kept], found.places_a[shared])


@pytest.mark.parametrize(("hot", "cold"), [(1.0, 0.5), (0.7, 1.6), (2.0, 2.0)])
def test_between_temperatures_the_divergence_has_a_closed_form(rng, hot, cold):
    logits = rng.normal(scale=3.0, size=50)
    plain = logits - np.logaddexp.reduce(logits)
    a, b = (divergence.tempered(plain, temperature) for temperature in (hot, cold))
    log_z = [np.logaddexp.reduce(logits / temperature) for temperature in (hot, cold)]
    mean = (np.exp(a) * logits).sum()
    nats = mean * (1 / hot - 1 / cold) - log_z[0] + log_z[1]
    np.testing.assert_allclose(divergence.kl(a, b), nats / np.log(2), **NEAR)


# Oracles


@pytest.mark.parametrize("n_zeros", [0, 3])
def test_scipy_finds_the_same(rng, n_zeros):
    scipy = pytest.importorskip("scipy")
    p, q = random_logs(rng, 6, 40, n_zeros=n_zeros), random_logs(rng, 6, 40, n_zeros=n_zeros)
    a, b = np.exp(p), np.exp(q)
    expected = scipy.special.rel_entr(a, b) / np.log(2)
    np.testing.assert_allclose(divergence.terms(p, q), expected, **NEAR)
    np.testing.assert_allclose(
        divergence.kl(p, q), scipy.stats.entropy(a, b, base=2, axis=1), **NEAR
    )
    np.testing.assert_allclose(
        divergence.entropy(p), scipy.stats.entropy(a, base=2, axis=1), **NEAR
    )
    expected = scipy.spatial.distance.jensenshannon(a, b, base=2, axis=1) ** 2
    np.testing.assert_allclose(divergence.js(p, q), expected, **NEAR)
    np.testing.assert_allclose(
        np.exp(divergence.tempered(p, 0.3)), scipy.special.softmax(p / 0.3, axis=1), **NEAR
    )


def test_torch_finds_the_same(rng):
    torch = pytest.importorskip("torch")
    p, q = random_logs(rng, 6, 40), random_logs(rng, 6, 40)
    losses = torch.nn.functional.kl_div(
        torch.tensor(q), torch.tensor(p), log_target=True, reduction="none"
    )
    np.testing.assert_allclose(divergence.kl(p, q) * np.log(2), losses.sum(dim=1), **NEAR)
    by_class = torch.nn.functional.cross_entropy(
        torch.tensor(q), torch.tensor(np.exp(p)), reduction="none"
    )
    np.testing.assert_allclose(divergence.cross_entropy(p, q) * np.log(2), by_class, **NEAR)


# Refusals


@pytest.mark.parametrize("measure", ["kl", "js", "cross_entropy", "terms"])
@pytest.mark.parametrize("bad", [np.log([0.5, 0.2]), np.array([np.nan, 0.0]), np.array([1.0, 2.0])])
def test_what_does_not_add_up_to_one_is_refused(measure, bad):
    for sides in ((FAIR, bad), (bad, FAIR)):
        with pytest.raises(ValueError, match="add up to 1"):
            getattr(divergence, measure)(*sides)


def test_other_senseless_input_is_refused():
    with pytest.raises(ValueError, match="above 0, got 0"):
        divergence.tempered(FAIR, 0.0)
    with pytest.raises(ValueError, match="'sideways'"):
        divergence.switch(CARD, "sideways", 2.0)
    with pytest.raises(ValueError, match="'alibi'"):
        divergence.switch(dataclasses.replace(CARD, rope_frequencies=None), "alibi", 2.0)


# What is laid on one axis


def tokens_of(ids):
    return tuple(Token(number, bytes([number])) for number in ids)


def contrasted(a=(7, 1, 2), b=(7, 8, 9, 2)):
    """Two texts that share their first and their last token."""
    p = np.log2([[0.5, 0.25, 0.25], [0.5, 0.5, 1e-9]])
    q = np.log2([[0.25, 0.25, 0.5], [0.25, 0.25, 0.5]])
    return Contrasted(
        tokens_a=tokens_of(a),
        tokens_b=tokens_of(b),
        surprisals_a=np.array([3.0, 1.0]),
        surprisals_b=np.array([4.0, 5.0, 2.5]),
        places_a=np.array([2, 3]),
        places_b=np.array([3, 4]),
        forward=np.array([0.25, 1.0]),
        backward=np.array([0.25, np.inf]),
        js=np.array([0.06, 0.5]),
        entropies_a=np.array([1.5, 1.0]),
        entropies_b=np.array([1.5, 1.5]),
        candidates=np.array([[5, 6, 7], [5, 6, 7]]),
        bits_a=-p,
        bits_b=-q,
    )


def test_the_columns_hold_what_each_text_has_and_gaps():
    found = divergence.columns(contrasted())
    nan = np.nan
    np.testing.assert_array_equal(found.bits_a, [nan, 3, nan, nan, 1, nan])
    np.testing.assert_array_equal(found.bits_b, [nan, nan, 4, 5, 2.5, nan])
    np.testing.assert_array_equal(found.difference, [nan, nan, nan, nan, 1.5, nan])
    np.testing.assert_array_equal(found.forward, [nan, nan, nan, nan, 0.25, 1.0])
    np.testing.assert_array_equal(found.backward, [nan, nan, nan, nan, 0.25, np.inf])
    assert found.compared.tolist() == [4, 5]
    assert (found.furthest, found.at_or_after(0), found.at_or_after(5)) == (5, 4, 5)
    assert found.mean("bits_a") == 2.0
    assert found.mean("backward") == np.inf


def test_the_terms_of_a_pair_and_the_rest_add_up_to_the_divergence():
    pair = divergence.pair(contrasted(), 0)
    np.testing.assert_allclose(pair.forward_terms, [0.5, 0.0, -0.25])
    np.testing.assert_allclose(pair.backward_terms, [-0.25, 0.0, 0.5])
    np.testing.assert_allclose(pair.rest, (0.0, 0.0))
    assert pair.cross_entropy == 1.75
    assert divergence.pair(contrasted(), 1).rest[1] == np.inf


def test_a_variant_is_what_it_says():
    card = dataclasses.replace(CARD, rope_frequencies=(1.0, 0.1), rope_factor=1.5)
    assert divergence.switch(card, "no_positions", 2.0).frequencies == ()
    squeezed = divergence.switch(card, "squeezed", 4.0)
    assert (squeezed.frequencies, squeezed.factor) == ((0.25, 0.025), 1.5)
    slopes = divergence.switch(card, "alibi", 1.0).slopes
    assert slopes == tuple(alibi.slopes(CARD.n_heads))


def read_of(stops, surprisals, text="abcdef"):
    return Read(
        model=CARD,
        text=text,
        tokens=tokens_of([1] * len(stops)),
        vocabulary=(),
        byte_stops=np.array(stops),
        surprisals=np.array(surprisals, np.float32),
        states=np.zeros((len(stops), 2), np.float32),
        output_layer=None,
    )


def test_different_tokens_are_compared_by_the_bytes_after_both_first_tokens():
    a, b = divergence.along_bytes(read_of([1, 2, 6], [9.0, 8.0]), read_of([2, 3, 6], [1.0, 6.0]))
    assert (a.first, b.first) == (2, 2)
    assert (a.total, a.bits_per_byte, a.bits_per_token) == (8.0, 2.0, 8.0)
    assert (b.total, b.bits_per_byte, b.bits_per_token) == (7.0, 7 / 4, 3.5)
    np.testing.assert_array_equal(a.so_far, [0, 0, 8])
    alone, _ = divergence.along_bytes(read_of([6], []), read_of([6], []))
    assert np.isnan(alone.bits_per_byte)
    with pytest.raises(ValueError, match="one text"):
        divergence.along_bytes(read_of([6], []), read_of([6], [], "abcdeg"))
