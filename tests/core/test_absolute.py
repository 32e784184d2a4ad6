"""Position tables against a plain loop; a shuffled text against a real run of the shuffled text."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import absolute, attention, rope
from tests.forward_passes import CARD, D_HEAD, N_HEADS, made

N_TOKENS = 7
FREQUENCIES = (1.0, 0.3, 0.1, 0.01)
WAYS = [(rotated, causal) for rotated in (False, True) for causal in (False, True)]


def rotary(n_tokens=N_TOKENS, frequencies=FREQUENCIES):
    card = dataclasses.replace(CARD, rope_frequencies=frequencies)
    return dataclasses.replace(made(n_tokens), model=card)


def shuffled(forward, head, order, way):
    return absolute.shuffled(forward, head, order, is_rotated=way[0], is_causal=way[1])


def test_three_positions_of_four_numbers_on_paper():
    expected = [
        [0, 1, 0, 1],
        [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)],
        [np.sin(2), np.cos(2), np.sin(0.02), np.cos(0.02)],
    ]
    np.testing.assert_allclose(absolute.sinusoidal(3, 4), expected, atol=1e-15)


def test_two_tokens_of_which_each_looks_at_the_other_on_paper():
    """Two tokens that change places, and their weights with them."""
    forward = rotary(2)
    found = shuffled(forward, 0, np.array([1, 0]), (False, False))
    np.testing.assert_array_equal(found.after, found.before[::-1, ::-1])
    np.testing.assert_allclose(found.put_back, found.before)


@given(st.integers(1, 80), st.integers(1, 40).map(lambda pairs: 2 * pairs))
def test_the_dot_product_of_two_positions_depends_on_their_distance_alone(n, d_model):
    table = absolute.table(n, d_model)
    assert table.largest_spread < 1e-9
    speeds = rope.spectrum(d_model).frequencies
    expected = np.cos(np.outer(np.arange(n), speeds)).sum(axis=1)
    np.testing.assert_allclose(table.means, expected, atol=1e-9)
    assert table.means[0] == pytest.approx(d_model / 2)
    np.testing.assert_allclose(table.products, table.products.T)


@given(st.integers(0, 200), st.integers(0, 200))
def test_one_position_is_another_one_turned_as_rope_turns(start, distance):
    """PE at m + k is a rotation of PE at m by k: the same one for every m."""
    d_model = 8
    rows = absolute.sinusoidal(start + distance + 1, d_model)
    # (cos, sin) of a pair as x and y
    x, y = rows[[start], 1::2], rows[[start], 0::2]
    angles = distance * rope.spectrum(d_model).frequencies[None]
    turned = rope.rotate(np.concatenate([x, y], axis=1), angles)
    expected = np.concatenate([rows[[-1], 1::2], rows[[-1], 0::2]], axis=1)
    np.testing.assert_allclose(turned, expected, atol=1e-12)


def test_the_table_agrees_with_a_plain_loop_in_torch():
    torch = pytest.importorskip("torch")
    n, d_model = 50, 12
    expected = torch.zeros(n, d_model, dtype=torch.float64)
    for position in range(n):
        for i in range(d_model // 2):
            angle = torch.tensor(position / 10_000 ** (2 * i / d_model), dtype=torch.float64)
            expected[position, 2 * i] = torch.sin(angle)
            expected[position, 2 * i + 1] = torch.cos(angle)
    np.testing.assert_allclose(absolute.sinusoidal(n, d_model), expected, atol=1e-12)


def test_three_learned_rows_on_paper():
    found = absolute.learned(np.array([[3.0, 4.0], [4.0, 3.0], [0.0, -2.0]]))
    np.testing.assert_allclose(
        found.cosines, [[1, 0.96, -0.8], [0.96, 1, -0.6], [-0.8, -0.6, 1]], atol=1e-12
    )
    np.testing.assert_allclose(found.means, [1, 0.18, -0.8])
    np.testing.assert_allclose(found.smallest, [1, -0.6, -0.8])
    np.testing.assert_allclose(found.largest, [1, 0.96, -0.8])
    assert (found.n_positions, found.d_model, found.step) == (3, 2, 1)
    assert found.nearest == pytest.approx(0.18)
    assert found.elsewhere == pytest.approx(-0.8)
    assert found.widest == pytest.approx(1.56)


@given(st.integers(3, 300), st.integers(1, 20).map(lambda pairs: 2 * pairs))
def test_rows_of_the_formula_are_alike_by_distance_alone(n, d_model):
    found = absolute.learned(absolute.sinusoidal(n, d_model))
    np.testing.assert_allclose(found.means, found.of_formula, atol=1e-9)
    assert found.widest < 1e-9
    assert len(found.places) <= absolute.MOST_ROWS
    np.testing.assert_array_equal(found.places, np.arange(0, n, found.step))
    assert found.n_positions == n


@given(st.floats(0.1, 50.0))
def test_the_length_of_a_learned_row_does_not_matter(factor):
    rows = np.random.default_rng(0).normal(size=(9, 6))
    longer = rows.copy()
    longer[4] *= factor
    np.testing.assert_allclose(
        absolute.learned(longer).cosines, absolute.learned(rows).cosines, atol=1e-12
    )


def test_a_row_of_zeros_is_like_no_other():
    rows = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    rows[2] = 0
    assert not absolute.learned(rows).cosines[2].any()


def test_in_a_table_that_was_really_trained_neighbours_are_alike():
    from core.model import reverser_weights

    network = reverser_weights.load()
    for rows in (network.encoder_positions, network.decoder_positions):
        found = absolute.learned(rows)
        assert found.nearest > 0.4 > 0 > found.elsewhere
        assert found.widest > 0.3  # not a matter of distance alone


@given(st.integers(0, 999), st.integers(0, N_HEADS - 1))
def test_without_positions_and_mask_the_order_is_invisible(seed, head):
    forward = rotary()
    order = absolute.order(N_TOKENS, seed)
    found = shuffled(forward, head, order, (False, False))
    np.testing.assert_allclose(found.after, found.before[np.ix_(order, order)], atol=1e-12)
    assert not found.notices_order


@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize("seed", range(5))
def test_positions_or_a_causal_mask_alone_break_it(seed, way):
    found = shuffled(rotary(), 1, absolute.order(N_TOKENS, seed), way)
    assert found.notices_order
    assert found.largest_change > 0.01


def test_with_both_the_sentence_has_the_weights_that_were_measured():
    forward = rotary()
    found = shuffled(forward, 2, np.arange(N_TOKENS), (True, True))
    expected = attention.HeadAttention(attention.weights_of(forward, 0, 2)).visible_weights
    np.testing.assert_allclose(found.before, expected, atol=1e-6)
    np.testing.assert_array_equal(found.before, found.after)
    assert found.largest_change == 0


def test_queries_and_keys_are_turned_back_and_the_first_position_was_never_turned():
    forward = rotary()
    for layer, head in ((0, 0), (2, 3)):
        plain = absolute.unrotated(forward, layer, head)
        turned = attention.queries_and_keys(forward, layer, head)
        angles = np.outer(np.arange(N_TOKENS), FREQUENCIES)
        for back, there in zip(plain, turned, strict=True):
            np.testing.assert_allclose(rope.rotate(back, angles), there, atol=1e-6)
            np.testing.assert_array_equal(back[0], there[0])
            assert abs(back[1:] - there[1:]).max() > 0.1


def test_numbers_that_are_not_turned_are_left_as_they_are():
    plain, _ = absolute.unrotated(rotary(frequencies=(1.0, 0.1)), 1, 2)
    turned = rotary().queries[1, 2]
    np.testing.assert_array_equal(plain[:, 4:], turned[:, 4:])
    assert abs(plain[1:, :4] - turned[1:, :4]).max() > 0.1
    assert plain.shape == (N_TOKENS, D_HEAD)


@given(st.integers(1, 60), st.integers(0, 999))
def test_an_order_is_another_one_whenever_there_is_one(n, seed):
    order = absolute.order(n, seed)
    assert sorted(order) == list(range(n))
    assert n == 1 or (order != np.arange(n)).any()
    np.testing.assert_array_equal(order, absolute.order(n, seed))


def test_every_way_is_shuffled_alike():
    forward, order = rotary(), absolute.order(N_TOKENS, 3)
    every = absolute.every_way(forward, 1, order)
    assert list(every) == WAYS
    for way, found in every.items():
        np.testing.assert_array_equal(found.after, shuffled(forward, 1, order, way).after)
        assert np.isnan(found.before[np.triu_indices(N_TOKENS, k=1)]).all() == way[1]


def test_a_single_token_has_one_order():
    for found in absolute.every_way(rotary(1), 0, absolute.order(1, 0)).values():
        np.testing.assert_array_equal(found.before, [[1.0]])
        assert found.largest_change == 0


@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt_neox"])
@pytest.mark.parametrize("seed", range(3))
def test_a_real_run_of_the_shuffled_tokens_has_these_weights(tmp_path, family, seed):
    pytest.importorskip("torch")
    from core.model import load, run
    from core.model.sources import Prepared
    from tests.tiny import tiny_model_folder

    model = load.load(Prepared(tiny_model_folder(tmp_path / family, family), family, "random"))
    text = "The cat sat on the mat because it was"
    forward = run.run_one(model, text)
    order = absolute.order(len(forward.tokens), seed)
    ids = [forward.tokens[place].id for place in order]
    (other,) = run.run_tokens(model, [ids], [text])
    for head in range(forward.model.n_heads):
        found = shuffled(forward, head, order, (True, True))
        expected = attention.weights_of(other, 0, head)
        np.testing.assert_allclose(np.nan_to_num(found.after), expected, atol=1e-4)


@pytest.mark.parametrize(("n", "d_model", "got"), [(0, 4, 0), (-1, 4, -1), (4, 3, 3), (4, 0, 0)])
def test_an_impossible_table_is_refused(n, d_model, got):
    with pytest.raises(ValueError, match=f"got {got}"):
        absolute.sinusoidal(n, d_model)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_table_of_too_few_rows_is_refused(n):
    with pytest.raises(ValueError, match=f"three rows to be compared, got {n}"):
        absolute.learned(np.ones((n, 4)))


@pytest.mark.parametrize("order", [[0, 1], [0, 0, 1], [1, 2, 3]])
def test_an_order_that_loses_a_token_is_refused(order):
    with pytest.raises(ValueError, match="each position once, got"):
        shuffled(rotary(3), 0, np.array(order), (False, False))


def test_what_has_no_rotation_cannot_lose_it():
    for forward in (made(3), made(3, keeps_weights=True)):
        with pytest.raises(ValueError, match="Random-1 has no rotation"):
            absolute.unrotated(forward, 0, 0)
    with pytest.raises(ValueError, match="got 7"):
        absolute.unrotated(rotary(), 7, 0)
