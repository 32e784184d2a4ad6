"""Attention against paper, its properties, and torch with the key-value heads of transformers."""

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
