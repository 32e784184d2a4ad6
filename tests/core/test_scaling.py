"""The scale of the scores against paper, the theory of its variance, and torch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import attention, scaling
from tests.forward_passes import D_HEAD, N_HEADS, N_LAYERS, made

SEEDS = st.integers(0, 10_000)
WIDTHS = st.sampled_from(scaling.WIDTHS)


def weighed(*weights):
    return scaling.Weighing(1.0, np.array(weights, dtype=float))


# On paper


def test_a_scale_multiplies_the_scores_before_the_softmax():
    products = np.array([[2 * np.log(3.0), 0.0]])
    np.testing.assert_allclose(scaling.weigh(products, 1.0).attention_weights, [[0.9, 0.1]])
    np.testing.assert_allclose(scaling.weigh(products, 0.5).attention_weights, [[0.75, 0.25]])


def test_the_numbers_of_a_fair_coin_and_of_a_sure_choice():
    fair, sure = weighed([0.5, 0.5]), weighed([1.0, 0.0])
    assert (fair.largest, fair.entropy, fair.gradient) == (0.5, 1.0, 0.5)
    assert (sure.largest, sure.entropy, sure.gradient) == (1.0, 0.0, 0.0)
    assert str(sure.entropy) == "0.0"


def test_the_numbers_are_means_over_the_queries():
    both = weighed([0.5, 0.5], [1.0, 0.0])
    assert (both.largest, both.entropy, both.gradient) == (0.75, 0.5, 0.25)


# Properties


@pytest.mark.parametrize("d_head", scaling.WIDTHS)
def test_the_variance_of_a_dot_product_is_the_width(d_head):
    variances = [scaling.dot_products(d_head, seed).var() for seed in range(40)]
    assert np.mean(variances) == pytest.approx(d_head, rel=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_the_scale_makes_the_gradient_independent_of_the_width(seed):
    means = scaling.course(32, seed).by_root.means
    assert means.min() > 0.75
    assert means.max() < 1 - 1 / 32


@pytest.mark.parametrize("seed", range(10))
def test_without_the_scale_the_gradient_vanishes_as_the_width_grows(seed):
    course = scaling.course(32, seed)
    assert course.unscaled.means[-1] < 0.3 * course.unscaled.means[0]
    assert course.unscaled.medians[-1] < 0.3 * course.unscaled.medians[0]


@settings(deadline=None)  # a first product of two matrices is slow
@given(WIDTHS, st.integers(2, scaling.MOST_KEYS), SEEDS)
def test_a_smaller_scale_is_more_even(d_head, n_keys, seed):
    comparison = scaling.compare(d_head, n_keys, seed)
    by_scale = comparison.unscaled, comparison.by_root, comparison.by_width
    entropies = [weighing.entropy for weighing in by_scale]
    assert entropies == sorted(entropies)
    assert entropies[-1] <= np.log2(n_keys) + 1e-9
    for weighing in by_scale:
        np.testing.assert_allclose(weighing.attention_weights.sum(axis=1), 1.0)
        assert 0 <= weighing.gradient <= 1 - 1 / n_keys + 1e-9


def test_division_by_the_width_leaves_the_keys_nearly_equal():
    wide = scaling.compare(1024, 32, 0).by_width.attention_weights
    np.testing.assert_allclose(wide, 1 / 32, rtol=0.2)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    np.testing.assert_array_equal(scaling.dot_products(8, 3), scaling.dot_products(8, 3))
    assert not np.array_equal(scaling.dot_products(8, 3), scaling.dot_products(8, 4))


def test_the_course_is_made_of_the_single_widths():
    course = scaling.course(9, 5)
    assert tuple(course.widths) == scaling.WIDTHS
    for step, width in enumerate(scaling.WIDTHS):
        comparison = scaling.compare(width, 9, 5)
        assert course.variances[step] == scaling.dot_products(width, 5).var()
        assert course.unscaled.means[step] == comparison.unscaled.gradient
        assert course.by_root.medians[step] == np.median(comparison.by_root.gradients)


@pytest.mark.parametrize("n_tokens", [1, 2, 9])
def test_a_real_head_at_its_own_scale_is_the_head_of_the_attention_page(n_tokens):
    forward = made(n_tokens)
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            found = scaling.compare_head(forward, layer, head)
            expected = attention.head(forward, layer, head).attention_weights
            np.testing.assert_array_equal(found.by_root.attention_weights, expected)
            scales = found.unscaled.scale, found.by_root.scale, found.by_width.scale
            assert scales == (1.0, D_HEAD**-0.5, 1 / D_HEAD)


# Torch


@pytest.mark.parametrize("n_keys", [2, 7, 100])
def test_the_gradients_are_the_traces_of_torchs_jacobian(rng, n_keys):
    torch = pytest.importorskip("torch")
    products = rng.normal(scale=3.0, size=(5, n_keys))
    found = scaling.weigh(products, 0.5).gradients
    for size, row in zip(found, products, strict=True):
        scores = torch.tensor(row * 0.5)
        jacobian = torch.autograd.functional.jacobian(lambda s: torch.softmax(s, 0), scores)
        assert size == pytest.approx(jacobian.trace().item())
        # The trace says how large the whole matrix is, because no eigenvalue is negative.
        assert torch.linalg.eigvalsh(jacobian).min() > -1e-12
        assert size == pytest.approx(torch.linalg.matrix_norm(jacobian, "nuc").item())


@pytest.mark.parametrize("name", ["unscaled", "by_root", "by_width"])
def test_the_weights_are_those_of_torchs_attention(name):
    torch = pytest.importorskip("torch")
    forward = made(9)
    weighing = getattr(scaling.compare_head(forward, 1, 3), name)
    queries, keys = (
        torch.tensor(np.array(one)) for one in (forward.queries[1, 3], forward.keys[1, 1])
    )
    # With the unit vectors for values, what attention gives back are its weights.
    expected = torch.nn.functional.scaled_dot_product_attention(
        queries[None], keys[None], torch.eye(9)[None], is_causal=True, scale=weighing.scale
    )
    np.testing.assert_allclose(weighing.attention_weights, expected[0], atol=1e-6)


# Edges


def test_scores_that_would_overflow_give_weights_all_the_same():
    weights = scaling.weigh(np.array([[1e5, 0.0], [1e5, 1e5]]), 1.0).attention_weights
    assert weights.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_a_run_without_queries_is_refused():
    with pytest.raises(ValueError, match="queries and keys"):
        scaling.compare_head(made(3, keeps_weights=True), 0, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((0, 2, 0), "d_head must be 1 or more, got 0"),
        ((8, 0, 0), "n_keys must be from 1 to 256, got 0"),
        ((8, 257, 0), "n_keys must be from 1 to 256, got 257"),
        ((8, 2, -1), "seed must be 0 or more, got -1"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        scaling.compare(*settings)
