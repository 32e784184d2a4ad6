import numpy as np
import pytest

from core import temperature
from core.temperature import NEUTRAL, STOPS
from core.tokens import Token
from pages.figures import temperature as figures
from pages.text import LANGUAGES, load_text

LOGITS = np.array([3.0, 1.0, 0.0, -1.0, -2.0])
FOUND = temperature.sweep(LOGITS, 3)
SHOWN = tuple(Token(n, raw) for n, raw in enumerate([b"<b>", b" cat", b"extraordinarily"]))


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("temperature", request.param)


@pytest.mark.parametrize("stop", [0, NEUTRAL, len(STOPS) - 1])
def test_the_figure_shows_its_frame_and_the_frames_are_the_stops(text, stop):
    figure = figures.sweep(FOUND, SHOWN, 1.5, stop, text)
    bars, curve, own, here = figure.data
    np.testing.assert_allclose(bars.y, FOUND.probabilities[stop], rtol=1e-6)
    np.testing.assert_allclose(curve.y, FOUND.entropies, atol=1e-6)
    assert (here.x[0], here.y[0]) == (stop, pytest.approx(FOUND.entropies[stop], abs=1e-6))
    assert own.y == (1.5, 1.5)
    assert len(figure.frames) == len(STOPS)
    for place, frame in enumerate(figure.frames):
        np.testing.assert_allclose(frame.data[0].y, FOUND.probabilities[place], rtol=1e-6)
    (slider,) = figure.layout.sliders
    assert slider.active == stop
    assert [slider.steps[place].label for place in (0, NEUTRAL, -1)] == ["0", "1", "∞"]
    assert figure.layout.yaxis2.range[1] > FOUND.most
    assert figure.layout.yaxis2.title.text == text("axis.entropy")


def test_a_text_without_a_cross_entropy_has_no_line(text):
    figure = figures.sweep(FOUND, SHOWN, float("nan"), NEUTRAL, text)
    assert np.isnan(figure.data[2].y).all()
    assert not figure.layout.annotations


def test_tokens_keep_their_ranks_and_markup_in_them_is_not_markup(text):
    labels = figures.sweep(FOUND, SHOWN, 1.5, 0, text).data[0].x
    assert labels == ("&lt;b&gt;<sub>1</sub>", "␣cat<sub>2</sub>", "extraordina…<sub>3</sub>")


@pytest.mark.parametrize(("one", "other"), [(5.0, 1.0), (1.0, 5.0), (2.0, 2.0), (900.0, 0.0)])
@pytest.mark.parametrize("stop", [0, 2, NEUTRAL, len(STOPS) - 1])
def test_the_odds_are_on_their_axis_or_leave_it(text, one, other, stop):
    pair = temperature.Pair(STOPS[stop], one, other)
    figure = figures.odds(pair, ("<a>", "b"), stop, text)
    curve, here = figure.data
    assert list(curve.customdata[-1]) == ["∞", "&lt;a&gt;", "b", "1"]
    low, high = figure.layout.yaxis.range
    assert low < 0 < high
    assert np.isfinite(curve.y).all()
    assert np.isnan(here.y[0]) or low <= here.y[0] <= high
    if stop >= 2:  # T = 0.1 and all that is warmer
        assert here.y[0] == pytest.approx(temperature.odds(one - other, STOPS[stop]), abs=1e-6)


@pytest.mark.parametrize(
    ("power", "words"),
    [(0.0, "1"), (1.0, "10"), (-1.0, "0.1"), (17.37, "10^17.4"), (np.inf, "∞"), (-np.inf, "0")],
)
def test_odds_are_written_as_numbers_while_they_are_short(power, words):
    assert figures.as_power(power) == words


def test_the_kept_sets_are_drawn_with_the_stop(text):
    figure = figures.kept_sets(FOUND, 3, text)
    assert [trace.name for trace in figure.data] == [f"p = {p:g}" for p in temperature.SHARES]
    for trace, n_kept in zip(figure.data, FOUND.n_kept.T, strict=True):
        np.testing.assert_array_equal(trace.y, n_kept)
    assert figure.layout.shapes[0].x0 == 3
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis.title.text == text("axis.kept")
