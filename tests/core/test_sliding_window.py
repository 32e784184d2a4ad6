"""Windows of a long text against paper: what they score, and with how much before it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sliding_window

PLAN = sliding_window.plan(5, 4, 2)


def test_windows_of_four_with_a_stride_of_two_on_paper():
    found = sliding_window.plan(7, 4, 2)
    assert list(zip(found.starts, found.firsts, found.stops, strict=True)) == [
        (0, 1, 4),
        (2, 4, 6),
        (4, 6, 7),
    ]
    assert found.contexts.tolist() == [-1, 1, 2, 3, 2, 3, 2]
    assert (found.n_scored, found.n_read, found.least_context) == (6, 11, 2)


def test_disjoint_blocks_never_score_their_first_token():
    found = sliding_window.plan(9, 4, 4)
    assert found.contexts.tolist() == [-1, 1, 2, 3, -1, 1, 2, 3, -1]
    assert (found.n_scored, found.cost) == (6, 1.0)


@given(st.integers(2, 60), st.integers(2, 20), st.data())
@settings(max_examples=30)
def test_with_a_smaller_stride_every_token_but_the_first_is_scored_once(n, width, data):
    stride = data.draw(st.integers(1, width - 1))
    found = sliding_window.plan(n, width, stride)
    scored = [
        token for a, b in zip(found.firsts, found.stops, strict=True) for token in range(a, b)
    ]
    assert scored == list(range(1, n))
    assert (found.contexts[1:] >= 1).all()
    assert (found.contexts[width:] >= width - stride).all()
    assert found.stops[-1] == n
    assert (found.stops - found.starts <= width).all()


def test_strides_are_halved_down_to_the_smallest():
    assert sliding_window.halvings(256, 64) == (256, 128, 64)
    assert sliding_window.halvings(250, 64) == (250, 128, 64)
    assert sliding_window.halvings(16, 16) == (16,)


def test_tokens_take_their_bits_from_the_window_that_scores_them():
    bits = np.array([[1.0, 2.0, 3.0], [7.0, 8.0, np.nan], [10.0, 11.0, 12.0]])
    found = sliding_window.slid(PLAN, np.array([0, 1, 2]), bits)
    assert found.surprisals.tolist() == [1.0, 2.0, 3.0, 11.0]
    assert found.perplexity == pytest.approx(2 ** (17 / 4))
    # The mean of the second window, 11, is weighed by its one label less one.
    assert found.by_recipe == pytest.approx(2 ** (6 / 3))
    blocks = sliding_window.slid(sliding_window.plan(5, 2, 2), np.array([0, 2, 4]), np.ones((3, 1)))
    assert np.isnan(blocks.surprisals).tolist() == [False, True, False, True]
    assert blocks.by_recipe == blocks.perplexity == 2.0


def test_bits_are_grouped_by_what_stands_before():
    bits = np.array([[9.0, 4.0, 2.0, 1.0], [7.0, np.nan, np.nan, np.nan]])
    found = sliding_window.by_context(bits)
    assert (found.least.tolist(), found.most.tolist()) == ([1, 2, 4], [1, 3, 4])
    assert found.bits.tolist() == [8.0, 3.0, 1.0]


@pytest.mark.parametrize(
    ("call", "got"),
    [
        (lambda: sliding_window.plan(1, 4, 2), "got 1 and 4"),
        (lambda: sliding_window.plan(9, 4, 5), "got 5"),
        (lambda: sliding_window.halvings(4, 0), "got 0"),
        (lambda: sliding_window.slid(PLAN, np.array([0]), np.ones((1, 3))), "token 2"),
        (lambda: sliding_window.by_context(np.ones((0, 3))), "shape"),
    ],
)
def test_what_makes_no_sense_is_refused(call, got):
    with pytest.raises(ValueError, match=got):
        call()
