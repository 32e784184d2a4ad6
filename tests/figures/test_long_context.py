import numpy as np
import pytest

from core import long_context
from core.model.switch import Needles
from pages.figures import long_context as figures
from pages.text import LANGUAGES, load_text

NAMES = ["one", "two"]
LOSSES = np.random.default_rng(0).exponential(3.0, (2, 60)).astype(np.float32)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_encoding_has_its_line_and_the_trained_length_is_marked(language):
    text = load_text("long_context", language)
    found = long_context.windowed(LOSSES, 8)
    figure = figures.losses(found, NAMES, 40, text)
    assert [trace.name for trace in figure.data] == NAMES
    for trace, values in zip(figure.data, found.values, strict=True):
        np.testing.assert_allclose(trace.y, values, rtol=1e-6)
        assert trace.x[-1] == 60
    assert figure.layout.shapes[0].x0 == 40
    assert "40" in figure.layout.annotations[0].text
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] > found.values.max()
    assert figure.layout.xaxis.title.text == text("axis.position")


def test_a_single_window_is_a_point_that_can_be_seen():
    text = load_text("long_context", "en")
    found = long_context.windowed(LOSSES, 60)
    assert {trace.mode for trace in figures.losses(found, NAMES, 99, text).data} == {"markers"}


def test_a_text_inside_the_trained_length_has_no_mark():
    text = load_text("long_context", "en")
    found = long_context.perplexities(LOSSES)
    figure = figures.perplexity(found, NAMES, 8192, text)
    assert not figure.layout.shapes
    assert figure.layout.yaxis.type == "log"
    np.testing.assert_allclose(figure.data[1].y, found.values[1], rtol=1e-6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_needles_are_drawn_with_the_start_of_the_text_on_top(language):
    text = load_text("long_context", language)
    asked = Needles("", (128, 2048), (0.0, 0.5, 1.0))
    cells = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], np.float32)
    figure = figures.needles(cells, asked, text)
    np.testing.assert_array_equal(figure.data[0].z, cells)
    assert list(figure.data[0].x) == ["128", "2,048"]
    assert list(figure.data[0].y) == ["0%", "50%", "100%"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)


def test_the_table_names_both_sides():
    text = load_text("long_context", "en")
    sides = long_context.Sides(np.array([1.234, 2.0]), np.array([5.678, 3.0]))
    lines = figures.table(sides, NAMES, text).splitlines()
    assert lines[2] == "| one | 1.23 | 5.68 |"
    assert len(lines) == 4
