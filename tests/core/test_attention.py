"""Attention against paper, its properties, and torch with the key-value heads of transformers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import attention
from core.attention import HeadAttention
from tests.forward_passes import N_HEADS, N_LAYERS, made

SCALE = 0.5


def square_scores(largest=1e4):
    finite = st.floats(-largest, largest)
    return st.integers(1, 12).flatmap(lambda n: arrays(np.float64, (n, n), elements=finite))


def test_a_score_is_a_scaled_dot_product():
    queries, keys = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])
    assert attention.scores(queries, keys, SCALE).tolist() == [[5.5, 1.0]]


def test_the_softmax_is_taken_over_what_a_query_may_see():
    scores = np.log([[1.0, 99.0, 99.0], [3.0, 1.0, 99.0], [2.0, 5.0, 3.0]])
    expected = [[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.2, 0.5, 0.3]]
    np.testing.assert_allclose(attention.causal_softmax(scores), expected)


@given(square_scores())
def test_rows_sum_to_one_and_masked_weights_are_exactly_zero(scores):
    weights = attention.causal_softmax(scores)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert (weights[np.triu_indices(len(scores), k=1)] == 0.0).all()
    assert (weights >= 0.0).all()


@given(square_scores(), st.data())
def test_what_comes_later_changes_nothing_before_it(scores, data):
    place = data.draw(st.integers(0, len(scores) - 1))
    changed = scores.copy()
    changed[:, place] += 7.0
    before = attention.causal_softmax(scores)[:place]
    np.testing.assert_array_equal(attention.causal_softmax(changed)[:place], before)


@given(square_scores(largest=50.0), st.floats(-50.0, 50.0))
def test_only_differences_of_scores_matter(scores, shift):
    shifted = attention.causal_softmax(scores + shift)
    np.testing.assert_allclose(shifted, attention.causal_softmax(scores), atol=1e-9)


def test_scores_that_would_overflow_give_weights_all_the_same():
    weights = attention.causal_softmax(np.array([[1e300, 0.0], [1e300, 1e300]]))
    assert weights.tolist() == [[1.0, 0.0], [0.5, 0.5]]


@pytest.mark.parametrize("d_head", [4, 64, 1024])
def test_the_scale_keeps_the_spread_of_the_scores_at_any_width(rng, d_head):
    queries, keys = rng.normal(size=(2, 300, d_head))
    scores = attention.scores(queries, keys, d_head**-0.5)
    assert scores.std() == pytest.approx(1.0, rel=0.1)


def test_a_weight_that_cannot_be_is_not_a_weight_of_zero():
    looks = HeadAttention(np.array([[1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(looks.visible_weights, [[1.0, np.nan], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("weights", "query"),
    [
        ([[1.0]], 0),
        ([[1.0, 0.0], [0.9, 0.1]], 1),  # there is no other key than the first and itself
        ([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.1, 0.8, 0.1]], 2),  # nor one beyond the neighbour
        # The first key, the neighbour and the query itself do not count: 0.2 in row 3 does.
        (
            [
                [1, 0, 0, 0, 0],
                [1, 0, 0, 0, 0],
                [0, 1, 0, 0, 0],
                [0.8, 0.2, 0, 0, 0],
                [0, 0, 0.1, 0, 0.9],
            ],
            3,
        ),
        (
            [
                [1, 0, 0, 0, 0],
                [1, 0, 0, 0, 0],
                [0, 1, 0, 0, 0],
                [0.8, 0.2, 0, 0, 0],
                [0, 0, 0.3, 0.7, 0],
            ],
            4,
        ),
    ],
)
def test_the_most_selective_query_looks_hardest_at_one_key_further_back(weights, query):
    assert HeadAttention(np.array(weights, dtype=float)).most_selective_query == query


@pytest.mark.parametrize(
    ("n_key_value_heads", "shared"),
    [
        (8, [0, 1, 2, 3, 4, 5, 6, 7]),  # multi-head
        (2, [0, 0, 0, 0, 1, 1, 1, 1]),  # grouped: neighbours share
        (1, [0, 0, 0, 0, 0, 0, 0, 0]),  # multi-query
    ],
)
def test_neighbouring_heads_share_a_key_value_head(n_key_value_heads, shared):
    assert [attention.key_value_head(h, 8, n_key_value_heads) for h in range(8)] == shared


@pytest.mark.parametrize("n_tokens", [1, 2, 9])
def test_every_head_agrees_with_torch_and_the_shared_keys_of_transformers(n_tokens):
    torch = pytest.importorskip("torch")
    from transformers.models.llama.modeling_llama import repeat_kv

    forward = made(n_tokens)
    repeats = N_HEADS // forward.model.n_key_value_heads
    queries = torch.tensor(np.array(forward.queries))
    keys = repeat_kv(torch.tensor(np.array(forward.keys)), repeats)
    masked = torch.full((n_tokens, n_tokens), -torch.inf).triu(1)
    expected = torch.softmax(queries @ keys.mT * forward.scale + masked, dim=-1)
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            found = attention.head(forward, layer, head).attention_weights
            np.testing.assert_allclose(found, expected[layer, head], atol=1e-6)


def test_weights_that_the_run_kept_are_taken_as_they_are():
    forward = made(4, keeps_weights=True)
    found = attention.head(forward, 2, 3).attention_weights
    np.testing.assert_array_equal(found, forward.attention_weights[2, 3])


@pytest.mark.parametrize(
    ("layer", "head", "message"),
    [
        (3, 0, "layer must be from 0 to 2, got 3"),
        (-1, 0, "layer must be from 0 to 2, got -1"),
        (0, 4, "head must be from 0 to 3, got 4"),
        (0, -1, "head must be from 0 to 3, got -1"),
    ],
)
def test_a_head_that_the_network_does_not_have_is_refused(layer, head, message):
    with pytest.raises(ValueError, match=message):
        attention.head(made(2), layer, head)


# Through lenses


def kept_run(weights):
    """A run whose layer 0, head 0 has these weights, of a network that keeps them."""
    forward = made(len(weights), keeps_weights=True)
    kept = forward.attention_weights.copy()
    kept[0, 0] = weights
    return dataclasses.replace(forward, attention_weights=kept)


def all_heads(forward):
    return [(layer, head) for layer in range(N_LAYERS) for head in range(N_HEADS)]


def test_weights_times_lengths_are_shares_again():
    weights = np.array([[1.0, 0.0], [0.75, 0.25]])
    shares = attention.reweighted(weights, np.array([1.0, 9.0]))
    np.testing.assert_allclose(shares, [[1, 0], [0.25, 0.75]])


def test_a_row_that_carries_nothing_has_no_shares():
    shares = attention.reweighted(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(shares, [[np.nan, np.nan], [0, 1]])


def test_without_the_sink_the_others_share_what_is_left():
    forward = kept_run([[1, 0, 0], [0.5, 0.5, 0], [0.6, 0.1, 0.3]])
    found = attention.through("without_sink", forward, 0, 0).attention_weights
    expected = [[np.nan] * 3, [0, 1, 0], [0, 0.25, 0.75]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("keeps_weights", [True, False])
def test_the_raw_lens_changes_nothing(keeps_weights):
    forward = made(6, keeps_weights=keeps_weights)
    for place in all_heads(forward):
        found = attention.through("raw", forward, *place).attention_weights
        np.testing.assert_array_equal(found, attention.head(forward, *place).attention_weights)
        assert (attention.factors("raw", forward, *place) == 1).all()


@pytest.mark.parametrize("keeps_weights", [True, False])
def test_the_first_key_is_taken_out_and_the_rows_add_up_again(keeps_weights):
    forward = made(6, keeps_weights=keeps_weights)
    for place in all_heads(forward):
        found = attention.through("without_sink", forward, *place).attention_weights
        assert np.isnan(found[0]).all()
        assert (found[1:, 0] == 0).all()
        np.testing.assert_allclose(found[1:].sum(axis=1), 1, rtol=1e-5)
        raw = attention.head(forward, *place).attention_weights
        others = raw[1:, 1:] / raw[1:, 1:].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found[1:, 1:], others, rtol=1e-4)


def test_the_other_lenses_equal_a_plain_computation():
    forward = made(6)
    for layer, head in all_heads(forward):
        raw = attention.head(forward, layer, head).attention_weights.astype(float)
        values = forward.values[layer, head // 2].astype(float)
        lengths = {
            "values": [sum(number**2 for number in value) ** 0.5 for value in values],
            "outputs": forward.output_norms[layer, head].astype(float),
        }
        for lens, of_keys in lengths.items():
            found = attention.through(lens, forward, layer, head).attention_weights
            for query, row in enumerate(raw):
                products = [weight * length for weight, length in zip(row, of_keys, strict=True)]
                expected = np.array(products) / sum(products)
                np.testing.assert_allclose(found[query], expected, rtol=1e-4, err_msg=lens)
            assert (found[np.triu_indices(6, k=1)] == 0).all()


@given(square_scores(largest=20.0), st.floats(0.5, 100.0), st.data())
def test_only_ratios_of_lengths_matter(scores, times, data):
    weights = attention.causal_softmax(scores)
    n = len(weights)
    lengths = data.draw(arrays(np.float64, n, elements=st.floats(0.01, 100.0)))
    shares = attention.reweighted(weights, lengths)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(attention.reweighted(weights, times * lengths), shares, rtol=1e-9)
    np.testing.assert_allclose(attention.reweighted(weights, np.ones(n)), weights, rtol=1e-9)


def test_a_run_allows_the_lenses_whose_lengths_it_knows():
    forward = made(3)
    assert attention.lenses(forward) == ["raw", "without_sink", "values", "outputs"]
    unknown = dataclasses.replace(forward, output_norms=None)
    assert attention.lenses(unknown) == ["raw", "without_sink", "values"]
    assert attention.lenses(made(3, keeps_weights=True)) == ["raw", "without_sink"]


@pytest.mark.parametrize("lens", ["rose", "", "Raw"])
def test_a_lens_that_there_is_not_is_refused(lens):
    with pytest.raises(ValueError, match=f"got {lens!r}"):
        attention.through(lens, made(3), 0, 0)


@pytest.mark.parametrize("lens", ["values", "outputs"])
def test_a_lens_without_its_lengths_is_refused(lens):
    with pytest.raises(ValueError, match="lenses of this run are"):
        attention.through(lens, made(3, keeps_weights=True), 0, 0)


@pytest.mark.parametrize("lens", attention.LENSES)
def test_a_lens_on_a_head_that_the_network_does_not_have_is_refused(lens):
    with pytest.raises(ValueError, match="head must be from 0 to 3, got 4"):
        attention.through(lens, made(3), 0, 4)


def test_the_share_of_the_sink_is_a_mean_over_those_who_have_a_choice():
    assert HeadAttention(np.array([[1, 0], [0.25, 0.75]])).sink_share == 0.25
    three = np.array([[1, 0, 0], [0.2, 0.8, 0], [0.4, 0.3, 0.3]])
    assert HeadAttention(three).sink_share == pytest.approx(0.3)
    assert np.isnan(HeadAttention(np.array([[1.0]])).sink_share)


def test_what_a_head_carries_is_told_in_its_own_numbers():
    forward = made(5)
    found = attention.carried(forward, 1, 3)
    np.testing.assert_allclose(
        found.value_norms, np.sqrt((forward.values[1, 1] ** 2).sum(axis=-1)), rtol=1e-6
    )
    np.testing.assert_array_equal(found.output_norms, forward.output_norms[1, 3])
    assert found.first_norm == forward.output_norms[1, 3, 0]
    assert found.other_norm == pytest.approx(forward.output_norms[1, 3, 1:].mean())
    raw = attention.head(forward, 1, 3).attention_weights
    assert found.sink_weight == pytest.approx(raw[1:, 0].mean())
    products = raw * found.output_norms
    assert found.sink_output == pytest.approx(
        (products[1:, 0] / products[1:].sum(axis=1)).mean(), rel=1e-5
    )


def test_a_single_token_has_no_other_key_to_carry():
    found = attention.carried(made(1), 0, 0)
    assert found.first_norm > 0
    assert np.isnan([found.other_norm, found.sink_weight, found.sink_output]).all()


def test_what_is_carried_is_unknown_where_lengths_are():
    assert attention.carried(made(3, keeps_weights=True), 0, 0) is None
    assert attention.carried(dataclasses.replace(made(3), output_norms=None), 0, 0) is None


# In blocks


@pytest.mark.parametrize("keeps_weights", [True, False])
@pytest.mark.parametrize("n_rows", [1, 3, 64])
@pytest.mark.parametrize("n_tokens", [1, 3, 10, 64, 65])
def test_blocks_put_together_are_the_head(n_tokens, n_rows, keeps_weights):
    forward = made(n_tokens, keeps_weights=keeps_weights)
    whole = np.zeros((N_HEADS, n_tokens, n_tokens), np.float32)
    next_row = 0
    for start, rows in attention.blocks(forward, 2, n_rows):
        n_heads, n_queries, n_keys = rows.shape
        assert (start, n_heads) == (next_row, N_HEADS)
        assert n_queries <= n_rows
        assert n_keys == start + n_queries  # nothing behind the last query
        whole[:, start : start + n_queries, :n_keys] = rows
        next_row += n_queries
    assert next_row == n_tokens
    for head in range(N_HEADS):
        expected = attention.head(forward, 2, head).attention_weights
        np.testing.assert_allclose(whole[head], expected, rtol=1e-5, atol=1e-7)
        assert (whole[head][np.triu_indices(n_tokens, k=1)] == 0).all()


def test_going_through_blocks_leaves_the_run_as_it_was():
    forward, before = made(9), made(9)
    list(attention.blocks(forward, 0, 4))
    np.testing.assert_array_equal(forward.queries, before.queries)
    np.testing.assert_array_equal(forward.keys, before.keys)


def test_blocks_of_scores_that_would_overflow_are_weights_all_the_same():
    forward = made(5)
    large = dataclasses.replace(forward, queries=forward.queries * np.float32(1e30))
    ((_, rows),) = attention.blocks(large, 1)
    np.testing.assert_allclose(rows.sum(axis=-1), 1, rtol=1e-6)
    assert set(np.unique(rows)) == {0, 1}


def test_blocks_of_a_layer_that_the_network_does_not_have_are_refused():
    with pytest.raises(ValueError, match="layer must be from 0 to 2, got 3"):
        next(attention.blocks(made(2), 3))


@given(square_scores(), st.data())
def test_fewer_queries_than_keys_are_the_last_ones(scores, data):
    start = data.draw(st.integers(0, len(scores) - 1))
    last = attention.causal_softmax(scores[start:])
    np.testing.assert_allclose(last, attention.causal_softmax(scores)[start:], atol=1e-12)
