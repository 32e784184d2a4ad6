import numpy as np
import pytest

from core import rope
from pages.figures import rope as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pair_is_drawn_at_its_wavelength(language):
    text, spectrum = load_text("rope", language), rope.spectrum(64, 100_000.0)
    figure = figures.wavelengths(spectrum, 8192, text)
    assert list(figure.data[0].x) == list(range(32))
    np.testing.assert_allclose(figure.data[0].y, spectrum.wavelengths)
    assert figure.data[0].hovertemplate == text("wavelengths.hover")
    assert figure.layout.xaxis.title.text == text("axis.pair")
    assert figure.layout.yaxis.title.text == text("axis.wavelength")
    assert figure.layout.annotations[0].text == text("wavelengths.context")
    assert 10 ** figure.layout.annotations[0].y == pytest.approx(figure.layout.shapes[0].y0)


@pytest.mark.parametrize("context_length", [1, 500, 8192, 10**9])
def test_pairs_that_never_finish_a_turn_have_their_own_colour(context_length):
    spectrum = rope.spectrum(64, 10_000.0)
    figure = figures.wavelengths(spectrum, context_length, load_text("rope", "en"))
    colours = figure.data[0].marker.color
    unfinished = spectrum.count_unfinished(context_length)
    assert colours == (ACCENT,) * (32 - unfinished) + (SECOND,) * unfinished


def test_the_trained_context_is_a_line_at_its_length():
    figure = figures.wavelengths(rope.spectrum(8), 2048, load_text("rope", "en"))
    (line,) = figure.layout.shapes
    assert (line.y0, line.y1) == (2048, 2048)


@pytest.mark.parametrize("base", [2.0, 10_000.0, 1e9])
@pytest.mark.parametrize("d_head", [2, 64, 128])
def test_every_pair_stands_inside_the_axis(base, d_head):
    figure = figures.wavelengths(rope.spectrum(d_head, base), 8192, load_text("rope", "en"))
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert 10**low <= min(figure.data[0].y)
    assert max(figure.data[0].y) <= 10**high
