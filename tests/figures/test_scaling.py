import numpy as np
import pytest

from core import scaling
from pages.figures import scaling as figures
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

COURSE = scaling.course(32, 0)
COMPARISON = scaling.compare(64, 32, 0)
SCALES = ("unscaled", "by_root", "by_width")
COLOURS = (SECOND, ACCENT, REMOVED)


@pytest.fixture
def text():
    return load_text("scaling", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_spread_is_measured_at_every_width_on_the_line_of_the_theory(language):
    text = load_text("scaling", language)
    figure = figures.spread(COURSE, 64, text)
    widths, variances = COURSE.widths, COURSE.variances
    theories, measured = figure.data[::2], figure.data[1::2]
    for line, expected in zip(theories, (widths, widths / widths, 1 / widths), strict=True):
        np.testing.assert_allclose(line.y, expected)
        assert line.hoverinfo == "skip"  # and so it is not among the numbers that were measured
    for dots, factor in zip(measured, (1, 1 / widths, 1 / widths**2), strict=True):
        np.testing.assert_allclose(dots.y, variances * factor, rtol=1e-6)
        assert dots.hovertemplate == text("spread.hover")
    assert tuple(dots.marker.color for dots in measured) == COLOURS
    assert [dots.name for dots in measured] == [text(f"scale.{name}") for name in SCALES]
    assert figure.layout.xaxis.title.text == text("axis.width")
    assert figure.layout.yaxis.title.text == text("axis.variance")


@pytest.mark.parametrize("seed", [0, 7, 999])
@pytest.mark.parametrize("d_head", [2, 1024])
def test_every_mark_of_the_courses_stands_inside_its_axes(text, seed, d_head):
    for n_keys in (2, 256):
        course = scaling.course(n_keys, seed)
        for figure in (
            figures.spread(course, d_head, text),
            figures.gradient(course, d_head, text),
        ):
            for trace in figure.data:
                for axis in "xy":
                    low, high = figure.layout[f"{axis}axis"].range
                    numbers = np.log10(trace[axis])
                    assert low <= numbers.min(), (n_keys, axis)
                    assert numbers.max() <= high, (n_keys, axis)


def test_the_chosen_width_is_marked(text):
    for figure in (figures.spread(COURSE, 128, text), figures.gradient(COURSE, 128, text)):
        (mark,) = figure.layout.shapes
        assert (mark.x0, mark.x1) == (128, 128)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_query_is_drawn_once_for_each_scale(language):
    text = load_text("scaling", language)
    figure = figures.saturation(COMPARISON, text)
    axes = [figure.layout[f"xaxis{number}"] for number in ("", 2, 3)]
    for trace, axis, name in zip(figure.data, axes, SCALES, strict=True):
        weights = getattr(COMPARISON, name).attention_weights[0]
        np.testing.assert_allclose(trace.y, weights, rtol=1e-6)
        assert sum(trace.y) == pytest.approx(1.0)
        assert axis.title.text == text(f"scale.{name}")
    assert tuple(trace.marker.color for trace in figure.data) == COLOURS
    assert figure.layout.yaxis.range[1] >= 1
    assert figure.layout.yaxis.title.text == text("axis.weight")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gradient_is_drawn_with_the_scale_and_without(language):
    text = load_text("scaling", language)
    figure = figures.gradient(COURSE, 64, text)
    drawn = {trace.name: trace for trace in figure.data}
    for name, colour in (("by_root", ACCENT), ("unscaled", SECOND)):
        for kind in ("means", "medians"):
            trace = drawn[text(f"gradient.{name}.{kind}")]
            np.testing.assert_allclose(trace.y, getattr(getattr(COURSE, name), kind))
            assert trace.line.color == colour
    assert figure.layout.yaxis.title.text == text("axis.gradient")
    assert text("gradient.by_root.both") in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", [0, 5])
def test_a_real_query_is_drawn_over_the_keys_that_it_sees(language, row):
    text, forward = load_text("scaling", language), made(6)
    comparison = scaling.compare_head(forward, 1, 2)
    figure = figures.real(comparison, forward.tokens, row, text)
    for trace, name in zip(figure.data, SCALES, strict=True):
        weights = getattr(comparison, name).attention_weights[row, : row + 1]
        np.testing.assert_allclose(trace.y, weights, rtol=1e-6)
        assert len(set(trace.x)) == row + 1
        assert trace.name == text(f"real.{name}")
    assert figure.layout.showlegend
    assert figure.layout.xaxis.title.text == text("axis.key")
