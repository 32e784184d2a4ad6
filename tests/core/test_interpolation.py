from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import interpolation, rope
from core.interpolation import Plan, Trained
from tests.forward_passes import made

SMALL = Trained(8, 10_000.0, 512)
SMOL = Trained(64, 100_000.0, 8192)
NETWORKS = st.builds(
    Trained,
    st.sampled_from([4, 8, 64, 96, 128]),
    st.floats(100.0, 1e7),
    st.integers(64, 200_000),
)
STRETCHES = st.floats(1.0, 64.0)


def rescaled(trained, s=4.0, **settings):
    factors = interpolation.step_factors(trained.d_head // 2, 1, s)
    return Plan(s=s, rescale=factors, **settings)


# On paper


def test_the_speeds_of_four_pairs_stretched_by_eight():
    plan = Plan(s=8.0, length=1024, rescale=(1.0, 2.0, 4.0, 8.0))
    speeds = {one.name: one.frequencies for one in interpolation.methods(SMALL, plan)}
    np.testing.assert_allclose(speeds["none"], [1, 0.1, 0.01, 0.001])
    np.testing.assert_allclose(speeds["linear"], [1 / 8, 0.1 / 8, 0.01 / 8, 0.001 / 8])
    # The base grows by 8^(8/6) = 16, and pair i has its power −i/4: 1, 1/2, 1/4, 1/8.
    np.testing.assert_allclose(speeds["ntk"], [1, 0.1 / 2, 0.01 / 4, 0.001 / 8])
    np.testing.assert_allclose(speeds["longrope"], [1, 0.1 / 2, 0.01 / 4, 0.001 / 8])


def test_the_ramp_of_the_paper_is_linear_in_the_turns():
    # Inside 512 positions the pairs make 81.5, 8.15, 0.815 and 0.0815 turns.
    np.testing.assert_allclose(SMALL.turns, [81.49, 8.149, 0.8149, 0.08149], rtol=1e-3)
    kept = interpolation.ramp("paper", SMALL, 1.0, 32.0).kept
    np.testing.assert_allclose(kept, [1, 7.149 / 31, 0, 0], rtol=1e-3)


def test_the_ramp_of_the_code_is_linear_in_the_pairs_number():
    # 32 turns are at pair 0.41, one turn at 1.91: rounded outwards, the ramp is from 0 to 2.
    ramp = interpolation.ramp("code", SMALL, 1.0, 32.0)
    assert (ramp.first, ramp.last) == (0, 2)
    np.testing.assert_allclose(ramp.kept, [1, 0.5, 0, 0])
    paper = interpolation.ramp("paper", SMALL, 1.0, 32.0)
    assert (paper.first, paper.last) == (
        pytest.approx(0.406, abs=1e-3),
        pytest.approx(1.911, abs=1e-3),
    )


def test_attention_gets_sharper_by_the_square_of_the_factor():
    yarn = interpolation.scaled("yarn", SMOL, Plan(s=np.e))
    assert yarn.factor == pytest.approx(1.1)
    assert yarn.logit_factor == pytest.approx(1.21)
    assert interpolation.longrope_factor(8.0, 512) == pytest.approx((1 + 3 / 9) ** 0.5)


@pytest.mark.parametrize(
    ("length", "plain", "configured"), [(100, 1, 1), (512, 1, 1), (1024, 2, 5), (2048, 4, 13)]
)
def test_dynamic_scaling_grows_faster_as_transformers_has_it(length, plain, configured):
    assert interpolation.dynamic_stretch(1.0, length, 512) == plain
    assert interpolation.dynamic_stretch(4.0, length, 512) == configured


# Properties


@given(NETWORKS, STRETCHES)
def test_linear_interpolation_slows_every_pair_alike(trained, s):
    np.testing.assert_allclose(interpolation.scaled("linear", trained, Plan(s)).ratios, 1 / s)


@given(NETWORKS, STRETCHES)
def test_linear_interpolation_stays_inside_the_trained_angles(trained, s):
    linear = interpolation.scaled("linear", trained, Plan(s))
    trained_angles = trained.length * trained.frequencies
    assert (trained.length * s * linear.frequencies <= trained_angles * (1 + 1e-12)).all()


@given(NETWORKS, STRETCHES)
def test_ntk_leaves_the_fastest_pair_and_interpolates_the_slowest(trained, s):
    ratios = interpolation.scaled("ntk", trained, Plan(s)).ratios
    assert ratios[0] == 1
    assert ratios[-1] == pytest.approx(1 / s)
    assert (np.diff(ratios) <= 1e-12).all()


@given(NETWORKS, STRETCHES, st.floats(0.01, 1.0))
def test_dynamic_scaling_does_nothing_inside_the_trained_length(trained, s, share):
    plan = Plan(s, length=max(1, int(share * trained.length)))
    np.testing.assert_array_equal(
        interpolation.scaled("dynamic", trained, plan).frequencies, trained.frequencies
    )


@given(NETWORKS, STRETCHES, st.sampled_from(interpolation.RAMPS))
def test_yarn_leaves_fast_pairs_and_interpolates_slow_ones(trained, s, ramp):
    ratios = interpolation.scaled("yarn", trained, Plan(s, ramp=ramp)).ratios
    np.testing.assert_allclose(
        ratios[trained.turns >= 32.01 * trained.base ** (2 / trained.d_head)], 1
    )
    if ramp == "paper":
        np.testing.assert_allclose(ratios[trained.turns > 32], 1)
        np.testing.assert_allclose(ratios[trained.turns < 1], 1 / s)
    assert (ratios <= 1 + 1e-12).all() and (ratios >= (1 - 1e-12) / s).all()
    assert (np.diff(ratios) <= 1e-12).all()


@given(st.floats(1.0, 64.0), st.sampled_from(interpolation.RAMPS))
def test_yarn_is_by_parts_with_sharper_attention(s, ramp):
    yarn, parts = (
        interpolation.scaled(name, SMOL, Plan(s, ramp=ramp)) for name in ("yarn", "by_parts")
    )
    np.testing.assert_array_equal(yarn.frequencies, parts.frequencies)
    assert parts.factor == 1 <= yarn.factor


@given(NETWORKS, STRETCHES)
def test_llama_3_is_by_parts_with_the_ramp_of_the_paper_between_1_and_4_turns(trained, s):
    parts = interpolation.scaled("by_parts", trained, Plan(s, alpha=1.0, beta=4.0, ramp="paper"))
    llama = interpolation.scaled("llama3", trained, Plan(s))
    np.testing.assert_array_equal(llama.frequencies, parts.frequencies)


def test_the_code_keeps_more_of_the_fast_pairs_than_the_paper():
    code, paper = (interpolation.ramp(kind, SMOL, 1.0, 32.0).kept for kind in ("code", "paper"))
    inside = (paper > 0) & (paper < 1)
    assert inside.sum() > 5
    assert (code[inside] > paper[inside]).all()


@given(NETWORKS, st.integers(1, 10**6), st.sampled_from(interpolation.RAMPS))
def test_a_stretch_of_one_changes_nothing(trained, length, ramp):
    plan = rescaled(trained, 1.0, length=length, ramp=ramp)
    for one in interpolation.methods(trained, plan):
        # Dynamic NTK with s = 1 is the plain one, which follows the length.
        if one.name != "dynamic" or length <= trained.length:
            np.testing.assert_allclose(one.ratios, 1, rtol=1e-12, err_msg=one.name)
            assert one.factor == 1


def test_longrope_with_a_geometric_list_would_be_ntk():
    n_pairs, s = 32, 8.0
    factors = tuple(s ** (pair / (n_pairs - 1)) for pair in range(n_pairs))
    longrope = interpolation.scaled("longrope", SMOL, Plan(s, rescale=factors))
    np.testing.assert_allclose(
        longrope.frequencies, interpolation.scaled("ntk", SMOL, Plan(s)).frequencies
    )


def test_who_is_left_alone_and_who_is_interpolated_is_counted():
    plan = Plan(8.0, rescale=interpolation.step_factors(32, 12, 8.0))
    counts = {
        one.name: (one.n_untouched, one.n_interpolated) for one in interpolation.methods(SMOL, plan)
    }
    assert counts["linear"] == (0, 32)
    assert counts["ntk"] == (1, 1)
    assert counts["longrope"] == (12, 20)
    assert counts["none"] == (32, 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [3, 6, 9, 12])
def test_a_fitted_score_stays_bounded_when_interpolated(seed, digits):
    linear = interpolation.scaled("linear", SMOL, Plan(2.0))
    score = interpolation.fitted_score(SMOL, linear, 16384, digits, seed)
    assert score.largest_scaled < 2 * score.largest_inside
    if digits > 4:
        assert score.largest_extrapolated > 20 * score.largest_scaled


def test_a_fitted_score_is_the_least_squares_fit(rng):
    none = interpolation.scaled("none", SMALL, Plan())
    score = interpolation.fitted_score(SMALL, none, 1030, 12, 3)
    np.testing.assert_array_equal(score.scaled, score.extrapolated)
    np.testing.assert_allclose(score.interpolated[::4], score.extrapolated[: 1030 // 4 + 1])
    np.testing.assert_array_equal(score.distances, np.arange(1030))
    random = np.random.default_rng(3)
    inside = np.sort(random.permutation(512))
    targets = random.standard_normal(512)
    angles = np.outer(inside, SMALL.frequencies)
    waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    rest = targets - score.extrapolated[:512]
    np.testing.assert_allclose(waves.T @ rest, 0, atol=1e-6)  # at right angles to every wave


def test_the_peaks_of_a_score_are_its_largest_sizes():
    linear = interpolation.scaled("linear", SMOL, Plan(2.0))
    score = interpolation.fitted_score(SMOL, linear, 100, 6, 0)
    assert score.distances[-1] >= 2 * SMOL.length - 5, "at least twice the trained length"
    peaks = score.peaks
    assert len(peaks.distances) == interpolation.N_PARTS
    assert peaks.scaled.max() == np.abs(score.scaled).max()
    assert peaks.extrapolated[SMOL.length < peaks.distances].max() == score.largest_extrapolated
    assert (np.diff(peaks.distances) > 0).all()


def test_only_what_a_network_rotates_is_counted():
    card = replace(made(3).model, rope_base=500.0, rope_frequencies=(1.0, 0.1))
    assert interpolation.count_pairs(card) == 2
    assert interpolation.trained(card) == Trained(4, 500.0, card.context_length)
    assert interpolation.trained(card, 20.0, 64) == Trained(4, 20.0, 64)
    without = replace(card, rope_base=None, rope_frequencies=None)
    assert interpolation.count_pairs(without) == card.d_head // 2
    assert interpolation.trained(without).base == 10_000.0


# Transformers


def theirs(changes, trained, length=None):
    torch = pytest.importorskip("torch")
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    config = LlamaConfig(
        hidden_size=2 * trained.d_head,
        num_attention_heads=2,
        head_dim=trained.d_head,
        **changes,
    )
    kind = config.rope_parameters["rope_type"]
    known = ROPE_INIT_FUNCTIONS | {"default": LlamaRotaryEmbedding.compute_default_rope_parameters}
    frequencies, factor = known[kind](config, device=torch.device("cpu"), seq_len=length)
    return frequencies.double().numpy(), factor


CASES = [(name, {}) for name in interpolation.METHODS] + [
    (name, {"ramp": ramp, "alpha": alpha, "beta": beta})
    for name in ("by_parts", "yarn")
    for ramp in interpolation.RAMPS
    for alpha, beta in ((1.0, 32.0), (0.5, 4.0), (2.0, 3.0))
]


@pytest.mark.parametrize("trained", [SMALL, SMOL, Trained(128, 500_000.0, 8192)], ids=str)
@pytest.mark.parametrize("s", [1.0, 1.5, 4.0, 32.0])
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_transformers_computes_the_same_from_the_parameters(trained, s, name, settings):
    length = 3 * trained.length
    plan = rescaled(trained, s, length=length, **settings)
    changes = interpolation.as_config(name, trained, plan)
    if name == "yarn" and plan.ramp == "paper":
        assert changes is None
        return
    frequencies, factor = theirs(changes, trained, length)
    expected = interpolation.scaled(name, trained, plan)
    # The library computes in float32, and on a steep ramp takes nearly equal numbers apart.
    np.testing.assert_allclose(frequencies, expected.frequencies, rtol=3e-6)
    assert factor == pytest.approx(expected.factor, rel=1e-9)


@pytest.mark.parametrize("length", [1, 511, 512, 513, 700, 5_000])
@pytest.mark.parametrize("s", [1.0, 2.0, 8.0])
def test_dynamic_scaling_agrees_with_transformers_at_every_length(length, s):
    plan = Plan(s, length=length)
    changes = interpolation.as_config("dynamic", SMALL, plan)
    frequencies, _ = theirs(changes, SMALL, length)
    expected = interpolation.scaled("dynamic", SMALL, plan).frequencies
    np.testing.assert_allclose(frequencies, expected, rtol=2e-6)


@pytest.mark.parametrize("trained", [Trained(8, 1e4, 4), Trained(8, 3.0, 10**6)], ids=str)
def test_the_ramp_of_the_code_agrees_with_transformers_at_its_ends(trained):
    # All pairs too slow for one turn, and all too fast for fewer than 32.
    changes = interpolation.as_config("yarn", trained, Plan(4.0))
    frequencies, _ = theirs(changes, trained)
    expected = interpolation.scaled("yarn", trained, Plan(4.0)).frequencies
    np.testing.assert_allclose(frequencies, expected, rtol=2e-6)


# Refusals


@pytest.mark.parametrize(
    ("settings", "got"),
    [
        ({"s": 0.5}, "s must be .* got 0.5"),
        ({"s": float("nan")}, "s must be .* got nan"),
        ({"s": float("inf")}, "s must be .* got inf"),
        ({"length": 0}, "length must be .* got 0"),
        ({"alpha": 32.0}, "got 32.0 and 32.0"),
        ({"alpha": 0.0}, "got 0.0 and 32.0"),
        ({"beta": 0.5}, "got 1.0 and 0.5"),
        ({"ramp": "steep"}, "got 'steep'"),
        ({"rescale": (1.0, 0.0)}, r"got \(1.0, 0.0\)"),
    ],
)
def test_impossible_plans_are_refused(settings, got):
    with pytest.raises(ValueError, match=got):
        Plan(**settings)


@pytest.mark.parametrize(
    ("network", "got"),
    [
        ((7, 1e4, 512), "got 7"),
        ((2, 1e4, 512), "got 2"),
        ((0, 1e4, 512), "got 0"),
        ((8, 1.0, 512), "got 1.0"),
        ((8, float("nan"), 512), "got nan"),
        ((8, 1e4, 1), "got 1"),
    ],
)
def test_impossible_networks_are_refused(network, got):
    with pytest.raises(ValueError, match=got):
        Trained(*network)


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="got 'magic'"):
        interpolation.scaled("magic", SMALL, Plan())
    with pytest.raises(ValueError, match="got 'magic'"):
        interpolation.as_rope_parameters("magic", SMALL, Plan())
    with pytest.raises(ValueError, match="needs 4 factors, got 2"):
        interpolation.scaled("longrope", SMALL, Plan(rescale=(1.0, 1.0)))
    with pytest.raises(ValueError, match="got 'steep'"):
        interpolation.ramp("steep", SMALL, 1.0, 32.0)
    with pytest.raises(ValueError, match=r"got 4\.0 and 2\.0"):
        interpolation.ramp("paper", SMALL, 4.0, 2.0)
    with pytest.raises(ValueError, match="from 0 to 4, got 5"):
        interpolation.step_factors(4, 5, 2.0)
    none = interpolation.scaled("none", SMALL, Plan())
    for settings, got in (
        ((600, 16, 0), "got 16"),
        ((600, 0, 0), "got 0"),
        ((600, 6, -1), "got -1"),
    ):
        with pytest.raises(ValueError, match=got):
            interpolation.fitted_score(SMALL, none, *settings)
    assert rope.spectrum(8).frequencies.tolist() == SMALL.frequencies.tolist()
