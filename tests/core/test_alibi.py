"""ALiBi against paper, its defining properties, and the two implementations in transformers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import absolute, alibi, attention
from tests.forward_passes import CARD, made

N_TOKENS = 7
FREQUENCIES = (1.0, 0.3, 0.1, 0.01)


def rotary(n_tokens=N_TOKENS):
    card = dataclasses.replace(CARD, rope_frequencies=FREQUENCIES)
    return dataclasses.replace(made(n_tokens), model=card)


def test_the_slopes_of_eight_heads_halve_from_head_to_head():
    np.testing.assert_array_equal(alibi.slopes(8), [2.0**-h for h in range(1, 9)])


def test_the_slopes_of_twelve_heads_are_eight_and_every_second_of_sixteen():
    expected = [2.0**-h for h in range(1, 9)] + [2.0**-h for h in (0.5, 1.5, 2.5, 3.5)]
    np.testing.assert_allclose(alibi.slopes(12), expected, rtol=1e-15)
    assert abs(alibi.naive_slopes(12) - alibi.slopes(12)).max() > 0.1


def test_a_single_head_has_the_gentlest_slope():
    np.testing.assert_array_equal(alibi.slopes(1), [1 / 256])


def test_two_tokens_on_paper():
    found = alibi.biased(np.array([[0.0, 9.0], [np.log(3), 0.0]]), np.log(2))
    np.testing.assert_allclose(found.bias, [[0, -np.inf], [-np.log(2), 0]])
    np.testing.assert_allclose(found.plain_weights, [[1, 0], [3 / 4, 1 / 4]])
    np.testing.assert_allclose(found.attention_weights, [[1, 0], [3 / 5, 2 / 5]])
    assert found.distance == pytest.approx(0.3)
    assert found.plain_distance == pytest.approx(0.375)
    both_ways = alibi.biased(np.zeros((2, 2)), np.log(2), is_symmetric=True)
    np.testing.assert_allclose(both_ways.attention_weights, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])


def test_the_first_slope_halves_the_weight_in_the_first_one_and_a_half_positions():
    np.testing.assert_allclose(
        alibi.half_distance(alibi.slopes(8))[:2], [1.3863, 2.7726], rtol=1e-4
    )
    heads = alibi.heads(8)
    np.testing.assert_allclose(np.exp(-heads.slopes * heads.half_distances), 0.5)


@given(st.integers(1, 128))
def test_slopes_are_positive_below_one_and_all_different(n_heads):
    slopes = alibi.slopes(n_heads)
    assert slopes.shape == (n_heads,)
    assert ((slopes >= 1 / 256) & (slopes < 1)).all()
    assert len(np.unique(slopes)) == n_heads
    heads = alibi.heads(n_heads)
    assert heads.n_first + heads.n_between == n_heads
    assert (np.diff(slopes[: heads.n_first]) < 0).all()
    assert (np.diff(slopes[heads.n_first :]) < 0).all()
    assert heads.gentlest == 1 / 256
    assert heads.nearest_half <= heads.furthest_half


@given(st.integers(0, 7))
def test_for_a_power_of_two_the_naive_formula_is_right_and_a_geometric_series(power):
    slopes = alibi.slopes(2**power)
    np.testing.assert_array_equal(slopes, alibi.naive_slopes(2**power))
    np.testing.assert_allclose(slopes[1:] / slopes[:-1], 2.0 ** -(8 / 2**power))
    assert alibi.heads(2**power).n_between == 0


@given(st.integers(3, 128).filter(lambda n: n & (n - 1)))
def test_for_other_numbers_the_naive_formula_is_wrong(n_heads):
    assert not np.allclose(np.sort(alibi.slopes(n_heads)), np.sort(alibi.naive_slopes(n_heads)))
    assert alibi.heads(n_heads).n_between > 0


@given(st.integers(1, 64), st.integers(0, 50), st.integers(0, 2**32 - 1))
def test_moving_query_and_keys_together_changes_no_weight(n_heads, shift, seed):
    scores = np.random.default_rng(seed).normal(size=(6, 6))
    slope = alibi.slopes(n_heads)[-1]
    padded = np.full((6 + shift, 6 + shift), -np.inf)
    padded[shift:, shift:] = scores
    np.fill_diagonal(padded[:shift, :shift], 0)
    later = alibi.biased(padded, slope).attention_weights[shift:, shift:]
    np.testing.assert_allclose(later, alibi.biased(scores, slope).attention_weights, atol=1e-12)


@given(st.integers(1, 128), st.integers(1, 3000), st.floats(0.01, 0.999), st.integers(0, 2**32 - 1))
def test_the_window_is_the_fewest_nearest_keys_that_hold_the_share(n_heads, n, share, seed):
    slopes = alibi.slopes(n_heads)
    head = seed % n_heads
    weights = np.exp(-slopes[head] * np.arange(n))
    held = np.cumsum(weights) / weights.sum()
    count = alibi.window(slopes, n, share)[head]
    assert 1 <= count <= n
    assert held[count - 1] >= share - 1e-9
    assert count == 1 or held[count - 2] < share + 1e-9


def test_the_window_is_that_of_the_last_causal_row_and_stops_growing():
    slopes = alibi.slopes(8)
    for head, slope in enumerate(slopes):
        row = alibi.biased(np.zeros((50, 50)), slope).attention_weights[-1]
        count = alibi.window(slopes, 50, 0.9)[head]
        assert row[-count:].sum() >= 0.9 > row[-count:][1:].sum()
    np.testing.assert_array_equal(
        alibi.window(slopes, 10_000, 0.99), alibi.window(slopes, 1_000_000, 0.99)
    )


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rows_add_up_to_one_and_the_bias_brings_them_nearer_where_scores_are_flat(seed, symmetric):
    slope = np.random.default_rng(seed).uniform(0.01, 1)
    found = alibi.biased(np.zeros((9, 9)), slope, is_symmetric=symmetric)
    np.testing.assert_allclose(found.attention_weights.sum(axis=1), 1)
    assert found.distance < found.plain_distance
    assert found.is_seen.all() == symmetric
    assert (found.attention_weights[~found.is_seen] == 0).all()


def test_the_symmetric_bias_cannot_tell_left_from_right():
    (bias,) = alibi.bias(alibi.slopes(1), 6, is_symmetric=True)
    np.testing.assert_array_equal(bias, bias.T)
    (causal,) = alibi.bias(alibi.slopes(1), 6)
    below = np.tril_indices(6)
    np.testing.assert_array_equal(causal[below], bias[below])
    assert (causal[np.triu_indices(6, k=1)] == -np.inf).all()


def test_before_the_scale_the_slope_arrives_weaker_by_the_root_of_the_width():
    assert alibi.acting_slope(0.5, 64**-0.5, is_before_scale=False) == 0.5
    assert alibi.acting_slope(0.5, 64**-0.5, is_before_scale=True) == 0.5 / 8
    queries, keys = np.random.default_rng(0).normal(size=(2, 5, 64))
    (bias,) = alibi.bias(np.array([0.5]), 5, is_symmetric=True)
    mistaken = (queries @ keys.T + bias) / 8
    slope = alibi.acting_slope(0.5, 1 / 8, is_before_scale=True)
    found = alibi.biased(queries @ keys.T / 8, slope, is_symmetric=True)
    expected = np.exp(mistaken) / np.exp(mistaken).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.attention_weights, expected)


def test_real_scores_are_those_of_the_attention_page_or_without_their_rotation():
    forward = rotary()
    assert alibi.known_scores(forward) == ["unrotated", "own", "flat"]
    own = alibi.scores("own", forward, 1, 2)
    weights = attention.weights_of(forward, 1, 2)
    np.testing.assert_allclose(alibi.biased(own, 0.1).plain_weights, weights, atol=1e-6)
    queries, keys = absolute.unrotated(forward, 1, 2)
    unrotated = alibi.scores("unrotated", forward, 1, 2)
    np.testing.assert_allclose(unrotated, queries @ keys.T * forward.scale, atol=1e-5)
    assert abs(unrotated - own).max() > 0.1
    assert not alibi.scores("flat", forward, 1, 2).any()


def test_a_run_without_rotation_or_queries_has_fewer_scores():
    assert alibi.known_scores(made(3)) == ["own", "flat"]
    assert alibi.known_scores(made(3, keeps_weights=True)) == ["flat"]


@pytest.mark.parametrize("n_heads", range(1, 65))
def test_the_slopes_are_those_of_bloom_and_mpt(n_heads):
    torch = pytest.importorskip("torch")
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor

    slopes, n = alibi.slopes(n_heads), 5
    bloom = build_alibi_tensor(torch.ones(1, n), n_heads, torch.float32)
    # Theirs is slope · key position, the same for all queries.
    np.testing.assert_allclose(bloom[:, 0], slopes[:, None] * np.arange(n), rtol=1e-6)
    mpt = build_mpt_alibi_tensor(n_heads, n)
    (last_row,) = alibi.bias(slopes, n)[:, -1:].swapaxes(0, 1)
    np.testing.assert_allclose(mpt[:, 0], last_row, rtol=1e-6)


def test_the_weights_are_those_of_torch_with_the_bias_for_a_mask():
    torch = pytest.importorskip("torch")
    forward = rotary()
    scores = torch.tensor(alibi.scores("own", forward, 0, 1), dtype=torch.float64)
    slope = float(alibi.slopes(CARD.n_heads)[1])
    (bias,) = alibi.bias(np.array([slope]), N_TOKENS)
    expected = (scores + torch.tensor(bias)).softmax(dim=-1)
    found = alibi.biased(scores.numpy(), slope).attention_weights
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_run_is_told_by_its_weights_and_its_loss():
    forward = rotary()
    run = alibi.encoded(forward, 1, 2)
    np.testing.assert_array_equal(run.attention_weights, attention.weights_of(forward, 1, 2))
    assert run.loss == pytest.approx(forward.surprisals.mean())
    assert run.perplexity == pytest.approx(2**run.loss)
    assert np.isnan(alibi.encoded(rotary(1), 0, 0).loss)


@pytest.mark.parametrize("n_heads", [0, -1])
def test_no_heads_are_refused(n_heads):
    for slopes in (alibi.slopes, alibi.naive_slopes, alibi.heads):
        with pytest.raises(ValueError, match=f"got {n_heads}"):
            slopes(n_heads)


@pytest.mark.parametrize(("n", "share"), [(0, 0.5), (-3, 0.5), (5, 0.0), (5, 1.0), (5, np.nan)])
def test_an_impossible_window_is_refused(n, share):
    with pytest.raises(ValueError, match="got"):
        alibi.window(alibi.slopes(4), n, share)


def test_scores_that_a_run_does_not_have_are_refused():
    for kind, forward in (
        ("unrotated", made(3)),
        ("own", made(3, keeps_weights=True)),
        ("other", rotary()),
    ):
        with pytest.raises(ValueError, match=f"got '{kind}'"):
            alibi.scores(kind, forward, 0, 0)
    with pytest.raises(ValueError, match="got 9"):
        alibi.scores("flat", rotary(), 9, 0)
