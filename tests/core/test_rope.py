"""RoPE against its definition, its defining property, and Hugging Face's implementation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import rope
from tests.forward_passes import CARD

D_HEAD = 8


def angles(positions, base=10_000.0, d_head=D_HEAD):
    return np.outer(positions, rope.spectrum(d_head, base).frequencies)


def test_frequencies_match_a_hand_calculation():
    spectrum = rope.spectrum(d_head=4, base=100.0)
    np.testing.assert_allclose(spectrum.frequencies, [1.0, 0.1])
    np.testing.assert_allclose(spectrum.wavelengths, [2 * np.pi, 20 * np.pi])


@pytest.mark.parametrize(("context_length", "unfinished"), [(6, 2), (7, 1), (62, 1), (63, 0)])
def test_a_pair_is_unfinished_where_its_turn_is_longer_than_the_context(context_length, unfinished):
    assert rope.spectrum(d_head=4, base=100.0).count_unfinished(context_length) == unfinished


def test_a_pair_is_split_in_halves():
    quarter_turn = np.full((1, 2), np.pi / 2)
    turned = rope.rotate(np.array([[1.0, 2.0, 0.0, 0.0]]), quarter_turn)
    np.testing.assert_allclose(turned, [[0.0, 0.0, 1.0, 2.0]], atol=1e-12)


def test_each_pair_turns_by_its_own_angle():
    turned = rope.rotate(np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([[np.pi, np.pi / 2]]))
    np.testing.assert_allclose(turned, [[-1.0, 0.0, 0.0, 1.0]], atol=1e-12)


@pytest.mark.parametrize("base", [2.0, 10_000.0, 1e9])
@pytest.mark.parametrize("d_head", [2, 64, 256])
def test_the_first_pair_turns_one_radian_and_each_next_one_slower(d_head, base):
    frequencies = rope.spectrum(d_head, base).frequencies
    assert frequencies.shape == (d_head // 2,)
    assert frequencies[0] == 1.0
    assert (np.diff(frequencies) < 0).all()
    assert (frequencies > 1 / base).all()


def test_rotation_keeps_length(rng):
    x = rng.normal(size=(5, D_HEAD))
    turned = rope.rotate(x, angles(range(5)))
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 8, 64]),
    st.floats(1.5, 1e7),
    st.tuples(*[st.integers(0, 5_000)] * 3),
)
def test_a_score_depends_on_the_distance_only(seed, d_head, base, places):
    query, key = np.random.default_rng(seed).normal(size=(2, 1, d_head))
    query_at, key_at, shift = places

    def score(shifted):
        first, second = (angles([place + shifted], base, d_head) for place in (query_at, key_at))
        return (rope.rotate(query, first) @ rope.rotate(key, second).T).item()

    assert score(shift) == pytest.approx(score(0), abs=1e-8)


def test_a_score_knows_which_of_the_two_is_before(rng):
    query, key = rng.normal(size=(2, 1, D_HEAD))
    there = rope.rotate(query, angles([5])) @ key.T
    back = query @ rope.rotate(key, angles([5])).T
    assert abs((there - back).item()) > 0.1


def test_rotate_agrees_with_hugging_face(rng):
    torch = pytest.importorskip("torch")
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    config = LlamaConfig(hidden_size=D_HEAD, num_attention_heads=1, head_dim=D_HEAD)
    positions = torch.arange(6)[None]
    x = rng.normal(size=(6, D_HEAD))
    queries = torch.tensor(x, dtype=torch.float32)[None, None]
    cos, sin = LlamaRotaryEmbedding(config)(queries, positions)
    expected, _ = apply_rotary_pos_emb(queries, queries, cos, sin)
    np.testing.assert_allclose(rope.rotate(x, angles(range(6))), expected[0, 0], atol=1e-5)


@pytest.mark.parametrize("base", [500.0, 100_000.0])
def test_another_base_agrees_with_hugging_face(base):
    pytest.importorskip("torch")
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    parameters = {"rope_type": "default", "rope_theta": base}
    config = LlamaConfig(
        hidden_size=64, num_attention_heads=1, head_dim=64, rope_parameters=parameters
    )
    expected = LlamaRotaryEmbedding(config).inv_freq
    np.testing.assert_allclose(rope.spectrum(64, base).frequencies, expected, rtol=1e-5)


# The way back, planes and parts


def test_a_rotation_is_taken_back_by_the_same_one_the_other_way_round(rng):
    x, turns = rng.normal(size=(5, D_HEAD)), angles([0, 3, 7, 100, 8_000])
    np.testing.assert_allclose(rope.unrotate(rope.rotate(x, turns), turns), x, atol=1e-12)


def test_numbers_beyond_the_pairs_are_left_as_they_are(rng):
    x, turns = rng.normal(size=(3, 10)), angles([1, 2, 3], d_head=6)
    turned = rope.rotate(x, turns)
    np.testing.assert_array_equal(turned[:, 6:], x[:, 6:])
    np.testing.assert_allclose(turned[:, :6], rope.rotate(x[:, :6], turns))


def test_a_part_that_is_turned_agrees_with_gpt_neox(rng):
    torch = pytest.importorskip("torch")
    from transformers.models.gpt_neox.modeling_gpt_neox import apply_rotary_pos_emb

    x, turns = rng.normal(size=(4, 10)), angles(range(4), d_head=6)
    whole = torch.tensor(np.concatenate([turns, turns], axis=1))[None]
    rows = torch.tensor(x)[None, None]
    expected, _ = apply_rotary_pos_emb(rows, rows, whole.cos(), whole.sin())
    np.testing.assert_allclose(rope.rotate(x, turns), expected[0, 0], atol=1e-12)


def test_the_width_that_is_turned_is_known_from_the_frequencies():
    assert rope.turned_width(CARD) == CARD.d_head
    assert rope.turned_width(replace(CARD, rope_frequencies=(1.0, 0.1))) == 4


def test_a_pair_is_a_point_and_adds_its_part_of_the_dot_product():
    x, y = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[5.0, 6.0, 7.0, 8.0]])
    np.testing.assert_array_equal(rope.points(x, 2), [[[1, 3], [2, 4]]])
    np.testing.assert_array_equal(rope.summands(x, y, 2), [[5 + 21, 12 + 32]])
    assert rope.summands(x, y, 2).sum() == (x @ y.T).item()


def test_angles_go_on_beyond_one_turn():
    turns = rope.spectrum(4, 100.0).angles(np.array([0, 1, 100]))
    np.testing.assert_allclose(turns, [[0, 0], [1, 0.1], [100, 10]])


def test_arrows_keep_their_length_and_the_angle_between_them(rng):
    query, key = rng.normal(size=(2, D_HEAD))
    spectrum, positions = rope.spectrum(D_HEAD, 500.0), np.arange(40)
    turned = rope.planes(query, key, spectrum, (0, 3), positions)
    np.testing.assert_allclose(turned.query, [query[[0, 4]], query[[3, 7]]])
    for before, after in ((turned.query, turned.queries), (turned.key, turned.keys)):
        lengths = np.linalg.norm(before, axis=-1)
        np.testing.assert_allclose(
            np.linalg.norm(after, axis=-1), np.broadcast_to(lengths, (40, 2))
        )
    products = (turned.queries * turned.keys).sum(axis=-1)
    np.testing.assert_allclose(products - (turned.query * turned.key).sum(axis=-1), 0, atol=1e-12)
    np.testing.assert_array_equal(turned.spectrum.frequencies, spectrum.frequencies[[0, 3]])
    np.testing.assert_allclose(turned.queries[0], turned.query)


@pytest.mark.parametrize("pair", [-1, 4])
def test_a_plane_that_does_not_exist_is_refused(rng, pair):
    query, key = rng.normal(size=(2, D_HEAD))
    with pytest.raises(ValueError, match=f"from 0 to 3, got .*{pair}"):
        rope.planes(query, key, rope.spectrum(D_HEAD), (pair,), np.arange(2))


@pytest.mark.parametrize(
    ("d_head", "base", "got"),
    [
        (7, 10_000.0, "d_head .* got 7"),
        (0, 10_000.0, "d_head .* got 0"),
        (-2, 10_000.0, "d_head .* got -2"),
        (8, 1.0, "base .* got 1.0"),
        (8, float("inf"), "base .* got inf"),
        (8, float("nan"), "base .* got nan"),
    ],
)
def test_impossible_settings_are_refused(d_head, base, got):
    with pytest.raises(ValueError, match=got):
        rope.spectrum(d_head, base)
