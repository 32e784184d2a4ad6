"""Averages along a text against plain loops, and the stored long run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import long_context
from core.model import long_run

LOSSES = arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 40)),
    elements=st.floats(0, 20, width=32),
)


def test_a_window_is_the_mean_of_the_tokens_before_it():
    found = long_context.windowed(np.array([[1.0, 3.0, 5.0, 7.0]], np.float32), 2)
    assert found.positions.tolist() == [2, 3, 4]
    assert found.values.tolist() == [[2.0, 4.0, 6.0]]


def test_perplexity_is_two_to_the_mean_so_far():
    found = long_context.perplexities(np.array([[1.0, 3.0, 2.0]], np.float32))
    assert found.positions.tolist() == [1, 2, 3]
    assert found.values.tolist() == [[2.0, 4.0, 4.0]]


@given(LOSSES, st.integers(1, 60))
def test_windows_agree_with_a_plain_loop(losses, width):
    found = long_context.windowed(losses, width)
    width = min(width, losses.shape[1])
    assert found.positions[-1] == losses.shape[1]
    for place, end in enumerate(found.positions):
        expected = losses[:, end - width : end].astype(float).mean(axis=1)
        np.testing.assert_allclose(found.values[:, place], expected, atol=1e-6)


@given(LOSSES, st.integers(1, 60))
def test_a_fitting_window_leaves_several_windows_of_a_short_text(losses, width):
    n, fitting = losses.shape[1], long_context.fitting(losses, width)
    assert 1 <= fitting <= width
    assert fitting == width or 4 * fitting <= n or n < 4
    assert len(long_context.windowed(losses, fitting).positions) >= min(n, 4) or fitting == width


@given(LOSSES)
def test_a_perplexity_is_at_least_one_and_ends_at_that_of_the_whole_text(losses):
    values = long_context.perplexities(losses).values
    assert (values >= 1).all()
    np.testing.assert_allclose(values[:, -1], 2 ** losses.astype(float).mean(axis=1), rtol=1e-6)


@given(LOSSES, st.integers(1, 60))
def test_the_two_sides_together_are_the_whole(losses, length):
    found = long_context.sides(losses, length)
    n = losses.shape[1]
    n_inside = min(n, length - 1)
    inside, beyond = np.nan_to_num(found.inside), np.nan_to_num(found.beyond)
    total = inside * n_inside + beyond * (n - n_inside)
    np.testing.assert_allclose(total, losses.astype(float).sum(axis=1), rtol=1e-6, atol=1e-6)
    assert np.isnan(found.inside).all() == (n_inside == 0)
    assert np.isnan(found.beyond).all() == (n_inside == n)


def test_a_long_text_is_drawn_at_a_bounded_number_of_places():
    losses = np.ones((2, 16_000), np.float32)
    assert len(long_context.windowed(losses, 512).positions) <= long_context.MOST_PLACES
    assert len(long_context.perplexities(losses).positions) <= long_context.MOST_PLACES


@pytest.mark.parametrize(
    ("longest", "lengths"),
    [(128, (128,)), (256, (128, 256)), (300, (128, 256, 300)), (1024, (128, 256, 512, 1024))],
)
def test_lengths_double_up_to_the_longest(longest, lengths):
    assert long_context.lengths_up_to(longest) == lengths


def test_what_cannot_be_averaged_is_refused():
    with pytest.raises(ValueError, match="width must be positive, got 0"):
        long_context.windowed(np.ones((1, 3), np.float32), 0)
    for function in (long_context.perplexities, lambda x: long_context.sides(x, 3)):
        with pytest.raises(ValueError, match=r"\(1, 0\)"):
            function(np.ones((1, 0), np.float32))
    with pytest.raises(ValueError, match="128 or more, got 64"):
        long_context.lengths_up_to(64)


def test_the_stored_run_is_of_the_text_that_comes_with_it():
    stored = long_run.load()
    assert stored.n_tokens == long_run.N_TOKENS == 2 * stored.context_length
    assert stored.methods == long_run.METHODS
    assert stored.surprisals.shape == (len(stored.methods), stored.n_tokens - 1)
    assert np.isfinite(stored.surprisals).all()
    assert long_run.text().startswith("THE WINTER'S TALE")


def test_beyond_the_trained_length_the_untouched_network_pays_more():
    # The reason for the page, in the numbers that it shows.
    stored = long_run.load()
    found = long_context.sides(stored.surprisals, stored.context_length)
    untouched = stored.methods.index("none")
    assert found.beyond[untouched] > found.inside[untouched] + 1
    assert found.inside.argmin() == untouched


def test_a_long_run_comes_back_as_it_was_saved(tmp_path):
    saved = long_run.LongRun(
        "Name", 8, 2.0, ("none", "yarn"), np.array([[1.5, 2.25], [0.5, 16.0]], np.float32)
    )
    long_run.save(saved, tmp_path / "run.npz")
    loaded = long_run.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(loaded.surprisals, saved.surprisals)
    assert (loaded.model_name, loaded.context_length, loaded.stretch, loaded.methods) == (
        "Name", 8, 2.0, ("none", "yarn"),
    )  # fmt: skip
