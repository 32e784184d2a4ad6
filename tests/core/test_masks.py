"""Masks against paper, their properties, and the mask functions of transformers with torch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attention, masks
from tests.forward_passes import CARD, made

LENGTHS = st.integers(1, 12)


@st.composite
def any_mask(draw):
    """A mask of each kind, of every size that is offered for it."""
    kind, n = draw(st.sampled_from(masks.KINDS)), draw(LENGTHS)
    sizes = masks.sizes(kind, n)
    size = draw(st.sampled_from(sizes)) if len(sizes) else 0
    return masks.of_kind(kind, n, size, draw(st.sampled_from(masks.SIDES)))


def some_scores(shape, seed=0):
    return np.random.default_rng(seed).normal(scale=3.0, size=shape)


def table(*rows):
    return [[int(cell) for cell in row] for row in rows]


# On paper


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (masks.bidirectional(3), table("111", "111", "111")),
        (masks.causal(3, 3), table("100", "110", "111")),
        (masks.prefix(4, 2), table("1100", "1100", "1110", "1111")),
        (masks.prefix(3, 0), table("100", "110", "111")),
        (masks.sliding_window(4, 2), table("1000", "1100", "0110", "0011")),
        (masks.sliding_window(3, 1), table("100", "010", "001")),
        (masks.padding(4, 2, "left"), table("0000", "0000", "0010", "0011")),
        (masks.padding(4, 2, "right"), table("1000", "1100", "1100", "1100")),
        (masks.causal(2, 4), table("1110", "1111")),
        (masks.causal(1, 4), table("1111")),
    ],
)
def test_the_masks_are_those_drawn_on_paper(mask, expected):
    assert mask.astype(int).tolist() == expected


def test_what_a_mask_takes_away_goes_to_the_others_in_proportion():
    scores = np.log(np.array([[4.0, 3.0, 2.0, 1.0]]))
    allowed = np.array([[True, False, True, True]])
    weights = masks.masked_softmax(scores, allowed)
    np.testing.assert_allclose(weights, [[4 / 7, 0, 2 / 7, 1 / 7]])


@pytest.mark.parametrize(
    ("weights", "bits"), [([0.5, 0.5, 0], 1.0), ([0.25] * 4, 2.0), ([1.0, 0.0], 0.0)]
)
def test_the_entropy_of_a_row_is_that_of_a_fair_choice(weights, bits):
    (entropy,) = masks.entropies(np.array([weights]))
    assert entropy == pytest.approx(bits)
    assert not str(entropy).startswith("-")


def test_the_queries_of_a_cache_are_the_last_ones():
    result = masks.under(made(6), 0, 0, masks.of_kind("cache", 6, 2))
    assert result.allowed.shape == (2, 6)
    assert [result.position(row) for row in (0, 1)] == [4, 5]
    assert [result.row(position) for position in (0, 3, 4, 5)] == [0, 0, 0, 1]
    whole = masks.under(made(6), 0, 0, masks.causal(6, 6))
    np.testing.assert_allclose(result.attention_weights, whole.attention_weights[4:], rtol=1e-6)


# Properties


@given(any_mask(), st.integers(0, 99))
def test_a_row_adds_up_to_one_or_is_undefined_and_masked_weights_are_exactly_zero(allowed, seed):
    weights = masks.masked_softmax(some_scores(allowed.shape, seed), allowed)
    has_key = allowed.any(axis=1)
    np.testing.assert_allclose(weights[has_key].sum(axis=1), 1)
    assert (weights[has_key][~allowed[has_key]] == 0).all()
    assert np.isnan(weights[~has_key]).all()


@given(any_mask(), st.sampled_from([1e30, -1e30, np.inf, -np.inf, np.nan]))
def test_the_score_of_a_masked_key_changes_nothing(allowed, instead):
    scores = some_scores(allowed.shape)
    changed = np.where(allowed, scores, instead)
    np.testing.assert_array_equal(
        masks.masked_softmax(scores, allowed), masks.masked_softmax(changed, allowed)
    )


@given(any_mask())
def test_keys_that_stay_keep_their_ratio(allowed):
    scores = some_scores(allowed.shape)
    logarithms = np.log(np.where(allowed, masks.masked_softmax(scores, allowed), 1))
    offsets = np.where(allowed, scores - logarithms, np.nan)[allowed.any(axis=1)]
    np.testing.assert_allclose(np.nanmax(offsets, axis=1), np.nanmin(offsets, axis=1), atol=1e-9)


@given(LENGTHS, st.data())
def test_the_masks_are_ordered_from_open_to_closed(n, data):
    length = data.draw(st.integers(0, n))
    causal, prefix = masks.causal(n, n), masks.prefix(n, length)
    assert (causal <= prefix).all()
    assert (prefix <= masks.prefix(n, n)).all()
    assert (masks.prefix(n, n) == masks.bidirectional(n)).all()
    for closed in (
        masks.sliding_window(n, data.draw(st.integers(1, 2 * n))),
        masks.padding(n, length, "left"),
        masks.padding(n, length, "right"),
    ):
        assert (closed <= causal).all()


@given(LENGTHS, st.integers(0, 5))
def test_a_window_as_wide_as_the_text_is_causal(n, more):
    np.testing.assert_array_equal(masks.sliding_window(n, n + more), masks.causal(n, n))


@given(LENGTHS, st.data())
def test_a_window_of_any_width_leaves_every_query_its_own_key(n, data):
    width = data.draw(st.integers(1, n))
    mask = masks.sliding_window(n, width)
    assert mask.diagonal().all()
    assert mask.sum(axis=1).tolist() == [min(width, row + 1) for row in range(n)]


@given(LENGTHS, st.data())
def test_padding_on_the_left_leaves_as_many_rows_undefined_as_there_is_padding(n, data):
    count = data.draw(st.integers(0, n - 1))
    left, right = (
        masks.under(made(n), 0, 0, masks.padding(n, count, side)) for side in masks.SIDES
    )
    assert left.n_blank == count
    assert right.n_blank == 0
    assert np.isnan(left.visible_weights[:count]).all()
    assert np.isfinite([left.mean_entropy, left.mean_causal_entropy]).all()
    assert left.most_changed >= count


def test_a_text_and_its_padding_do_not_mix():
    # Whatever stands in the padding, the weights of the text are those of the text alone.
    scores = some_scores((7, 7))
    alone = masks.masked_softmax(scores[3:, 3:], masks.causal(4, 4))
    padded = masks.masked_softmax(scores, masks.padding(7, 3, "left"))
    np.testing.assert_allclose(padded[3:, 3:], alone)


@pytest.mark.parametrize("kind", masks.KINDS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_every_size_that_is_offered_leaves_something_to_be_seen(kind, n):
    for size in masks.sizes(kind, n):
        result = masks.under(made(n), 2, 3, masks.of_kind(kind, n, size))
        assert result.n_allowed > 0
        assert np.isfinite(result.mean_entropy)
        assert 0 <= result.most_changed < n
        assert result.n_seen(result.most_changed) > 0
        assert result.share_allowed == result.n_allowed / result.allowed.size


@pytest.mark.parametrize("kind", masks.KINDS)
def test_even_one_token_has_a_mask_of_each_kind(kind):
    assert len(masks.sizes(kind, 1)) >= 1


@pytest.mark.parametrize("n", [1, 6])
def test_the_causal_mask_gives_what_the_attention_page_shows(n):
    forward = made(n)
    result = masks.under(forward, 1, 3, masks.causal(n, n))
    expected = attention.head(forward, 1, 3).attention_weights
    np.testing.assert_allclose(result.attention_weights, expected, rtol=1e-6)
    np.testing.assert_array_equal(result.attention_weights, result.causal_weights)


def test_the_query_that_changes_most_is_found():
    scores_forward = made(8)
    result = masks.under(scores_forward, 0, 1, masks.sliding_window(8, 2))
    change = np.abs(result.attention_weights - result.causal_weights).sum(axis=1)
    assert result.most_changed == change.argmax()


# Transformers and torch


def of_transformers(mask_function, n_queries, n_keys, padding=None):
    torch = pytest.importorskip("torch")
    from transformers.masking_utils import sdpa_mask

    mask = sdpa_mask(
        1,
        n_queries,
        n_keys,
        q_offset=n_keys - n_queries,
        mask_function=mask_function,
        attention_mask=None if padding is None else torch.tensor(padding)[None],
        allow_is_causal_skip=False,
    )
    return mask[0, 0].numpy()


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_masks_agree_with_those_of_transformers(n):
    pytest.importorskip("torch")
    from transformers import masking_utils as theirs

    def agree(mask, function, *shape, padding=None):
        np.testing.assert_array_equal(mask, of_transformers(function, *shape, padding=padding))

    causal = theirs.causal_mask_function
    agree(masks.bidirectional(n), theirs.bidirectional_mask_function, n, n)
    for size in range(1, n + 1):
        agree(masks.causal(size, n), causal, size, n)
        window = theirs.sliding_window_causal_mask_function(size)
        agree(masks.sliding_window(n, size), window, n, n)
        in_prompt = theirs.or_masks(causal, lambda b, h, q, k, size=size: k < size)
        agree(masks.prefix(n, size), in_prompt, n, n)
    for count in range(n):
        is_text = np.arange(n) >= count
        agree(masks.padding(n, count, "left"), causal, n, n, padding=is_text)
        agree(masks.padding(n, count, "right"), causal, n, n, padding=is_text[::-1].copy())


@pytest.mark.parametrize("kind", masks.KINDS)
def test_the_softmax_agrees_with_torch_down_to_the_undefined_rows(kind):
    torch = pytest.importorskip("torch")
    allowed = masks.of_kind(kind, 9, 3)
    scores = some_scores(allowed.shape)
    filled = torch.tensor(scores).masked_fill(torch.tensor(~allowed), -torch.inf)
    expected = torch.softmax(filled, dim=-1).numpy()
    np.testing.assert_allclose(masks.masked_softmax(scores, allowed), expected, rtol=1e-12)


# Edges


def test_scores_that_overflow_an_exponential_are_no_problem():
    weights = masks.masked_softmax(np.array([[1e4, 1e4, -1e4]]), np.ones((1, 3), dtype=bool))
    assert weights.tolist() == [[0.5, 0.5, 0.0]]


def test_a_long_text_is_masked_in_float32():
    forward = made(1024)
    result = masks.under(forward, 0, 0, masks.sliding_window(1024, 64))
    assert result.attention_weights.dtype == np.float32
    np.testing.assert_allclose(result.attention_weights.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: masks.prefix(4, 5), "prefix length must be from 0 to 4, got 5"),
        (lambda: masks.prefix(4, -1), "got -1"),
        (lambda: masks.sliding_window(4, 0), "width must be 1 or more, got 0"),
        (lambda: masks.padding(4, 5, "left"), "padding must be from 0 to 4, got 5"),
        (lambda: masks.padding(4, 1, "up"), "side must be one of .* got 'up'"),
        (lambda: masks.causal(5, 4), "number of queries must be from 0 to 4, got 5"),
        (lambda: masks.of_kind("none", 4), "kind must be one of .* got 'none'"),
        (lambda: masks.under(made(4), 0, 0, masks.causal(3, 3)), "a mask of 3 × 3 for 4 tokens"),
        (lambda: masks.under(made(4), 3, 0, masks.causal(4, 4)), "layer must be .* got 3"),
        (lambda: masks.under(made(4), 0, -1, masks.causal(4, 4)), "head must be .* got -1"),
    ],
)
def test_what_makes_no_mask_is_refused(ask, said):
    with pytest.raises(ValueError, match=said):
        ask()


def test_a_network_without_plain_attention_is_refused():
    with pytest.raises(ValueError, match=CARD.name):
        masks.under(made(4, keeps_weights=True), 0, 0, masks.causal(4, 4))
