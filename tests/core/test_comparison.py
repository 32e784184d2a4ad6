"""Comparison against paper, its properties, a plain double loop, and torch's softmax."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import attention, comparison
from core.comparison import ABSENT, Difference, Survey
from core.tokens import Token
from tests.forward_passes import CARD, N_HEADS, N_LAYERS, VOCABULARY, made

every_head = settings(deadline=None)  # with the shapes checked, slow on a busy machine
IDS = st.lists(st.integers(0, 4), min_size=1, max_size=12)


def run_of(ids, seed=0, keeps_weights=False):
    """A random run whose tokens are the given ones."""
    forward = made(len(ids), seed=seed, keeps_weights=keeps_weights)
    tokens = tuple(Token(number, VOCABULARY[number]) for number in ids)
    return dataclasses.replace(forward, tokens=tokens)


def rows(alignment):
    places = zip(alignment.places_a.tolist(), alignment.places_b.tolist(), strict=True)
    return list(zip(places, alignment.kinds, strict=True))


def compared(a, b, layer=1, head=2):
    return comparison.difference(a, b, comparison.align(a, b), layer, head)


# On paper


def test_equal_blocks_and_blocks_replaced_one_by_one_share_their_rows():
    alignment = comparison.align(run_of([1, 2, 3, 4]), run_of([1, 9, 3, 4]))
    assert rows(alignment) == [
        ((0, 0), "same"),
        ((1, 1), "replaced"),
        ((2, 2), "same"),
        ((3, 3), "same"),
    ]


def test_what_only_one_text_has_stands_alone():
    alignment = comparison.align(run_of([1, 2, 3, 4, 5, 6]), run_of([7, 1, 2, 8, 9, 5, 6]))
    assert rows(alignment) == [
        ((ABSENT, 0), "added"),
        ((0, 1), "same"),
        ((1, 2), "same"),
        ((2, 3), "replaced"),
        ((3, 4), "replaced"),
        ((4, 5), "same"),
        ((5, 6), "same"),
    ]
    assert alignment.n_aligned == 6


def test_a_block_replaced_by_one_of_another_length_is_removed_and_added():
    alignment = comparison.align(run_of([1, 2, 3]), run_of([1, 7, 8, 3]))
    assert rows(alignment) == [
        ((0, 0), "same"),
        ((1, ABSENT), "removed"),
        ((ABSENT, 1), "added"),
        ((ABSENT, 2), "added"),
        ((2, 3), "same"),
    ]
    assert alignment.aligned.tolist() == [0, 4]


def with_weights(ids, weights):
    """A run whose every head has the given weights."""
    all_heads = np.broadcast_to(
        np.array(weights, np.float32), (N_LAYERS, N_HEADS, len(ids), len(ids))
    ).copy()
    forward = run_of(ids, keeps_weights=True)
    return dataclasses.replace(forward, attention_weights=all_heads)


def test_an_inserted_token_takes_its_weight_from_the_others():
    a = with_weights([1, 3], [[1, 0], [0.75, 0.25]])
    b = with_weights([1, 2, 3], [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.5, 0.25]])
    nan, result = np.nan, compared(a, b)
    np.testing.assert_array_equal(result.change, [[0, nan, nan], [nan, nan, nan], [-0.5, nan, 0]])
    np.testing.assert_array_equal(
        result.unpaired, [[nan, nan, nan], [0.5, 0.5, nan], [nan, 0.5, nan]]
    )
    assert result.largest == comparison.Change(query=2, key=0, difference=-0.5)
    # Row 0 is the same; in row 2 half of the attention moved to the new token.
    alignment = comparison.align(a, b)
    assert comparison.mean_distance(a, b, alignment, 0, 0) == pytest.approx((0 + 0.5) / 2)


def test_distance_is_the_share_that_moved():
    a, b = (
        np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]),
        np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]]),
    )
    np.testing.assert_allclose(comparison.distance(a, b), [0.3, 1.0])


def test_next_tokens_are_the_likeliest_of_both_texts():
    after_a, after_b = np.full((2, len(VOCABULARY)), -30.0, np.float32)
    after_a[:3], after_b[:3] = np.log([0.6, 0.3, 0.1]), np.log([0.1, 0.2, 0.7])
    a, b = (
        dataclasses.replace(run_of([1]), logits=logits.astype(np.float32))
        for logits in (after_a, after_b)
    )
    likely = comparison.next_tokens(a, b, 1)
    assert likely.token_ids.tolist() == [2, 0]
    np.testing.assert_allclose(likely.probabilities_a, [0.1, 0.6], rtol=1e-6)
    np.testing.assert_allclose(likely.probabilities_b, [0.7, 0.1], rtol=1e-6)
    assert likely.distance == pytest.approx(0.6)


# Properties


@given(IDS, IDS)
def test_the_joint_axis_holds_every_token_of_both_once_and_in_order(ids_a, ids_b):
    alignment = comparison.align(run_of(ids_a), run_of(ids_b))
    for places, ids in ((alignment.places_a, ids_a), (alignment.places_b, ids_b)):
        assert places[places != ABSENT].tolist() == list(range(len(ids)))
    for (in_a, in_b), kind in rows(alignment):
        assert (in_a == ABSENT) == (kind == "added")
        assert (in_b == ABSENT) == (kind == "removed")
        if ABSENT not in (in_a, in_b):
            assert (ids_a[in_a] == ids_b[in_b]) == (kind == "same")


@every_head
@given(IDS, st.booleans())
def test_a_text_does_not_differ_from_itself(ids, keeps_weights):
    a = run_of(ids, keeps_weights=keeps_weights)
    result, alignment = compared(a, a), comparison.align(a, a)
    below = np.tri(len(ids), dtype=bool)
    assert (result.change[below] == 0).all()
    assert np.isnan(result.change[~below]).all()
    assert np.isnan(result.unpaired).all()
    assert alignment.kinds == ("same",) * len(ids)
    survey = comparison.survey(a, a, alignment, range(N_LAYERS))
    assert (survey.distances == 0).all()
    assert survey.furthest is None
    assert result.largest is None
    assert comparison.next_tokens(a, a, 3).distance == 0


def by_places(a, b):
    """Every cell of a comparison under the places of its query and key in both texts."""
    alignment, result = comparison.align(a, b), compared(a, b)
    places = list(zip(alignment.places_a.tolist(), alignment.places_b.tolist(), strict=True))
    return {
        (places[query], places[key]): (float(result.change[query, key]))
        for query, key in np.argwhere(np.isfinite(result.change))
    }


@every_head
@given(IDS, IDS)
def test_swapping_the_texts_negates_every_difference(ids_a, ids_b):
    a, b = run_of(ids_a), run_of(ids_b, seed=1)
    swapped = {
        tuple(place[::-1] for place in cell): -change for cell, change in by_places(b, a).items()
    }
    assert by_places(a, b) == swapped
    distances = [
        comparison.survey(one, other, comparison.align(one, other), range(N_LAYERS)).distances
        for one, other in ((a, b), (b, a))
    ]
    np.testing.assert_allclose(*distances, rtol=1e-5)


@every_head
@given(IDS, IDS)
def test_a_distance_is_from_0_to_1_and_the_furthest_head_has_the_largest(ids_a, ids_b):
    a, b = run_of(ids_a), run_of(ids_b, seed=1)
    alignment = comparison.align(a, b)
    survey = comparison.survey(a, b, alignment, range(N_LAYERS))
    assert np.isnan(survey.distances).all() == (alignment.n_aligned == 0)
    known = survey.distances[np.isfinite(survey.distances)]
    assert (known >= 0).all()
    assert (known <= 1 + 1e-6).all()
    found = survey.furthest
    assert (found.distance if found else 0) == known.max(initial=0)
    if found:
        assert survey.distances[found.layer, found.head] == found.distance


@given(IDS, IDS)
def test_only_what_a_query_may_see_has_a_weight(ids_a, ids_b):
    result = compared(run_of(ids_a), run_of(ids_b, seed=1))
    future = np.triu_indices(len(result.change), k=1)
    assert np.isnan(result.weights_a[future]).all()
    assert np.isnan(result.weights_b[future]).all()
    both = np.isfinite(result.change)
    assert not (both & np.isfinite(result.unpaired)).any()


# A plain double loop


@pytest.mark.parametrize("keeps_weights", [False, True])
@pytest.mark.parametrize(
    ("ids_a", "ids_b"),
    [
        ([1, 2, 3, 4], [1, 9, 3, 4]),
        ([1, 2, 3, 4, 5], [1, 2, 7, 8, 9, 3, 4, 5]),
        ([1, 2, 3], [4]),
        ([5, 6, 7, 8], [6, 8]),
    ],
)
def test_every_cell_agrees_with_a_plain_double_loop(ids_a, ids_b, keeps_weights):
    a, b = run_of(ids_a, 0, keeps_weights), run_of(ids_b, 1, keeps_weights)
    alignment, result = comparison.align(a, b), compared(a, b)
    looks_a, looks_b = (attention.head(forward, 1, 2).attention_weights for forward in (a, b))
    n_rows, moved = len(alignment.kinds), []
    for query in range(n_rows):
        total = 0.0
        for key in range(n_rows):
            cells = []
            for places, looks in ((alignment.places_a, looks_a), (alignment.places_b, looks_b)):
                row, column = places[query], places[key]
                seen = ABSENT not in (row, column) and column <= row
                cells.append(looks[row, column] if seen else None)
            expected = np.nan if None in cells else cells[1] - cells[0]
            np.testing.assert_array_equal(result.change[query, key], expected)
            total += abs((cells[1] or 0.0) - (cells[0] or 0.0)) / 2
        if ABSENT not in (alignment.places_a[query], alignment.places_b[query]):
            moved.append(total)
    found = comparison.mean_distance(a, b, alignment, 1, 2)
    np.testing.assert_allclose(found, np.mean(moved) if moved else np.nan, rtol=1e-5)


def test_probabilities_are_those_of_torch():
    torch = pytest.importorskip("torch")
    a, b = run_of([1, 2], 0), run_of([1, 3], 1)
    likely = comparison.next_tokens(a, b, 8)
    for forward, found in ((a, likely.probabilities_a), (b, likely.probabilities_b)):
        expected = torch.softmax(torch.tensor(np.array(forward.logits)).double(), dim=0).numpy()
        np.testing.assert_allclose(found, expected[likely.token_ids], rtol=1e-12)
        assert set(np.argsort(-expected)[:8]) <= set(likely.token_ids.tolist())


# Edges


def test_texts_without_a_common_token_have_nothing_to_subtract():
    a, b = run_of([1, 2]), run_of([3])
    result, alignment = compared(a, b), comparison.align(a, b)
    assert alignment.n_aligned == 0
    assert result.largest is None
    assert np.isfinite(result.unpaired).sum() == 3 + 1
    assert comparison.survey(a, b, alignment, [0]).furthest is None


def test_layers_that_were_not_compared_are_not_said_to_be_equal():
    a, b = run_of([1, 2, 3]), run_of([1, 4, 3], 1)
    survey = comparison.survey(a, b, comparison.align(a, b), [1])
    assert np.isnan(survey.distances[[0, 2]]).all()
    assert np.isfinite(survey.distances[1]).all()
    assert survey.furthest.layer == 1


@pytest.mark.parametrize(
    ("n_tokens", "layers"), [(comparison.SHORT, (0, 1, 2)), (comparison.SHORT + 1, (1,))]
)
def test_of_long_texts_one_layer_is_compared(n_tokens, layers):
    forward = made(n_tokens)
    assert comparison.surveyed_layers(comparison.align(forward, forward), 3, 1) == layers


def test_the_first_of_equally_large_changes_is_the_largest():
    nan = np.nan
    result = Difference(np.array([[1.0, nan], [0.5, 0.5]]), np.array([[1.0, nan], [0.75, 0.25]]))
    assert (result.largest.query, result.largest.key) == (1, 0)
    assert Survey(np.full((2, 2), np.nan)).furthest is None


# Refusals


def test_runs_of_two_models_are_not_compared():
    other = dataclasses.replace(made(2), model=dataclasses.replace(CARD, name="Random-2"))
    with pytest.raises(ValueError, match=r"one model, got .*Random-1.* and .*Random-2"):
        comparison.align(made(2), other)


@pytest.mark.parametrize(
    ("layer", "head", "message"), [(3, 0, "layer .* got 3"), (0, -1, "head .* got -1")]
)
def test_a_head_that_the_network_does_not_have_is_refused(layer, head, message):
    with pytest.raises(ValueError, match=message):
        compared(made(2), made(2), layer, head)


@pytest.mark.parametrize("count", [0, -3])
def test_no_next_token_at_all_is_refused(count):
    with pytest.raises(ValueError, match=f"count must be 1 or more, got {count}"):
        comparison.next_tokens(made(2), made(2), count)
