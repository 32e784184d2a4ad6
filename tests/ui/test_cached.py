"""What is kept is what would be computed, for just these settings, and cannot be changed."""

import numpy as np
import pytest

from core import interpolation
from pages.ui import cached

TRAINED = interpolation.Trained(64, 100_000.0, 1024)
PLAN = interpolation.Plan(2.0, 2048)
SETTINGS = {"method": "yarn", "trained": TRAINED, "plan": PLAN, "digits": 6, "seed": 0}
OTHERS = {
    "method": "linear",
    "trained": interpolation.Trained(64, 500.0, 1024),
    "plan": interpolation.Plan(2.0, 2048, beta=16.0),
    "digits": 9,
    "seed": 1,
}


def test_a_fitted_score_is_kept_as_it_was_computed():
    found = cached.fitted_score(**SETTINGS)
    assert cached.fitted_score(**SETTINGS) is found
    scaled = interpolation.scaled("yarn", TRAINED, PLAN)
    expected = interpolation.fitted_score(TRAINED, scaled, PLAN.length, 6, 0)
    np.testing.assert_array_equal(found.scaled, expected.scaled)
    np.testing.assert_array_equal(found.extrapolated, expected.extrapolated)
    with pytest.raises(ValueError, match="read-only"):
        found.scaled[0] = 0


@pytest.mark.parametrize("name", OTHERS)
def test_each_setting_has_a_score_of_its_own(name):
    found = cached.fitted_score(**SETTINGS)
    other = cached.fitted_score(**SETTINGS | {name: OTHERS[name]})
    assert (other.scaled != found.scaled).any()
