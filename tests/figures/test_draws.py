import numpy as np
import pytest

from core import draws, sampling
from core.tokens import Token
from pages.figures import draws as figures
from pages.text import LANGUAGES, load_text

PROBABILITIES = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
FOUND = draws.draw(sampling.stage(np.log(PROBABILITIES)), 200, 0)
TOKENS = tuple(Token(n, raw) for n, raw in enumerate([b"<b>", b" cat", b"a", b"b", b"c"]))
NAMES = [TOKENS[place].visible for place in FOUND.places[:6]]


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("draws", request.param)


@pytest.mark.parametrize("n_shown", [3, 5])
def test_counts_stand_over_what_was_expected_and_nothing_is_left_out(text, n_shown):
    expected, came = figures.drawn(FOUND, TOKENS[:n_shown], text).data
    assert expected.y.sum() == pytest.approx(200)
    assert came.y.sum() == 200
    np.testing.assert_allclose(expected.y[:3], 200 * PROBABILITIES[:3], rtol=1e-6)
    np.testing.assert_array_equal(came.y[:3], FOUND.counts[:3])
    scatter = np.sqrt(200 * PROBABILITIES * (1 - PROBABILITIES))
    np.testing.assert_allclose(expected.error_y.array[:3], scatter[:3], rtol=1e-6)
    assert expected.x[0] == "&lt;b&gt;<sub>1</sub>"
    if n_shown == 3:
        assert expected.x[-1] == text("drawn.others")
        assert expected.error_y.array[-1] == pytest.approx(np.sqrt(200 * 0.15 * 0.85))
    else:
        assert text("drawn.others") not in expected.x


def test_everything_drawn_is_inside_the_axis(text):
    figure = figures.drawn(FOUND, TOKENS[:2], text)
    expected, came = figure.data
    top = figure.layout.yaxis.range[1]
    assert max(came.y.max(), (expected.y + expected.error_y.array).max()) <= top
    assert figure.layout.yaxis.title.text == text("axis.count")


@pytest.mark.parametrize("step", [0, 5])
def test_u_goes_right_to_its_step_and_down_to_its_token(text, step):
    figure = figures.staircase(FOUND, TOKENS[:3], NAMES, step, text)
    stairs, way, told = figure.data
    base = np.array(stairs.base, dtype=float)
    np.testing.assert_allclose(base + stairs.y, [0.4, 0.7, 0.85, 1.0], rtol=1e-6)
    u, hit = FOUND.uniforms[step], min(FOUND.places[step], 3)
    assert way.y[:2] == (u, u)
    assert way.x == (-0.5, hit, hit)
    assert base[hit] - 1e-6 <= u <= base[hit] + stairs.y[hit] + 1e-6
    assert f"{u:.4f}" in told.text[0]
    assert len(figure.frames) == 6
    assert figure.layout.sliders[0].active == step


def test_a_single_draw_needs_no_slider(text):
    figure = figures.staircase(FOUND, TOKENS, NAMES[:1], 0, text)
    assert not figure.frames
    assert not figure.layout.sliders


def test_a_single_token_takes_all_of_the_line(text):
    sure = draws.draw(sampling.stage(np.array([1.0])), 3, 0)
    stairs = figures.staircase(sure, TOKENS[:1], ["a", "a", "a"], 0, text).data[0]
    assert (list(stairs.base), stairs.y.tolist()) == ([0.0], [1.0])
    expected, came = figures.drawn(sure, TOKENS[:1], text).data
    assert expected.error_y.array.tolist() == [0.0]
    assert came.y.tolist() == [3.0]
