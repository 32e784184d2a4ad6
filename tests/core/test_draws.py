"""Draws against paper, and every sampler against its own distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import draws, sampling
from core.sampling import Context, Step

patient = settings(deadline=None)  # with the shapes checked, slow on a busy machine
SEEDS = range(5)
DRAWN = 10_000
SAMPLERS = {
    "plain": (),
    "temperature": (Step("temperature", 0.6),),
    "hot": (Step("temperature", 1.8),),
    "top_k": (Step("top_k", 7),),
    "top_p": (Step("top_p", 0.8),),
    "min_p": (Step("min_p", 0.1),),
    "typical": (Step("typical", 0.7),),
    "epsilon": (Step("epsilon", 0.02),),
    "eta": (Step("eta", 0.02),),
    "repetition": (Step("repetition", 1.5),),
    "presence": (Step("presence", 1.5),),
    "frequency": (Step("frequency", 0.7),),
    "no_repeat_ngram": (Step("no_repeat_ngram", 1),),
    "bias": (Step("bias", biases=((3, 2.0), (8, -2.0))),),
    "chain": (Step("repetition", 1.2), Step("temperature", 1.3), Step("top_k", 30),
              Step("top_p", 0.9)),
}  # fmt: skip


def of(*probabilities):
    with np.errstate(divide="ignore"):
        return sampling.stage(np.log(np.array(probabilities, dtype=float)))


# On paper


def test_u_picks_the_token_in_whose_part_of_the_line_it_falls():
    probabilities = np.array([0.5, 0.25, 0.25])
    uniforms = np.array([0.0, 0.49, 0.5, 0.74, 0.75, 0.999])
    assert draws.hit(probabilities, uniforms).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_token_without_length_is_not_hit():
    probabilities = np.array([0.0, 0.5, 0.0, 0.5, 0.0])
    uniforms = np.array([0.0, 0.4999, 0.5, np.nextafter(1.0, 0.0)])
    assert draws.hit(probabilities, uniforms).tolist() == [1, 1, 3, 3]


def test_sums_that_round_below_one_leave_no_gap_at_the_end():
    probabilities = np.array([0.1] * 10) * (1 - 1e-12)
    assert draws.hit(probabilities, np.array([1 - 1e-14])).tolist() == [9]


def test_the_counts_and_their_scatter():
    found = draws.draw(of(0.25, 0.75), 400, 0)
    assert found.ids.tolist() == [1, 0]
    np.testing.assert_allclose(found.expected, [300, 100])
    np.testing.assert_allclose(found.deviations, np.sqrt([75, 75]))
    assert found.counts.sum() == 400


def test_chi_square_of_a_die():
    # 60 throws, 10 of each expected: (25 + 4 + 4 + 1 + 0 + 16) ÷ 10.
    test = draws.chi_square(np.array([5, 8, 12, 11, 10, 14]), np.full(6, 1 / 6))
    assert test.value == pytest.approx(5.0)
    assert (test.degrees, test.n_pooled, test.verdict) == (5, 0, "usual")


def test_rare_tokens_share_a_bin():
    probabilities = np.array([0.6, 0.2, 0.1, 0.04, 0.03, 0.03])
    test = draws.chi_square(np.array([60, 20, 10, 4, 3, 3]), probabilities)
    assert (test.n_bins, test.n_pooled) == (4, 3)
    assert test.value == pytest.approx(0.0, abs=1e-12)
    # Two that are expected 4 times in all draw the next likelier one into their bin.
    test = draws.chi_square(np.array([50, 46, 2, 2]), np.array([0.5, 0.46, 0.02, 0.02]))
    assert (test.n_bins, test.n_pooled) == (2, 3)


def test_one_bin_cannot_be_tested():
    for counts, probabilities in (([7], [1.0]), ([1, 1], [0.5, 0.5]), ([9, 0], [1.0, 0.0])):
        test = draws.chi_square(np.array(counts), np.array(probabilities))
        assert (test.n_bins, test.verdict) == (1, "none")
        assert np.isnan(test.p_value)


# Properties


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_passes_against_its_exact_distribution(rng, name):
    logits, context = rng.normal(scale=2.0, size=60), Context((5, 3, 5, 8, 5), 2)
    final = sampling.pipeline(logits, SAMPLERS[name], context).final
    tests = []
    for seed in SEEDS:
        found = draws.draw(final, DRAWN, seed)
        assert final.kept[found.ids[found.places]].all()
        tests.append(draws.chi_square(found.counts, found.probabilities))
    assert all(test.verdict == "usual" for test in tests)
    assert all(test.degrees >= 3 for test in tests)


def test_a_wrong_sampler_does_not_pass(rng):
    logits = rng.normal(scale=2.0, size=60)
    right, wrong = (
        sampling.pipeline(logits, (Step("temperature", value),)).final for value in (1.0, 1.1)
    )
    found = draws.draw(wrong, DRAWN, 0)
    assert draws.chi_square(found.counts, found.probabilities).verdict == "usual"
    assert draws.chi_square(found.counts, right.probabilities[found.ids]).verdict == "rare"


def test_p_values_of_a_true_sampler_are_spread_evenly():
    final = of(0.4, 0.3, 0.2, 0.1)
    found = [draws.draw(final, 500, seed) for seed in range(400)]
    p_values = [draws.chi_square(one.counts, one.probabilities).p_value for one in found]
    assert 0.45 < np.mean(p_values) < 0.55
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_the_same_seed_draws_the_same_and_another_one_others():
    final = of(*[0.1] * 10)
    one, again, other = (draws.draw(final, 50, seed).places.tolist() for seed in (7, 7, 8))
    assert one == again != other


def test_more_draws_go_on_from_fewer():
    final = of(*[0.1] * 10)
    few, many = (draws.draw(final, n, 1).places for n in (20, 100))
    np.testing.assert_array_equal(many[:20], few)


@patient
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30).filter(any), st.integers(1, 500))
def test_only_what_can_come_comes(weights, n):
    final = of(*np.array(weights) / sum(weights))
    found = draws.draw(final, n, 0)
    assert len(found.ids) == sum(weight > 0 for weight in weights)
    assert found.counts.sum() == n
    assert found.n_missed == (found.counts == 0).sum()
    assert (np.diff(found.probabilities) <= 0).all()


def test_a_greedy_distribution_gives_one_token():
    final = sampling.pipeline(np.array([1.0, 3.0, 2.0]), (Step("temperature", 0.0),)).final
    found = draws.draw(final, 100, 0)
    assert (found.ids.tolist(), found.counts.tolist()) == ([1], [100])


# torch


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 24, 100, 999])
def test_the_survival_function_is_that_of_torch(degrees):
    torch = pytest.importorskip("torch")
    for share in (0.0, 1e-6, 0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 8.0):
        a, x = (
            torch.tensor(half, dtype=torch.float64) for half in (degrees / 2, share * degrees / 2)
        )
        expected = torch.special.gammaincc(a, x).item()
        assert draws.survival(share * degrees, degrees) == pytest.approx(expected, abs=1e-8)


# Refusals


def test_what_cannot_be_drawn_or_tested_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        draws.draw(of(1.0), 0, 0)
    with pytest.raises(ValueError, match="got -1"):
        draws.draw(of(1.0), 1, -1)
    with pytest.raises(ValueError, match="got 0"):
        draws.chi_square(np.array([0, 0]), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="probability 0"):
        draws.chi_square(np.array([1, 1]), np.array([1.0, 0.0]))
    for value, degrees in ((-1.0, 2), (1.0, 0)):
        with pytest.raises(ValueError, match=f"got {value} and {degrees}"):
            draws.survival(value, degrees)
