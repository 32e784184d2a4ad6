"""Temperature against paper, its limits, and top-p as the sampling stage has it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sampling, temperature
from core.temperature import STOPS

patient = settings(deadline=None)  # with the shapes checked, slow on a busy machine
LOGITS = st.lists(st.integers(-80, 80), min_size=2, max_size=30).map(lambda n: np.array(n) / 8)


# On paper


def test_five_and_one_at_a_tenth_of_the_temperature():
    warm, cold = temperature.Pair(1.0, 5.0, 1.0), temperature.Pair(0.1, 5.0, 1.0)
    assert (warm.ratio, cold.ratio) == (5.0, 5.0)
    assert (warm.stretched, cold.stretched) == pytest.approx((4.0, 40.0))
    assert 10 ** temperature.odds(4.0, 0.1) == pytest.approx(np.exp(40.0))


def test_the_limits_are_greedy_and_even():
    logits = np.array([1.0, 3.0, -np.inf, 2.0])
    assert temperature.at(logits, 0.0).probabilities.tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(
        temperature.at(logits, np.inf).probabilities, [1 / 3, 1 / 3, 0, 1 / 3]
    )
    assert [temperature.odds(2.0, stop) for stop in (0.0, np.inf)] == [np.inf, 0.0]
    assert temperature.odds(-2.0, 0.0) == -np.inf
    assert temperature.odds(0.0, 0.0) == 0.0
    kinds = [temperature.Pair(stop, 2.0, 0.0).kind for stop in (0.0, 1.0, np.inf)]
    assert kinds == ["zero", "between", "infinite"]
    assert np.isnan(temperature.Pair(1.0, 2.0, 0.0).ratio)


def test_the_stops_go_from_one_limit_to_the_other():
    assert (STOPS[0], STOPS[temperature.NEUTRAL], STOPS[-1]) == (0.0, 1.0, np.inf)
    assert list(STOPS) == sorted(set(STOPS))


# Properties


@patient
@given(LOGITS)
def test_the_entropy_rises_all_the_way_to_the_number_of_tokens(logits):
    found = temperature.sweep(logits, 5)
    assert (np.diff(found.entropies) >= -1e-9).all()
    assert found.entropies[-1] == pytest.approx(found.most) == pytest.approx(np.log2(len(logits)))


@patient
@given(LOGITS, st.floats(0.2, 5.0))
def test_the_entropy_rises_by_the_variance_over_the_cube(logits, t):
    stage = temperature.at(logits, t)
    mean = (stage.probabilities * logits).sum()
    variance = (stage.probabilities * (logits - mean) ** 2).sum()
    ends = [temperature.at(logits, t * (1 + side * 1e-4)).entropy for side in (-1, 1)]
    slope = (ends[1] - ends[0]) * np.log(2) / (2e-4 * t)  # nats
    assert slope == pytest.approx(variance / t**3, rel=1e-3, abs=1e-5)


def test_the_same_tokens_are_the_likeliest_at_every_stop(rng):
    found = temperature.sweep(rng.normal(size=50), 10)
    assert (np.diff(found.probabilities[1:], axis=1) <= 0).all()
    assert found.probabilities.shape == (len(STOPS), 10)


def test_the_kept_sets_are_those_of_top_p(rng):
    logits = rng.normal(scale=3.0, size=300)
    found = temperature.sweep(logits, 5)
    for counts, stop in zip(found.n_kept, STOPS, strict=True):
        stage = temperature.at(logits, stop)
        for share, n_kept in zip(temperature.SHARES, counts, strict=True):
            assert n_kept == np.isfinite(sampling.top_p(stage.logits, share)).sum()


@patient
@given(LOGITS, st.floats(0.05, 0.95))
def test_the_temperature_of_an_entropy_has_that_entropy(logits, share):
    least = np.log2((logits == logits.max()).sum())
    bits = least + share * (np.log2(len(logits)) - least)
    reached = temperature.reaching(logits, bits)
    if 0 < reached < np.inf:
        assert temperature.at(logits, reached).entropy == pytest.approx(bits, abs=5e-3)


def test_what_no_temperature_reaches_is_a_limit():
    assert temperature.reaching(np.array([1.0, 1.0, 0.0]), 0.5) == 0.0
    assert temperature.reaching(np.array([2.0, 1.0, 0.0]), 1.6) == np.inf


# torch


@pytest.mark.parametrize("stop", [0.05, 0.7, 1.0, 3.0, 10.0])
def test_the_entropy_is_that_of_torch(rng, stop):
    torch = pytest.importorskip("torch")
    logits = rng.normal(scale=4.0, size=100)
    expected = torch.distributions.Categorical(logits=torch.tensor(logits) / stop).entropy()
    found = temperature.at(logits, stop).entropy
    assert found == pytest.approx(expected.item() / np.log(2), abs=1e-9)


# Refusals


@pytest.mark.parametrize("stop", [-1.0, np.nan])
def test_an_impossible_temperature_is_refused(stop):
    with pytest.raises(ValueError, match=f"got {stop}"):
        temperature.at(np.zeros(2), stop)
    with pytest.raises(ValueError, match=f"got 1.0, {stop}"):
        temperature.odds(1.0, stop)


def test_an_impossible_difference_is_refused():
    with pytest.raises(ValueError, match=r"got inf, 1\.0"):
        temperature.odds(np.inf, 1.0)
