"""The atlas against paper, plain loops over every weight, and the heads of a real network."""

import dataclasses
import math

import numpy as np
import pytest

from core import atlas, attention
from core.atlas import LOCAL, METRICS, Atlas, Tiles
from tests.forward_passes import CARD, N_HEADS, N_LAYERS, made


def run_of(*heads):
    """A run of a network with one layer, whose heads have the weights that are given."""
    weights = np.array(heads, np.float32)
    card = dataclasses.replace(CARD, n_layers=1, n_heads=len(heads), n_key_value_heads=len(heads))
    run = made(weights.shape[-1], keeps_weights=True)
    return dataclasses.replace(run, model=card, attention_weights=weights[None])


def even(n):
    """A head that looks at all it may see alike."""
    return np.tri(n) / np.arange(1, n + 1)[:, None]


def looking_back(n, steps):
    """A head that looks so many steps back, and at the first token where there are fewer."""
    return np.eye(n)[np.maximum(np.arange(n) - steps, 0)]


def inducing(n):
    """On n tokens that stand there twice: to what followed last time; before, to the first."""
    places = np.where(np.arange(2 * n) < n, 0, np.arange(2 * n) - n + 1)
    return np.eye(2 * n)[places]


def only(run):
    """The numbers of its only head, by name."""
    whole = atlas.atlas(run, None)
    return {name: float(whole.metric(name)[0, 0]) for name in METRICS}


def by_hand(weights):
    """The same numbers, one weight after the other."""
    n = len(weights)
    found = {name: [] for name in METRICS[:5]}
    for i in range(1, n):
        row = [float(weight) for weight in weights[i, : i + 1]]
        found["entropy"].append(-sum(a * math.log2(a) for a in row if a > 0))
        found["distance"].append(sum(a * (i - j) for j, a in enumerate(row)))
        found["sink"].append(row[0])
        if i >= 2:
            found["previous"].append(row[i - 1])
        if i >= LOCAL:
            found["local"].append(sum(row[i - steps] for steps in range(LOCAL)))
    return {name: np.mean(values) if values else np.nan for name, values in found.items()}


def largest_by_hand(weights, k):
    """The largest weight of each k × k cell."""
    n = len(weights)
    side = math.ceil(n / k)
    found = np.zeros((side, side))
    for i in range(n):
        for j in range(n):
            found[i // k, j // k] = max(found[i // k, j // k], weights[i, j])
    return found


# On paper


def test_the_numbers_of_three_rows_on_paper():
    found = only(run_of([[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.5, 0.25]]))
    assert found["entropy"] == pytest.approx((1.0 + 1.5) / 2)
    assert found["distance"] == pytest.approx((0.5 + 1.0) / 2)
    assert found["sink"] == pytest.approx((0.5 + 0.25) / 2)
    assert found["previous"] == 0.5  # of the last row alone
    assert np.isnan(found["local"])
    assert np.isnan(found["induction"])


def test_a_head_that_looks_one_back_says_so():
    found = only(run_of(looking_back(9, 1)))
    assert (found["previous"], found["local"], found["entropy"]) == (1.0, 1.0, 0.0)
    assert found["distance"] == 1.0
    assert found["sink"] == pytest.approx(1 / 8)  # the second token has only the first behind it


def test_a_head_that_rests_on_the_first_token_looks_neither_back_nor_around():
    found = only(run_of(looking_back(9, 99)))
    assert (found["sink"], found["previous"], found["local"], found["entropy"]) == (1, 0, 0, 0)
    assert found["distance"] == pytest.approx(np.mean(range(1, 9)))


def test_a_window_of_local_tokens_ends_where_it_says():
    assert only(run_of(looking_back(12, LOCAL - 1)))["local"] == 1.0
    assert only(run_of(looking_back(12, LOCAL)))["local"] == 0.0


def test_a_head_that_looks_up_what_followed_scores_one():
    n = 7
    repeated = run_of(inducing(n), looking_back(2 * n, n), looking_back(2 * n, n - 2))
    assert atlas.induction(repeated, 0).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("n", [2, 10, 50])
def test_a_head_that_looks_evenly_scores_next_to_nothing(n):
    (score,) = atlas.induction(run_of(even(2 * n)), 0)
    assert 0 < score < 2 / n


# Against a plain loop


@pytest.mark.parametrize("keeps_weights", [True, False])
@pytest.mark.parametrize("n_tokens", [2, 3, 6, 63, 64, 65, 129, 200])
def test_the_numbers_equal_a_plain_loop(n_tokens, keeps_weights):
    forward = made(n_tokens, keeps_weights=keeps_weights)
    whole = atlas.atlas(forward, None)
    for layer, head in [(0, 0), (1, 3), (N_LAYERS - 1, 1)]:
        weights = attention.head(forward, layer, head).attention_weights
        for name, expected in by_hand(weights).items():
            found = whole.metric(name)[layer, head]
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("keeps_weights", [True, False])
@pytest.mark.parametrize("n_tokens", [1, 2, 64, 65, 128, 129, 257, 300])
def test_a_small_map_shows_the_largest_weight_of_each_cell(n_tokens, keeps_weights):
    forward = made(n_tokens, keeps_weights=keeps_weights)
    tiles = atlas.atlas(forward, None).tiles
    k = math.ceil(n_tokens / atlas.TILE)
    side = math.ceil(n_tokens / k)
    assert tiles.n_pooled == k
    assert tiles.levels.shape == (N_LAYERS, N_HEADS, side, side)
    assert side <= atlas.TILE
    for layer, head in [(0, 0), (2, 3)]:
        weights = attention.head(forward, layer, head).attention_weights
        expected = np.sqrt(largest_by_hand(weights, k)) * atlas.LEVELS
        # A level is half a level away at most; float32 may round the other way.
        np.testing.assert_allclose(tiles.levels[layer, head], expected, atol=0.501)
        assert not np.triu(tiles.levels[layer, head], k=1).any()


def test_both_kinds_of_runs_give_the_same_atlas():
    forward = made(70)
    card = forward.model
    weights = np.array(
        [
            [attention.head(forward, layer, head).attention_weights for head in range(card.n_heads)]
            for layer in range(card.n_layers)
        ]
    )
    kept = dataclasses.replace(forward, queries=None, keys=None, attention_weights=weights)
    one, other = atlas.atlas(forward, forward), atlas.atlas(kept, kept)
    for name in METRICS:
        np.testing.assert_allclose(one.metric(name), other.metric(name), rtol=1e-5, atol=1e-7)
    apart = one.tiles.levels.astype(int) - other.tiles.levels
    assert abs(apart).max() <= 1


def test_the_induction_score_is_that_of_the_repeated_tokens():
    forward, repeated = made(9), made(40, seed=5)
    whole = atlas.atlas(forward, repeated)
    for layer, head in [(0, 0), (2, 1)]:
        weights = attention.head(repeated, layer, head).attention_weights
        expected = np.mean([weights[i, i - 20 + 1] for i in range(20, 40)])
        assert whole.induction[layer, head] == pytest.approx(expected, rel=1e-5)
    assert np.isnan(atlas.atlas(forward, None).induction).all()


# What there is not


@pytest.mark.parametrize(
    ("n_tokens", "unknown"),
    [
        (1, {"entropy", "distance", "sink", "previous", "local"}),
        (2, {"previous", "local"}),
        (LOCAL, {"local"}),
        (LOCAL + 1, set()),
    ],
)
@pytest.mark.parametrize("keeps_weights", [True, False])
def test_a_text_that_is_too_short_gives_no_number(n_tokens, unknown, keeps_weights):
    whole = atlas.atlas(made(n_tokens, keeps_weights=keeps_weights), None)
    for name in METRICS[:5]:
        assert np.isnan(whole.metric(name)).all() == (name in unknown), name
        assert np.isnan(whole.metric(name)).any() == (name in unknown), name


def test_a_metric_that_there_is_not_is_refused():
    whole = atlas.atlas(made(3), None)
    for name in ("tiles", "meaning", ""):
        with pytest.raises(ValueError, match=f"got {name!r}"):
            whole.metric(name)


# Order and names


def atlas_with(sink):
    sink = np.array(sink, float)
    unknown = np.full_like(sink, np.nan)
    tiles = Tiles(np.zeros((*sink.shape, 1, 1), np.uint8), 1)
    return Atlas(unknown, unknown, sink, unknown, unknown, unknown, tiles)


def test_heads_are_ranked_by_their_number_and_those_without_one_stand_last():
    whole = atlas_with([[0.2, np.nan, 0.9], [0.9, 0.0, np.nan]])
    assert whole.ranking("sink") == [(0, 2), (1, 0), (0, 0), (1, 1), (0, 1), (1, 2)]
    assert whole.ranking("local") == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_only_heads_that_mostly_do_a_thing_are_named_for_it():
    whole = atlas_with([[0.39, atlas.WORTH_NAMING, 0.9], [np.nan, 0.5, 0.0]])
    assert whole.named("sink") == [(0, 2, 0.9), (1, 1, 0.5), (0, 1, atlas.WORTH_NAMING)]
    assert whole.named("sink", most=1) == [(0, 2, 0.9)]
    assert atlas_with([[0.39, np.nan]]).named("sink") == []
    assert whole.named("induction") == []


def test_a_random_network_has_no_induction_head():
    assert atlas.atlas(made(5), made(100, seed=3)).named("induction") == []


# The network that the app shows


@pytest.fixture(scope="module")
def real_model():
    from core.model import load, sources

    return load.load(sources.prepare(sources.SMOLLM2))


@pytest.mark.weights
def test_the_real_network_looks_up_looks_back_and_rests(real_model):
    from core.model import asking, run
    from core.model.questions import RepeatedTokens

    steps = asking.repeated(real_model, RepeatedTokens(), lambda: False)
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    forward = run.run_one(real_model, "The cat slept all day because it was very tired.")
    whole = atlas.atlas(forward, end.value.value)
    assert whole.induction[18, 6] > 0.8
    for name in ("induction", "previous", "sink"):
        assert whole.named(name), name
        assert whole.named(name)[0][2] > 0.7, name
