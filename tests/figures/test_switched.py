import numpy as np
import pytest

from core import switched
from pages.figures import switched as figures
from pages.figures.style import ACCENT, COMPACT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

FORWARD = made(6)
CHANGE = switched.change(FORWARD, made(6, seed=1), 1, 2)
ALONE = switched.change(FORWARD, None, 1, 2)
NAMES = ["as it is", "linear", "ntk", "dynamic", "parts", "yarn", "llama"]


@pytest.fixture
def text():
    return load_text("switched", "en")


def costs(*means):
    bits = np.array(means)[:, None] + np.array([-1.0, 1.0])
    return switched.costs(switched.METHODS, bits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_maps_stand_side_by_side_on_the_same_colours(language):
    text = load_text("switched", language)
    figure = figures.maps(CHANGE, FORWARD.tokens, "PI", text)
    for trace, side in zip(figure.data, (CHANGE.before, CHANGE.after), strict=True):
        np.testing.assert_array_equal(trace.z, side.attention_weights)
        assert np.isnan(trace.z[0, 1]), "what is masked is blank"
        assert trace.meta == COMPACT
        assert trace.coloraxis == "coloraxis"
        assert len(set(trace.x)) == 6
    titles = [note.text for note in figure.layout.annotations]
    assert titles == [text("side.before"), text("side.after", method="PI")]
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    assert figure.layout.yaxis.title.text == text("axis.query")
    assert figure.layout.xaxis2.title.text == text("axis.key")


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_the_method_was_run_its_half_says_so(language):
    text = load_text("switched", language)
    maps = figures.maps(ALONE, FORWARD.tokens, "PI", text)
    assert len(maps.data) == 1
    assert maps.layout.annotations[1].text == text("switched_maps.nothing")
    assert maps.layout.xaxis2.visible is False
    losses = figures.losses(ALONE, FORWARD.tokens, "PI", text)
    assert [trace.name for trace in losses.data] == [text("side.before")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_losses_begin_with_the_second_token(language):
    text = load_text("switched", language)
    figure = figures.losses(CHANGE, FORWARD.tokens, "PI", text)
    before, after = figure.data
    np.testing.assert_array_equal(before.y, CHANGE.before.surprisals)
    np.testing.assert_array_equal(after.y, CHANGE.after.surprisals)
    assert before.x[0].endswith("<sub>1</sub>")
    assert (before.line.color, after.line.color) == (SECOND, ACCENT)
    assert figure.layout.yaxis.range[1] > max(before.y.max(), after.y.max())
    assert figure.layout.yaxis.title.text == text("axis.bits")


def test_markup_in_a_token_is_not_markup(text):
    figure = figures.maps(CHANGE, FORWARD.tokens, "PI", text)
    assert figure.data[0].x[0].startswith("&lt;b&gt;")


def test_a_long_text_has_lines_without_markers(text):
    forward = made(200)
    change = switched.change(forward, made(200, seed=1), 0, 0)
    figure = figures.losses(change, forward.tokens, "PI", text)
    assert {trace.mode for trace in figure.data} == {"lines"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "means",
    [
        (3.0, 9.0, 3.5, 3.0, 3.25, 3.125, 3.0),
        (3.0, 2.9, 2.5, 3.0, 3.0, 2.0, 3.0),
        (3.0,) * 7,
        (0.5, 40.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    ],
)
def test_every_method_has_a_bar_with_its_numbers_inside_the_axis(language, means):
    text = load_text("switched", language)
    figure = figures.costs(costs(*means), NAMES, "yarn", text)
    (bars,) = figure.data
    assert bars.y == tuple(NAMES)
    np.testing.assert_allclose(bars.customdata, means)
    np.testing.assert_allclose(bars.x, np.array(means) - means[0], rtol=1e-6)
    number = text("switched_methods.number", mean=means[1], change=means[1] - means[0])
    assert bars.text[1] == number.replace("-", "−")
    assert "0.000" not in bars.text[0] or "+0.000" in bars.text[0]
    assert [colour == ACCENT for colour in bars.marker.color] == [name == "yarn" for name in NAMES]
    assert set(bars.marker.color) == {ACCENT, REMOVED}
    low, high = figure.layout.xaxis.range
    assert low < bars.x.min() and bars.x.max() < high
    assert figure.layout.xaxis.title.text == text("axis.change")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_is_the_measured_one(language):
    text = load_text("switched", language)
    words = figures.in_words(costs(3.0, 9.0, 2.5, 3.0, 3.25, 3.125, 3.0), text)
    first, *_, last = words.split(" · ")
    assert first == f"{text('method.ntk')} 2.500"
    assert last == f"{text('method.linear')} 9.000"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_token_is_told_instead_of_an_empty_figure(language):
    text = load_text("switched", language)
    forward = made(1)
    nothing = switched.costs(switched.METHODS, np.zeros((7, 0), np.float32))
    change = switched.change(forward, forward, 0, 0)
    for figure in (
        figures.losses(change, forward.tokens, "PI", text),
        figures.costs(nothing, NAMES, "yarn", text),
    ):
        assert [note.text for note in figure.layout.annotations] == [text("nothing")]
    assert figures.in_words(nothing, text) == text("nothing")
    assert figures.maps(change, forward.tokens, "PI", text).data[0].z.shape == (1, 1)
