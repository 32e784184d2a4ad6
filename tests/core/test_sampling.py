"""Sampling against paper, its properties, and the three warpers of transformers in their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sampling

# Steps of 1/8, so that different logits stay different when they are divided.
LOGITS = st.lists(st.integers(-160, 160), min_size=1, max_size=40).map(lambda n: np.array(n) / 8)
TEMPERATURES = st.floats(0.05, 20.0)


def of(*probabilities):
    with np.errstate(divide="ignore"):
        return np.log(np.array(probabilities, dtype=float))


def kept(logits):
    return np.flatnonzero(np.isfinite(logits)).tolist()


# On paper


def test_a_temperature_of_one_half_squares_the_odds():
    result = sampling.sample_from(of(0.4, 0.3, 0.2, 0.1), temperature=0.5)
    np.testing.assert_allclose(result.final.probabilities, np.array([16, 9, 4, 1]) / 30)


def test_dividing_keeps_the_ratio_of_logits_and_stretches_their_difference():
    tempered = sampling.temper(np.array([5.0, 1.0]), 0.1)
    np.testing.assert_allclose(tempered, [50.0, 10.0])
    probabilities = sampling.stage(tempered).probabilities
    assert np.log(probabilities[0] / probabilities[1]) == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, [1]),
        (0.39, [1]),
        (0.41, [1, 3]),
        (0.69, [1, 3]),
        (0.71, [0, 1, 3]),
        (1.0, [0, 1, 2, 3]),
    ],
)
def test_top_p_keeps_the_token_that_crosses(p, expected):
    assert kept(sampling.top_p(of(0.2, 0.4, 0.1, 0.3), p)) == expected


def test_top_k_keeps_what_equals_the_kth():
    logits = np.array([1.0, 3.0, 2.0, 2.0, 0.0])
    assert kept(sampling.top_k(logits, 1)) == [1]
    assert kept(sampling.top_k(logits, 2)) == [1, 2, 3]


def test_top_p_divides_equals_by_their_number():
    assert kept(sampling.top_p(np.zeros(4), 0.3)) == [0, 1]


def test_what_is_left_is_normalised_again():
    result = sampling.sample_from(of(0.4, 0.3, 0.2, 0.1), k=3, p=0.7)
    np.testing.assert_allclose(result.after_top_k.probabilities, [4 / 9, 3 / 9, 2 / 9, 0])
    np.testing.assert_allclose(result.final.probabilities, [4 / 7, 3 / 7, 0, 0])
    assert result.final.n_kept == 2
    assert result.removed_mass == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("probabilities", "bits"), [([0.5, 0.5], 1.0), ([1 / 8] * 8, 3.0), ([0.5, 0.25, 0.25], 1.5)]
)
def test_a_fair_coin_has_one_bit(probabilities, bits):
    assert sampling.stage(of(*probabilities)).entropy == pytest.approx(bits)


def test_what_is_sure_has_no_entropy_and_no_minus():
    assert str(sampling.stage(of(0.0, 1.0)).entropy) == "0.0"


# Properties


@given(LOGITS, TEMPERATURES, st.integers(0, 50), st.floats(0, 1))
def test_each_step_is_a_distribution_and_what_was_removed_is_exactly_zero(
    logits, temperature, k, p
):
    result = sampling.sample_from(logits, temperature, k, p)
    for step in (result.raw, result.tempered, result.after_top_k, result.final):
        assert step.probabilities.sum() == pytest.approx(1.0)
        assert (step.probabilities[~step.kept] == 0.0).all()
        assert step.n_kept >= 1


@given(LOGITS, TEMPERATURES, TEMPERATURES)
def test_entropy_rises_with_the_temperature(logits, one, other):
    low, high = sorted((one, other))
    cold, hot = (sampling.sample_from(logits, t).final.entropy for t in (low, high))
    assert cold <= hot + 1e-9


@given(LOGITS, TEMPERATURES, st.integers(0, 50))
def test_a_temperature_changes_neither_the_best_nor_the_set_of_top_k(logits, temperature, k):
    plain, result = (
        sampling.sample_from(logits, 1.0, k),
        sampling.sample_from(logits, temperature, k),
    )
    assert result.final.logits.argmax() == logits.argmax()
    assert result.ranking.tolist() == plain.ranking.tolist()
    np.testing.assert_array_equal(result.after_top_k.kept, plain.after_top_k.kept)


def test_a_temperature_changes_the_set_of_top_p():
    logits = of(0.5, 0.3, 0.2)
    sets = [kept(sampling.sample_from(logits, t, p=0.75).final.logits) for t in (0.2, 1.0, 2.0)]
    assert sets == [[0], [0, 1], [0, 1, 2]]


@given(LOGITS, st.floats(0, 1, exclude_max=True))
def test_top_p_keeps_the_smallest_set_of_the_likeliest_that_reaches_p(logits, p):
    probabilities = sampling.stage(logits).probabilities
    survives = np.isfinite(sampling.top_p(logits, p))
    inside, outside = probabilities[survives], probabilities[~survives]
    assert inside.sum() >= p - 1e-9
    assert len(inside) == 1 or inside.sum() - inside.min() < p + 1e-9
    assert inside.min() >= outside.max(initial=0.0)


@given(LOGITS, st.integers(1, 50))
def test_top_k_keeps_the_k_likeliest(logits, k):
    survives = np.isfinite(sampling.top_k(logits, k))
    assert survives.sum() >= min(k, len(logits))
    assert logits[survives].min() > logits[~survives].max(initial=-np.inf)
    # More than k only where the last ones are equal.
    assert (logits > logits[survives].min()).sum() < k


@given(LOGITS, TEMPERATURES, st.integers(0, 50), st.floats(0, 1), st.data())
def test_the_way_of_a_token_ends_at_its_probability(logits, temperature, k, p, data):
    result = sampling.sample_from(logits, temperature, k, p)
    token_id = data.draw(st.integers(0, len(logits) - 1))
    way = result.way_of(token_id)
    assert way.tempered == pytest.approx(way.logit / temperature)
    assert way.probability == result.final.probabilities[token_id]
    assert way.fate == ("kept" if result.final.kept[token_id] else "removed")
    by_formula = np.exp(way.tempered - way.log_normaliser) if way.fate == "kept" else 0.0
    assert by_formula == pytest.approx(way.probability)


def test_equal_tokens_are_ranked_by_their_number():
    # As many as this, because sorting keeps the order of a few equals by chance.
    ranking = sampling.sample_from(np.tile([1.0, 2.0], 500)).ranking
    assert ranking.tolist() == [*range(1, 1000, 2), *range(0, 1000, 2)]


def test_logits_that_people_share_are_not_touched():
    logits = np.array([3.0, 2.0, 1.0], dtype=np.float32)
    logits.setflags(write=False)
    result = sampling.sample_from(logits, 0.5, 2, 0.9)
    assert logits.tolist() == [3.0, 2.0, 1.0]
    assert result.final.probabilities.dtype == np.float64


# Transformers


def warped(logits, temperature, k, p):
    torch = pytest.importorskip("torch")
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    scores = torch.tensor(logits)[None]
    for warper in (TemperatureLogitsWarper(temperature), TopKLogitsWarper(k), TopPLogitsWarper(p)):
        scores = warper(None, scores)
    return scores[0].numpy()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("k", [1, 5, 50, 500])
@pytest.mark.parametrize("p", [0.0, 0.1, 0.9, 0.999])
def test_the_steps_agree_with_transformers(rng, temperature, k, p):
    logits = rng.normal(scale=2.0, size=200)
    result = sampling.sample_from(logits, temperature, k, p)
    np.testing.assert_allclose(result.final.logits, warped(logits, temperature, k, p))


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("p", [0.317, 0.617, 0.917])
def test_equal_logits_agree_with_transformers_up_to_which_of_them_stay(rng, k, p):
    logits = rng.integers(-2, 3, size=60).astype(float)
    result, expected = sampling.sample_from(logits, 0.7, k, p), warped(logits, 0.7, k, p)
    np.testing.assert_allclose(np.sort(result.final.logits), np.sort(expected))
    np.testing.assert_allclose(result.after_top_k.logits, warped(logits, 0.7, k, 1.0))


# Edges


def test_a_temperature_of_zero_is_greedy():
    result = sampling.sample_from(np.array([1.0, 5.0, 5.0]), 0.0)
    assert result.final.probabilities.tolist() == [0.0, 1.0, 0.0]
    assert result.way_of(1).fate == "greedy"
    assert result.way_of(2).fate == "removed"


@pytest.mark.parametrize("temperature", [1e-6, 1e-300, 1e-308, 5e-324])
def test_a_temperature_near_zero_is_as_good_as_greedy(temperature):
    result = sampling.sample_from(np.array([-40.0, 3.0, 5.0, -5.0]), temperature)
    assert result.final.probabilities.tolist() == [0.0, 0.0, 1.0, 0.0]
    assert result.final.entropy == 0.0


def test_a_temperature_of_a_million_is_nearly_even(rng):
    hot = sampling.sample_from(rng.normal(scale=10.0, size=64), 1e6).final
    assert hot.entropy == pytest.approx(6.0)


def test_a_token_that_was_impossible_stays_so():
    logits = np.array([-np.inf, 1.0, 0.0, -np.inf])
    for settings in ((0.0, 0, 1.0), (2.0, 0, 1.0), (1.0, 3, 1.0), (1.0, 0, 0.99), (1.0, 9, 1.0)):
        result = sampling.sample_from(logits, *settings)
        assert not result.final.kept[[0, 3]].any()
        assert result.final.probabilities.sum() == pytest.approx(1.0)


def test_a_p_of_one_keeps_even_what_rounds_to_nothing():
    assert sampling.sample_from(np.array([0.0, -2000.0]), p=1.0).final.n_kept == 2


@pytest.mark.parametrize("k", [0, 3, 4, 10**9])
def test_a_k_of_zero_or_beyond_the_vocabulary_keeps_all(k):
    assert kept(sampling.top_k(np.array([2.0, 1.0, 3.0]), k)) == [0, 1, 2]


@pytest.mark.parametrize("settings", [(0.0, 0, 1.0), (1e6, 1, 0.0), (1.0, 5, 0.5)])
def test_the_only_token_is_sure(settings):
    result = sampling.sample_from(np.array([-3.0]), *settings)
    assert result.final.probabilities.tolist() == [1.0]
    assert result.removed_mass == 0.0


@pytest.mark.parametrize(
    ("settings", "got"),
    [
        ({"temperature": -0.5}, "got -0.5"),
        ({"temperature": float("nan")}, "got nan"),
        ({"temperature": float("inf")}, "got inf"),
        ({"k": -1}, "got -1"),
        ({"p": -0.1}, "got -0.1"),
        ({"p": 1.5}, "got 1.5"),
        ({"p": float("nan")}, "got nan"),
    ],
)
def test_impossible_settings_are_refused(settings, got):
    with pytest.raises(ValueError, match=f"{next(iter(settings))} must be .* {got}"):
        sampling.sample_from(np.zeros(3), **settings)
