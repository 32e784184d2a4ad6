from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import interpolation, rope, switched
from core.model.switch import LongLosses, Switched
from tests.answers import answer
from tests.forward_passes import CARD, made

ROTARY = replace(CARD, rope_frequencies=tuple(rope.spectrum(8, 10_000.0).frequencies.tolist()))


# On paper


def test_the_mean_and_the_change_of_two_tokens():
    costs = switched.costs(
        ["none", "linear", "yarn"], np.array([[2.0, 4.0], [3.0, 6.0], [1.0, 4.0]])
    )
    np.testing.assert_allclose(costs.means, [3.0, 4.5, 2.5])
    np.testing.assert_allclose(costs.changes, [0.0, 1.5, -0.5])
    assert costs.ranking == ("yarn", "none", "linear")


def test_half_of_the_weight_that_was_taken_and_given_has_moved():
    before = switched.Side(np.array([[1.0, np.nan], [0.25, 0.75]]), np.array([1.0]))
    after = switched.Side(np.array([[1.0, np.nan], [0.75, 0.25]]), np.array([3.0]))
    change = switched.Change(before, after, is_measured=True)
    assert change.moved == pytest.approx((0 + 0.5) / 2)
    assert (change.before.mean, change.after.mean) == (1.0, 3.0)


# Properties


def test_a_run_compared_with_itself_has_not_changed():
    forward = made(6)
    change = switched.change(forward, None, 1, 2)
    assert not change.is_measured
    assert change.moved == 0
    assert change.before.mean == change.after.mean
    assert switched.change(forward, made(6, seed=1), 1, 2).moved > 0


@given(st.floats(1.0, 32.0), st.integers(1, 2048))
def test_inside_the_trained_length_dynamic_scaling_asks_for_the_networks_own_speeds(s, n_tokens):
    every = {one.name: one for one in switched.methods(ROTARY, s, n_tokens)}
    assert tuple(every) == switched.METHODS
    assert "longrope" not in every
    assert switched.switch(every["none"]) is None
    assert switched.switch(every["dynamic"]).frequencies == ROTARY.rope_frequencies


def test_only_yarn_makes_queries_and_keys_longer():
    switches = {one.name: switched.switch(one) for one in switched.methods(ROTARY, 4.0, 9)[1:]}
    factors = {name: one.factor for name, one in switches.items()}
    assert factors.pop("yarn") == pytest.approx(interpolation.yarn_factor(4.0))
    assert set(factors.values()) == {1.0}


def test_one_token_has_no_mean():
    change = switched.change(made(1), None, 0, 0)
    assert np.isnan(change.before.mean)
    costs = switched.costs(["none", "linear"], np.zeros((2, 0), np.float32))
    assert np.isnan(costs.means).all()


# Which networks


def test_a_network_is_switched_only_if_it_turns_with_the_plain_speeds_of_a_base():
    assert switched.obstacle(ROTARY) is None
    assert switched.obstacle(CARD) == "no_rotation"
    assert switched.obstacle(replace(ROTARY, rope_base=None)) == "no_rotation"
    assert switched.obstacle(replace(ROTARY, rope_frequencies=(1.0,))) == "no_rotation"
    assert switched.obstacle(replace(ROTARY, rope_base=500.0)) == "already"
    assert switched.obstacle(replace(ROTARY, rope_factor=1.1)) == "already"
    # Only half of the head is turned: the base's speeds for that width.
    part = tuple(rope.spectrum(4, 10_000.0).frequencies.tolist())
    assert switched.obstacle(replace(ROTARY, rope_frequencies=part)) is None


# The library's own implementation


@pytest.mark.parametrize("name", switched.METHODS)
def test_the_switched_network_is_the_one_that_transformers_makes_of_the_config(name, tmp_path):
    pytest.importorskip("torch")
    from core.model import load
    from core.model.sources import Prepared
    from tests.tiny import tiny_model_folder

    def loaded(kind, **changes):
        return load.load(Prepared(tiny_model_folder(tmp_path / kind, **changes), kind, "random"))

    text, s = "The cat sat on the mat because it was tired", 4.0
    model = loaded("plain")
    trained = interpolation.trained(model.card)
    plan = interpolation.Plan(s)
    changes = interpolation.as_config(name, trained, plan)
    theirs = loaded("changed", **changes)
    method = interpolation.scaled(name, trained, plan)
    switch = switched.switch(method)
    expected = answer(theirs, LongLosses(text, (None,), 64)).surprisals[0]
    found = answer(model, LongLosses(text, (switch,), 64)).surprisals[0]
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)
    if switch is not None:
        run = answer(model, Switched(text, switch))
        np.testing.assert_allclose(run.surprisals, expected, rtol=2e-3, atol=2e-3)


# Refusals


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 encodings need as many names, got 1"):
        switched.costs(["none"], np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"got 0\.5"):
        switched.methods(ROTARY, 0.5, 9)
    with pytest.raises(ValueError, match="got 0"):
        switched.methods(ROTARY, 2.0, 0)
    with pytest.raises(ValueError, match="layer must be from 0 to 2, got 3"):
        switched.change(made(3), None, 3, 0)
