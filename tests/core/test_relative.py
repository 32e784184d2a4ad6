"""The score of a query and a key that are put elsewhere: waves, parts and their bound."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import attention, relative, rope
from tests.forward_passes import made

SEEDS = st.integers(0, 2**32 - 1)
WIDTHS = st.sampled_from([2, 8, 64])
BASES = st.floats(1.5, 1e7)
patient = settings(deadline=None)  # with the shapes checked, slow on a busy machine


def with_rope(n_tokens=6, width=8, **more):
    """A run of random numbers, as if they had been turned."""
    forward = made(n_tokens, **more)
    frequencies = tuple(rope.spectrum(width, 500.0).frequencies.tolist())
    return replace(forward, model=replace(forward.model, rope_frequencies=frequencies))


def drawn(seed, d_head, base, rest=0):
    query, key = np.random.default_rng(seed).normal(size=(2, d_head + rest))
    spectrum = rope.spectrum(d_head, base)
    return relative.Vectors(query, key, spectrum, d_head**-0.5, 0, is_measured=True)


def in_plane(query, key, frequency=1.0):
    """One pair."""
    vectors = (np.array(query, float), np.array(key, float))
    return relative.Vectors(
        *vectors, rope.Spectrum(np.array([frequency])), 1.0, 0, is_measured=True
    )


# On paper


def test_one_pair_is_one_wave():
    # q = 2 at angle 90°, k = 3 at angle 0°: 6·cos(distance + 90°).
    found = relative.by_distance(in_plane([0, 2], [3, 0], np.pi / 2), np.arange(5))
    np.testing.assert_allclose(found.scores, [0, -6, 0, 6, 0], atol=1e-12)
    np.testing.assert_allclose(found.summands[0], found.scores)


def test_the_bound_of_one_pair_is_its_length():
    found = relative.by_distance(in_plane([0, 2], [3, 0]), np.arange(50))
    np.testing.assert_allclose(found.bounds, 6.0)
    np.testing.assert_allclose(found.partial_sums, 1.0)


def test_two_pairs_that_point_apart_cancel():
    sums = relative.partial_sums(np.array([[0.0, 0.0], [0.0, np.pi]]))
    np.testing.assert_allclose(sums, [[1, 2], [1, 0]], atol=1e-12)


def test_ones_are_in_step_at_distance_0():
    found = relative.by_distance(relative.ones(16), np.arange(3))
    assert found.scores[0] == pytest.approx(16 / 4)
    assert found.partial_sums[0] == pytest.approx((1 + 8) / 2)
    assert not relative.ones(16).is_measured


# What RoPE is for


@patient
@given(SEEDS, WIDTHS, BASES)
def test_a_score_is_the_same_along_each_diagonal(seed, d_head, base):
    vectors = drawn(seed, d_head, base)
    scores = relative.placed(vectors, 20)
    np.testing.assert_allclose(scores[1:, 1:], scores[:-1, :-1], atol=1e-9)
    below = relative.by_distance(vectors, np.arange(20)).scores
    np.testing.assert_allclose(scores[:, 0], below, atol=1e-9)


@patient
@given(SEEDS, WIDTHS, BASES, st.integers(0, 3))
def test_the_parts_add_up_to_the_score(seed, d_head, base, rest):
    vectors, distances = drawn(seed, d_head, base, rest), np.array([0, 1, 17, 900])
    found = relative.by_distance(vectors, distances)
    turned = rope.rotate(np.tile(vectors.query, (4, 1)), vectors.spectrum.angles(distances))
    np.testing.assert_allclose(found.scores, turned @ vectors.key * vectors.scale, atol=1e-9)


@patient
@given(SEEDS, WIDTHS, BASES)
def test_each_part_is_a_wave_whose_size_is_the_product(seed, d_head, base):
    vectors, distances = drawn(seed, d_head, base), np.arange(30)
    found = relative.by_distance(vectors, distances)
    waves = vectors.products[:, None] * np.exp(1j * vectors.spectrum.angles(distances).T)
    np.testing.assert_allclose(found.summands, waves.real, atol=1e-9)
    strongest = np.abs(vectors.products).argmax()
    assert vectors.strongest(1) == (strongest,)


@patient
@given(SEEDS, WIDTHS, BASES, st.integers(0, 3))
def test_the_score_never_exceeds_the_bound(seed, d_head, base, rest):
    found = relative.by_distance(drawn(seed, d_head, base, rest), np.arange(0, 3000, 7))
    assert (np.abs(found.scores) <= found.bounds + 1e-9).all()
    assert found.slack >= 1 - 1e-9
    assert found.most == np.abs(found.scores).max()


def test_the_bound_falls_far_out_but_not_steadily():
    sums = relative.by_distance(relative.ones(128), np.arange(250)).partial_sums
    assert sums[:10].mean() > 1.5 * sums[-50:].mean()
    assert (np.diff(sums) > 0).any()


# A run


def test_vectors_turned_to_their_places_are_those_of_the_run():
    forward = with_rope()
    queries, keys = attention.queries_and_keys(forward, 1, 2)
    scores = attention.scores(queries, keys, forward.scale)
    for query, key in ((0, 0), (4, 1), (5, 5)):
        vectors = relative.of_run(forward, 1, 2, query, key)
        assert vectors.is_measured
        assert vectors.distance == query - key
        assert relative.placed(vectors, 6)[query, key] == pytest.approx(
            scores[query, key], abs=1e-5
        )
        (one,) = relative.by_distance(vectors, np.array([query - key])).scores
        assert one == pytest.approx(scores[query, key], abs=1e-5)


def test_a_head_that_is_turned_in_part_keeps_its_score():
    forward = with_rope(width=4)
    queries, keys = attention.queries_and_keys(forward, 0, 1)
    vectors = relative.of_run(forward, 0, 1, 5, 2)
    assert vectors.n_pairs == 2
    (one,) = relative.by_distance(vectors, np.array([3])).scores
    assert one == pytest.approx(queries[5] @ keys[2] * forward.scale, abs=1e-5)
    assert vectors.unturned != 0


@pytest.mark.parametrize("forward", [made(4), with_rope(4, keeps_weights=True)])
def test_ones_stand_in_where_nothing_can_be_turned_back(forward):
    assert not relative.is_known(forward)
    vectors = relative.of_run(forward, 1, 2, 3, 1)
    assert not vectors.is_measured
    assert vectors.distance == 2
    np.testing.assert_array_equal(vectors.query, np.ones(8))


def test_vectors_of_another_layer_are_refused():
    with pytest.raises(ValueError, match="layer must be from 0 to 2, got 3"):
        relative.of_run(with_rope(), 3, 0, 0, 0)


def test_the_most_read_key_is_not_the_first_where_there_is_another():
    weights = np.array([[1, 0, 0], [0.7, 0.3, 0], [0.5, 0.3, 0.2]], np.float32)
    looks = attention.HeadAttention(weights)
    assert [relative.most_read(looks, row) for row in range(3)] == [0, 1, 1]


def test_it_agrees_with_transformers(rng):
    torch = pytest.importorskip("torch")
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    config = LlamaConfig(hidden_size=16, num_attention_heads=1, head_dim=16)
    query, key = rng.normal(size=(2, 16))
    cos, sin = LlamaRotaryEmbedding(config)(torch.zeros(1), torch.arange(30)[None])
    rows = (
        torch.tensor(np.tile(x, (30, 1)), dtype=torch.float32)[None, None] for x in (query, key)
    )
    queries, keys = (x[0, 0] for x in apply_rotary_pos_emb(*rows, cos, sin))
    vectors = relative.Vectors(query, key, rope.spectrum(16), 0.25, 0, is_measured=True)
    np.testing.assert_allclose(relative.placed(vectors, 30), queries @ keys.T * 0.25, atol=1e-4)
