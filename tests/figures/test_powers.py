import numpy as np
import pytest

from pages.figures.powers import short, small


@pytest.mark.parametrize(
    ("number", "words"),
    [(2.0, "2"), (12.3456, "12.35"), (1234.5, "1,234"), (3.5e9, "3.50·10⁹"), (np.inf, "∞")],
)
def test_numbers_are_short_and_infinity_is_said(number, words):
    assert short(number) == words


@pytest.mark.parametrize(("p", "words"), [(0.25, "0.25"), (8.41e-7, "8.41·10⁻⁷"), (0.0, "0")])
def test_small_probabilities_are_powers_of_ten(p, words):
    assert small(p) == words
