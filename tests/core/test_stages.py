"""The stages of a head against paper and torch; the numbers of a cell against each other."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attention, stages
from core.stages import WINDOW
from tests.forward_passes import CARD, N_HEADS, N_LAYERS, made

N_TOKENS = 9
FOUND = stages.stages(made(N_TOKENS), 1, 2)


def on_paper():
    """Two tokens of a network with one head of width 2 and scale 1/2."""

    def of(*rows):
        return np.array(rows, np.float32)[None, None]

    card = dataclasses.replace(
        CARD, n_layers=1, n_heads=1, n_key_value_heads=1, d_model=2, d_head=2
    )
    forward = dataclasses.replace(
        made(2),
        model=card,
        scale=0.5,
        queries=of([1, 2], [2 * np.log(3), 0]),
        keys=of([1, 0], [0, 5]),
        values=of([4, 8], [0, 4]),
        output_norms=None,
    )
    return stages.stages(forward, 0, 0)


def test_the_stages_of_two_tokens_on_paper():
    found = on_paper()
    np.testing.assert_allclose(found.products, [[1, 10], [2 * np.log(3), 0]], rtol=1e-6)
    np.testing.assert_allclose(found.scores, [[0.5, 5], [np.log(3), 0]], rtol=1e-6)
    np.testing.assert_allclose(found.masked, [[0.5, -np.inf], [np.log(3), 0]], rtol=1e-6)
    np.testing.assert_allclose(found.attention_weights, [[1, 0], [0.75, 0.25]], rtol=1e-6)
    np.testing.assert_allclose(found.outputs, [[4, 8], [3, 7]], rtol=1e-6)


def test_a_cell_of_two_tokens_on_paper():
    cell = stages.cell(on_paper(), 1, 1)
    assert cell.terms.tolist() == [0, 0]
    assert (cell.product, cell.score, cell.is_masked) == (0.0, 0.0, False)
    assert cell.largest == pytest.approx(np.log(3))
    np.testing.assert_allclose(cell.exponentials, [1, 1 / 3], rtol=1e-6)
    assert cell.denominator == pytest.approx(4 / 3)
    assert cell.weight == pytest.approx(0.25)


@pytest.mark.parametrize("n_tokens", [1, 2, 9])
def test_every_stage_agrees_with_torch(n_tokens):
    torch = pytest.importorskip("torch")
    forward = made(n_tokens)
    repeats = N_HEADS // forward.model.n_key_value_heads
    queries = torch.tensor(np.array(forward.queries))
    keys, values = (
        torch.tensor(np.array(shared)).repeat_interleave(repeats, dim=1)
        for shared in (forward.keys, forward.values)
    )
    products = queries @ keys.mT
    scores = products * forward.scale
    after = torch.ones(n_tokens, n_tokens, dtype=torch.bool).triu(1)
    masked = scores.masked_fill(after, -torch.inf)
    weights = torch.softmax(masked, dim=-1)
    outputs = torch.nn.functional.scaled_dot_product_attention(
        queries, keys, values, is_causal=True, scale=forward.scale
    )
    expected = {
        "products": products,
        "scores": scores,
        "masked": masked,
        "attention_weights": weights,
        "outputs": outputs,
    }
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            found = stages.stages(forward, layer, head)
            for name, numbers in expected.items():
                np.testing.assert_allclose(
                    getattr(found, name), numbers[layer, head], atol=2e-5, err_msg=name
                )


def test_rows_add_up_to_one_and_what_is_masked_weighs_exactly_nothing():
    after = np.triu_indices(N_TOKENS, k=1)
    assert (FOUND.masked[after] == -np.inf).all()
    assert np.isfinite(FOUND.masked[np.tril_indices(N_TOKENS)]).all()
    assert np.isfinite(FOUND.scores).all()  # the mask comes after them
    assert (FOUND.attention_weights[after] == 0.0).all()
    np.testing.assert_allclose(FOUND.attention_weights.sum(axis=1), 1, rtol=1e-6)


def test_the_weights_are_those_of_the_attention_page():
    looks = attention.head(made(N_TOKENS), 1, 2)
    np.testing.assert_allclose(FOUND.attention_weights, looks.attention_weights, atol=1e-6)
    assert FOUND.most_selective_query == looks.most_selective_query
    for query in range(N_TOKENS):
        key = FOUND.strongest_key(query)
        assert FOUND.attention_weights[query, key] == FOUND.attention_weights[query].max()


def test_the_outputs_are_the_values_in_these_shares():
    for query in range(N_TOKENS):
        expected = sum(
            FOUND.attention_weights[query, key] * FOUND.values[key] for key in range(query + 1)
        )
        np.testing.assert_allclose(FOUND.outputs[query], expected, atol=1e-6)


@pytest.mark.parametrize("query", range(N_TOKENS))
@pytest.mark.parametrize("key", range(N_TOKENS))
def test_the_numbers_of_a_cell_make_its_weight(query, key):
    cell = stages.cell(FOUND, query, key)
    assert cell.product == pytest.approx(sum(map(float, cell.terms)), abs=1e-5)
    assert cell.product == pytest.approx(float(FOUND.products[query, key]), abs=1e-5)
    assert cell.score == pytest.approx(cell.product * FOUND.scale, abs=1e-5)
    assert cell.largest == FOUND.scores[query, : query + 1].max()
    assert len(cell.exponentials) == N_TOKENS
    assert cell.exponentials.max() == 1.0
    assert cell.is_masked == (key > query)
    if cell.is_masked:
        assert cell.exponentials[key] == cell.weight == 0.0
    else:
        assert cell.exponentials[key] == pytest.approx(np.exp(cell.score - cell.largest), rel=1e-5)
    assert cell.weight == pytest.approx(cell.exponentials[key] / cell.denominator, rel=1e-5)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_a_window_holds_the_place_and_never_more_than_the_text(place_and_n):
    place, n = place_and_n
    shown = stages.window(place, n)
    assert 0 <= shown.start <= place < shown.stop <= n
    assert shown.stop - shown.start == min(n, WINDOW)
    assert shown.step is None


@given(st.integers(0, 2000))
def test_a_place_next_to_the_chosen_one_moves_the_window_by_half_of_it_at_most(place):
    here, there = (stages.window(where, 3000).start for where in (place, place + 1))
    assert there - here in (0, WINDOW // 2, WINDOW // 4)  # the latter where the text begins
    # Of any two neighbours, both stay on screen.
    assert there <= place


def test_a_network_that_keeps_only_its_weights_has_no_stages():
    assert stages.stages(made(3, keeps_weights=True), 0, 0) is None


@pytest.mark.parametrize("keeps_weights", [True, False])
@pytest.mark.parametrize(
    ("layer", "head", "message"),
    [(3, 0, "layer must be from 0 to 2, got 3"), (0, -1, "head must be from 0 to 3, got -1")],
)
def test_a_head_that_the_network_does_not_have_is_refused(layer, head, message, keeps_weights):
    with pytest.raises(ValueError, match=message):
        stages.stages(made(2, keeps_weights=keeps_weights), layer, head)


@pytest.mark.parametrize(("query", "key"), [(-1, 0), (0, -1), (N_TOKENS, 0), (0, N_TOKENS)])
def test_a_cell_beyond_the_text_is_refused(query, key):
    with pytest.raises(ValueError, match=f"from 0 to 8, got {query} and {key}"):
        stages.cell(FOUND, query, key)
