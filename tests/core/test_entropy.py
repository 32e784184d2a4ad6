from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import entropy

HALVES = np.array([0.5, 0.25, 0.125, 0.125])
CAT, SAID = np.array([1.0, 0.0]), np.array([0.8, 0.2])


def shares(least=1, most=8):
    """Distributions, with outcomes that never come among them."""
    weight = st.one_of(st.just(0.0), st.floats(1e-6, 1))
    lists = st.lists(weight, min_size=least, max_size=most).filter(any)
    return lists.map(lambda weights: entropy.distribution(np.array(weights)))


pairs = st.integers(1, 6).flatmap(lambda n: st.tuples(shares(n, n), shares(n, n)))


# On paper


def test_a_fair_coin_is_one_bit_and_a_die_the_logarithm_of_six():
    coin = entropy.information(np.array([0.5, 0.5]))
    assert (coin.entropy, coin.maximum) == (1.0, 1.0)
    die = entropy.information(np.full(6, 1 / 6))
    assert die.entropy == pytest.approx(np.log2(6))
    assert die.costs == pytest.approx(np.full(6, np.log2(6)))


def test_halves_cost_whole_bits():
    found = entropy.information(HALVES)
    assert found.costs.tolist() == [1, 2, 3, 3]
    assert found.summands.tolist() == [0.5, 0.5, 0.375, 0.375]
    assert found.entropy == 1.75


def test_a_cat_of_which_80_per_cent_were_expected_costs_0_22_nats():
    found = entropy.compare(CAT, SAID, "nats")
    assert found.cross_entropy == pytest.approx(0.22, abs=0.005)
    assert found.cross.tolist() == [pytest.approx(-np.log(0.8)), 0.0]
    assert found.divergence == found.cross_entropy, "nothing is uncertain about p itself"
    assert found.reverse_divergence == np.inf


def test_the_code_for_halves_is_as_short_as_its_entropy():
    code = entropy.huffman(HALVES)
    assert code.words == ("0", "10", "110", "111")
    assert (code.mean_length, code.kraft) == (1.75, 1.0)
    assert [merge.probability for merge in code.merges] == [0.25, 0.5, 1.0]


def test_a_bent_coin_needs_a_whole_bit_and_in_blocks_less():
    found = entropy.blocks(np.array([0.9, 0.1]))
    # two tosses: 0.81 with 1 bit, 0.09 with 2, 0.09 and 0.01 with 3 bits
    assert found.lengths[:2].tolist() == [1.0, pytest.approx((0.81 + 0.18 + 0.3) / 2)]
    assert len(found.lengths) == 8
    assert found.lengths[-1] - found.entropy < 0.02


def test_dragging_one_share_leaves_the_others_in_proportion():
    assert entropy.moved(HALVES, 0, 0.75).tolist() == [0.75, 0.125, 0.0625, 0.0625]
    assert entropy.moved(CAT, 0, 0.4).tolist() == [0.4, 0.6]
    assert entropy.moved(np.array([1.0, 0, 0]), 0, 0.5).tolist() == [0.5, 0.25, 0.25]
    assert entropy.moved(np.array([1.0]), 0, 0.5).tolist() == [1.0]


def test_the_alphabet_of_a_text_is_its_most_frequent_characters_and_the_others():
    found = entropy.alphabet("abacab!", 2)
    assert found.characters == ("a", "b")
    assert found.shares == pytest.approx(np.array([3, 2, 2]) / 7)
    assert found.n_characters == 4
    assert found.entropy == pytest.approx(entropy.information(np.array([3, 2, 1, 1]) / 7).entropy)
    assert entropy.alphabet("喵", 5).shares.tolist() == [1.0]


# The properties that are the reason for all this


@given(shares())
def test_entropy_lies_between_nothing_and_that_of_equal_outcomes(p):
    found = entropy.information(p)
    assert 0 <= found.entropy <= found.maximum + 1e-12
    even = entropy.information(np.full(len(p), 1 / len(p)))
    assert even.entropy == pytest.approx(found.maximum)


@given(pairs)
def test_the_wrong_expectation_costs_what_the_right_one_does_and_the_divergence(pair):
    p, q = pair
    found = entropy.compare(p, q)
    assert found.divergence >= -1e-12
    if np.isfinite(found.cross_entropy):
        whole = entropy.information(p).entropy + found.divergence
        assert found.cross_entropy == pytest.approx(whole, abs=1e-12)
    assert np.isinf(found.divergence) == bool(((p > 0) & (q == 0)).any())
    assert (found.middle >= -1e-12).all()
    assert -1e-12 <= found.jensen_shannon <= 1 + 1e-12
    assert found.jensen_shannon == pytest.approx(entropy.compare(q, p).jensen_shannon, abs=1e-12)
    assert not np.isnan([found.cross, found.forward, found.backward, found.middle]).any()


@given(shares())
def test_the_mean_length_is_within_a_bit_of_the_entropy_and_no_word_begins_another(p):
    code, bits = entropy.huffman(p), entropy.information(p).entropy
    assert bits - 1e-12 <= code.mean_length < bits + 1
    words = sorted(word for word in code.words if word is not None)
    assert not any(b.startswith(a) for a, b in pairwise(words))
    assert code.kraft == 1
    assert [word is None for word in code.words] == (p == 0).tolist()


@settings(max_examples=20, deadline=None)
@given(shares(2, 5))
def test_longer_blocks_stay_within_their_limits(p):
    found = entropy.blocks(p)
    assert found.lengths[0] == pytest.approx(entropy.huffman(p).mean_length)
    assert (found.lengths >= found.entropy - 1e-9).all()
    assert (found.lengths < found.limits + 1e-9).all()


@given(shares(2), st.integers(0, 7), st.floats(0, 1))
def test_what_is_dragged_stays_a_distribution(p, place, share):
    place %= len(p)
    found = entropy.moved(p, place, share)
    assert found[place] == share
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()


# Oracles


@cache
def full_trees(n):
    """The lengths of the words in every binary tree with n leaves in which each fork has two."""
    if n == 1:
        return {(0,)}
    return {
        tuple(sorted(length + 1 for length in (*left, *right)))
        for k in range(1, n)
        for left in full_trees(k)
        for right in full_trees(n - k)
    }


@settings(max_examples=30, deadline=None)
@given(shares(2, 7))
def test_no_code_tree_is_shorter_than_huffmans(p):
    falling = np.sort(p[p > 0])[::-1]
    best = min(float(falling @ np.array(lengths)) for lengths in full_trees(len(falling)))
    assert entropy.huffman(p).mean_length == pytest.approx(best, abs=1e-12)


@settings(max_examples=30)
@given(pairs)
def test_the_measures_are_those_of_scipy(pair):
    special = pytest.importorskip("scipy.special")
    stats = pytest.importorskip("scipy.stats")
    distance = pytest.importorskip("scipy.spatial.distance")
    p, q = pair
    exactly = {"rtol": 1e-12, "atol": 1e-12}
    for unit, base in (("bits", 2), ("nats", np.e)):
        found, one = entropy.compare(p, q, unit), entropy.information(p, unit)
        np.testing.assert_allclose(one.summands, special.entr(p) / np.log(base), **exactly)
        np.testing.assert_allclose(one.entropy, stats.entropy(p, base=base), **exactly)
        np.testing.assert_allclose(found.forward, special.rel_entr(p, q) / np.log(base), **exactly)
        np.testing.assert_allclose(found.backward, special.rel_entr(q, p) / np.log(base), **exactly)
        np.testing.assert_allclose(found.divergence, stats.entropy(p, q, base=base), **exactly)
        root = distance.jensenshannon(p, q, base=base)  # SciPy has the root of the divergence
        np.testing.assert_allclose(found.jensen_shannon, np.nan_to_num(root) ** 2, **exactly)


def test_the_cross_entropy_is_that_of_torch(rng):
    torch = pytest.importorskip("torch")
    p, q = (entropy.distribution(rng.random(7)) for _ in range(2))
    logits = torch.tensor(np.log(q))[None]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(p)[None])
    found = entropy.compare(p, q, "nats")
    assert found.cross_entropy == pytest.approx(loss.item(), rel=1e-12)
    kl = torch.nn.functional.kl_div(torch.log(torch.tensor(q)), torch.tensor(p), reduction="sum")
    assert found.divergence == pytest.approx(kl.item(), rel=1e-12)


# Edges and refusals


def test_what_is_sure_costs_nothing_and_needs_no_word():
    found = entropy.information(CAT)
    assert (found.entropy, found.costs.tolist()) == (0.0, [0.0, np.inf])
    assert not np.signbit(found.costs[0])
    code = entropy.huffman(CAT)
    assert (code.words, code.mean_length, code.merges) == (("", None), 0.0, ())
    assert entropy.blocks(CAT).lengths.tolist() == [0.0] * 8
    assert entropy.blocks(np.full(12, 1 / 12)).lengths.size == 3


@pytest.mark.parametrize("wrong", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0], [np.inf], [], [0.0]])
def test_what_is_no_distribution_is_refused(wrong):
    p = np.array(wrong, dtype=float)
    for ask in (entropy.information, entropy.huffman, entropy.blocks):
        with pytest.raises(ValueError, match="adds up to 1, got"):
            ask(p)
    with pytest.raises(ValueError, match="adds up to 1, got"):
        entropy.compare(np.array([1.0]), p)


def test_other_impossible_questions_are_refused():
    with pytest.raises(ValueError, match="got 2 and 4"):
        entropy.compare(CAT, HALVES)
    with pytest.raises(ValueError, match="got 'dits'"):
        entropy.information(CAT, "dits")
    for share in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=f"got {share}"):
            entropy.moved(HALVES, 0, share)
    for weights in ([0.0, 0.0], [-1.0, 2.0], [np.inf, 1.0], [np.nan]):
        with pytest.raises(ValueError, match="not all 0, got"):
            entropy.distribution(np.array(weights))
    with pytest.raises(ValueError, match="empty"):
        entropy.alphabet("", 3)
