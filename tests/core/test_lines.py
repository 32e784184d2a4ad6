"""Lines against paper and a plain loop over all weights, and the mean of several heads."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attention, lines
from core.lines import FAINTEST
from tests.forward_passes import N_HEADS, made

FORWARD = made(40)


def run_of(weights):
    """A run whose layer 0, head 0 has these weights."""
    forward = made(len(weights), keeps_weights=True)
    kept = forward.attention_weights.copy()
    kept[0, 0] = weights
    return dataclasses.replace(forward, attention_weights=kept)


def test_the_lines_of_three_rows_on_paper():
    found = lines.of_head(run_of([[1, 0, 0], [0.7, 0.3, 0], [0.04, 0.9, 0.06]]), 0, 0, "raw")
    assert found.head == 0
    assert list(zip(found.queries, found.keys, strict=True)) == [
        (0, 0),
        (2, 1),
        (1, 0),
        (1, 1),
        (2, 2),
    ]
    np.testing.assert_allclose(found.weights, [1, 0.9, 0.7, 0.3, 0.06], rtol=1e-6)
    assert found.share_drawn == pytest.approx(2.96 / 3)


@pytest.mark.parametrize("lens", attention.LENSES)
@pytest.mark.parametrize("layer", [0, 2])
def test_the_lines_equal_a_plain_loop_over_all_weights(layer, lens):
    found = lines.lines(FORWARD, layer, lens)
    assert [one.head for one in found] == list(range(N_HEADS))
    for one in found:
        weights = attention.through(lens, FORWARD, layer, one.head).attention_weights
        expected = {
            (query, key): weight
            for query, row in enumerate(weights)
            for key, weight in enumerate(row)
            if weight >= FAINTEST
        }
        pairs = list(zip(one.queries.tolist(), one.keys.tolist(), strict=True))
        assert len(pairs) == len(expected)
        assert dict(zip(pairs, one.weights, strict=True)) == expected
        assert (np.diff(one.weights) <= 0).all()
        assert one.share_drawn == pytest.approx(sum(expected.values()) / np.nansum(weights))
        assert 0 < one.share_drawn < 1


def test_of_very_many_lines_the_strongest_are_drawn(monkeypatch):
    whole = lines.of_head(FORWARD, 1, 3, "raw")
    monkeypatch.setattr(lines, "MOST", 7)
    cut = lines.of_head(FORWARD, 1, 3, "raw")
    assert len(whole.weights) > 7
    for name in ("queries", "keys", "weights"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name)[:7])
    assert cut.share_drawn == pytest.approx(float(whole.weights[:7].sum()) / 40, rel=1e-5)


def test_a_long_text_does_not_draw_more_than_it_says():
    n = 1_100
    weights = np.zeros((n, n), np.float32)
    weights[:, 0] = 0.5
    weights[np.diag_indices(n)] += 0.5
    found = lines.of_head(run_of(weights), 0, 0, "raw")
    assert len(found.weights) == len(found.queries) == len(found.keys) == lines.MOST
    assert found.weights[0] == 1.0
    assert found.share_drawn == pytest.approx((1 + 0.5 * (lines.MOST - 1)) / n)


def test_without_the_first_key_one_token_has_no_line():
    (found, *_) = lines.lines(made(1), 0, "without_sink")
    assert len(found.weights) == 0
    assert found.share_drawn == 0.0


@given(st.sets(st.integers(0, N_HEADS - 1), min_size=1))
def test_the_mean_of_heads_is_a_head_whose_rows_add_up_to_one(heads):
    heads = sorted(heads)
    found = lines.mean_of_heads(FORWARD, 1, heads).attention_weights
    each = [attention.head(FORWARD, 1, head).attention_weights for head in heads]
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert not np.triu(found, k=1).any()


@pytest.mark.parametrize("lens", attention.LENSES)
def test_the_mean_is_seen_through_the_lens_too(lens):
    found = lines.mean_of_heads(FORWARD, 1, (0, 2), lens).attention_weights
    each = [attention.through(lens, FORWARD, 1, head).attention_weights for head in (0, 2)]
    np.testing.assert_allclose(found, (each[0] + each[1]) / 2, atol=1e-6)
    np.testing.assert_allclose(found[1:].sum(axis=1), 1, rtol=1e-5)


def test_the_mean_of_one_head_is_that_head():
    found = lines.mean_of_heads(FORWARD, 2, (3,)).attention_weights
    np.testing.assert_array_equal(found, attention.head(FORWARD, 2, 3).attention_weights)


def test_a_mean_of_no_head_is_refused():
    with pytest.raises(ValueError, match="got none"):
        lines.mean_of_heads(FORWARD, 0, ())


@pytest.mark.parametrize(
    ("layer", "heads", "lens", "message"),
    [
        (3, (0,), "raw", "layer must be from 0 to 2, got 3"),
        (0, (0, 4), "raw", "head must be from 0 to 3, got 4"),
        (0, (0,), "rose", "got 'rose'"),
    ],
)
def test_what_the_network_does_not_have_is_refused(layer, heads, lens, message):
    with pytest.raises(ValueError, match=message):
        lines.mean_of_heads(FORWARD, layer, heads, lens)


def test_a_lens_that_the_run_does_not_allow_is_refused():
    with pytest.raises(ValueError, match="got 'values'"):
        lines.lines(made(3, keeps_weights=True), 0, "values")


def test_lines_can_be_taken_from_some_queries_only():
    (found, *_) = lines.lines(made(40), 1)
    near = found.starting_in(10, 20)
    here = (found.queries >= 10) & (found.queries < 20)
    assert 0 < here.sum() < len(found.queries)
    np.testing.assert_array_equal(near.keys, found.keys[here])
    np.testing.assert_array_equal(near.weights, found.weights[here])
    assert near.head == found.head
