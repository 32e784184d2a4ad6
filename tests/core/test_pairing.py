"""The two pairings against their definition and the libraries; and what a change changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import pairing, rope
from tests.forward_passes import made

D_HEAD = 8
patient = settings(deadline=None)  # with the shapes checked, slow on a busy machine


def angles(positions, d_head=D_HEAD, base=10_000.0):
    return rope.spectrum(d_head, base).angles(np.asarray(positions))


def test_neighbours_make_a_pair():
    quarter_turn = np.full((1, 2), np.pi / 2)
    turned = pairing.rotate_neighbours(np.array([[1.0, 0.0, 2.0, 0.0]]), quarter_turn)
    np.testing.assert_allclose(turned, [[0.0, 1.0, 0.0, 2.0]], atol=1e-12)


def test_the_order_takes_every_second_number_first():
    assert pairing.order(6).tolist() == [0, 2, 4, 1, 3, 5]


@patient
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 8, 64]), st.floats(1.5, 1e7))
def test_one_pairing_is_the_other_in_another_order(seed, d_head, base):
    x = np.random.default_rng(seed).normal(size=(5, d_head))
    turns, order = angles([0, 1, 7, 100, 5_000], d_head, base), pairing.order(d_head)
    np.testing.assert_allclose(
        rope.rotate(x[:, order], turns), pairing.rotate_neighbours(x, turns)[:, order]
    )


@patient
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 8, 64]))
def test_both_keep_the_length_and_only_position_0_is_the_same(seed, d_head):
    x = np.random.default_rng(seed).normal(size=d_head)
    found = pairing.both(x, rope.spectrum(d_head), np.arange(12))
    for turned in (found.halves, found.neighbours):
        np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(x))
        np.testing.assert_allclose(turned[0], x)
    if d_head > 2:  # of a single pair, both are the same one
        assert np.abs(found.halves[1] - found.neighbours[1]).max() > 1e-9


@patient
@given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(0, 3_000)] * 3))
def test_under_either_pairing_only_the_distance_counts(seed, places):
    query, key = np.random.default_rng(seed).normal(size=(2, 1, D_HEAD))
    query_at, key_at, shift = places

    def score(shifted):
        turned = (
            pairing.rotate_neighbours(x, angles([place + shifted]))
            for x, place in ((query, query_at), (key, key_at))
        )
        return np.vdot(*turned)

    assert score(shift) == pytest.approx(score(0), abs=1e-9)


def test_a_score_of_two_pairings_is_no_score(rng):
    query, key = rng.normal(size=(2, 1, D_HEAD))

    def score(place):
        first = rope.rotate(query, angles([place + 3]))
        return np.vdot(first, pairing.rotate_neighbours(key, angles([place])))

    assert abs(score(0) - score(50)) > 0.1


def test_numbers_beyond_the_pairs_are_left_as_they_are(rng):
    x = rng.normal(size=(3, 11))
    turned = pairing.rotate_neighbours(x, angles([1, 2, 3]))
    np.testing.assert_array_equal(turned[:, 8:], x[:, 8:])


def test_neighbours_agree_with_gpt_j(rng):
    torch = pytest.importorskip("torch")
    from transformers.models.gptj import modeling_gptj

    x = rng.normal(size=(7, D_HEAD)).astype(np.float32)
    sin, cos = modeling_gptj.create_sinusoidal_positions(7, D_HEAD).chunk(2, dim=-1)
    expected = modeling_gptj.apply_rotary_pos_emb(
        torch.tensor(x)[None, :, None], sin[None], cos[None]
    )
    found = pairing.rotate_neighbours(x, angles(range(7)))
    np.testing.assert_allclose(found, expected[0, :, 0], atol=1e-5)


def test_halves_agree_with_llama(rng):
    torch = pytest.importorskip("torch")
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    config = LlamaConfig(hidden_size=D_HEAD, num_attention_heads=1, head_dim=D_HEAD)
    x = rng.normal(size=D_HEAD)
    rows = torch.tensor(np.tile(x, (9, 1)), dtype=torch.float32)[None, None]
    cos, sin = LlamaRotaryEmbedding(config)(rows, torch.arange(9)[None])
    expected, _ = apply_rotary_pos_emb(rows, rows, cos, sin)
    found = pairing.both(x, rope.spectrum(D_HEAD), np.arange(9))
    np.testing.assert_allclose(found.halves, expected[0, 0], atol=1e-5)


# A change


def test_what_changes_is_the_weight_that_moved_and_the_loss():
    forward, other = made(5), made(5, seed=1)
    found = pairing.change(forward, other, 1, 2)
    assert found.loss_before == pytest.approx(forward.surprisals.mean())
    assert found.loss_after == pytest.approx(other.surprisals.mean())
    assert 0 < found.moved < 1


def test_nothing_moves_where_nothing_changes():
    forward = made(5)
    same = pairing.change(forward, forward, 0, 0)
    assert same.moved == 0
    assert same.loss_before == same.loss_after


def test_before_it_is_run_nothing_is_known_of_it():
    found = pairing.change(made(5), None, 0, 0)
    assert found.after is None
    assert np.isnan([found.moved, found.loss_after]).all()
    assert np.isnan(pairing.change(made(1), made(1), 0, 0).loss_before)


@pytest.mark.parametrize(("base", "other"), [(None, 10_000), (100_000.0, 10_000), (1e4, 100_000)])
def test_the_base_to_try_is_another_one(base, other):
    assert pairing.another_base(base) == other


@pytest.mark.parametrize("d_head", [7, 0, -2])
def test_an_odd_width_has_no_pairs(d_head):
    with pytest.raises(ValueError, match=f"d_head .* got {d_head}"):
        pairing.order(d_head)


def test_runs_of_different_texts_are_refused():
    with pytest.raises(ValueError, match=r"\(5, 4\) tokens"):
        pairing.change(made(5), made(4), 0, 0)


def test_a_head_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="head must be from 0 to 3, got 4"):
        pairing.change(replace(made(3), text="x"), None, 0, 4)
