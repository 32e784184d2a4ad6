import json

import numpy as np
import pytest

from core import rope
from pages.figures import rope as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage

STOPS = figures.stops(6, 256)
SPECTRUM = rope.spectrum(64, 100_000.0)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("rope", request.param)


def turned(pairs=(0, 16, 31), stops=STOPS):
    query, key = np.random.default_rng(0).normal(size=(2, 64))
    return rope.planes(query, key, SPECTRUM, pairs, stops)


def tips(trace, n_planes):
    """Where the arrows end, as seen from the middle of their planes."""
    x, y = (np.asarray(part, np.float64).reshape(n_planes, 3) for part in (trace.x, trace.y))
    return np.stack([x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]], axis=1)


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


def test_the_slider_stops_at_each_of_the_first_positions_and_at_the_tokens_own():
    assert STOPS.tolist() == [*range(33), 64, 128, 256]
    assert figures.stops(50, 100).tolist() == [*range(33), 50, 64]
    assert figures.stops(0, 8).tolist() == [*range(33)]
    places = [0, 7, 40, 60, 200, 10**6]
    assert [figures.nearest(STOPS, place) for place in places] == [0, 7, 32, 33, 35, 35]


def test_an_arrow_is_turned_by_its_angle_and_keeps_its_length(text):
    planes = turned()
    figure = figures.planes(planes, 6, text)
    before = tips(figure.data[2], 3)
    assert figure.data[2].line.dash == "dot"
    for step in (0, 6, 35):
        now = tips(figure.frames[step].data[0], 3)
        np.testing.assert_allclose(np.hypot(*now.T), np.hypot(*before.T), rtol=1e-5)
        by = np.arctan2(now[:, 1], now[:, 0]) - np.arctan2(before[:, 1], before[:, 0])
        expected = STOPS[step] * planes.spectrum.frequencies
        np.testing.assert_allclose(np.exp(1j * by), np.exp(1j * expected), atol=1e-5)


def test_the_longer_arrow_of_each_plane_is_one_long(text):
    figure = figures.planes(turned(), 0, text)
    lengths = [np.hypot(*tips(figure.data[place], 3).T) for place in (2, 3)]
    np.testing.assert_allclose(np.max(lengths, axis=0), 1, rtol=1e-6)


@pytest.mark.parametrize("step", [0, 6, 35])
def test_what_is_drawn_is_the_frame_of_the_step(text, step):
    for figure in (
        figures.planes(turned(), step, text),
        figures.clock(SPECTRUM, STOPS, step, 8192, text),
    ):
        assert figure.layout.sliders[0].active == step
        assert len(figure.frames) == len(figure.layout.sliders[0].steps) == len(STOPS)
        frame = figure.frames[step]
        for place, brought in zip(frame.traces, frame.data, strict=True):
            np.testing.assert_array_equal(figure.data[place].x, brought.x)


def test_the_angle_is_written_in_its_own_numbers(text):
    figure = figures.planes(turned(), 6, text)
    written = figure.frames[35].data[4].text
    assert written[0].startswith("m·θ = 256 × 1<br>= 256 ")
    assert "0.0000143" in written[2]
    assert "40.74" in written[0]
    assert figure.layout.annotations[1].text == text("planes.heading", pair=16, frequency="0.00316")


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.0, "0"), (1.0, "1"), (0.00316228, "0.00316"), (8192.0, "8192"), (1.4331e-5, "0.0000143")],
)
def test_no_number_is_written_as_a_power_of_ten(number, words):
    assert figures.plain(number) == words


def test_one_plane_and_a_vector_of_zeros_are_drawn(text):
    still = np.zeros(2)
    planes = rope.planes(still, still, rope.spectrum(2), (0,), STOPS)
    figure = figures.planes(planes, 1, text)
    assert np.isfinite(figure.layout.xaxis.range).all()
    assert np.isfinite(tips(figure.data[4], 1)).all()


def test_every_hand_points_where_its_angle_is_and_the_slow_ones_are_told_apart(text):
    figure = figures.clock(SPECTRUM, STOPS, 6, 8192, text)
    told = np.asarray(figure.data[3].customdata)
    np.testing.assert_allclose(told[:, 1], 6 * SPECTRUM.frequencies, rtol=1e-5)
    quick, slow = (np.asarray(figure.data[place].x).reshape(-1, 3) for place in (1, 2))
    assert (len(quick), len(slow)) == (20, 12)
    np.testing.assert_allclose(
        np.concatenate([quick, slow])[:, 1] - np.concatenate([quick, slow])[:, 0],
        np.cos(6 * SPECTRUM.frequencies),
        atol=1e-5,
    )
    assert figure.data[3].marker.color == (ACCENT,) * 20 + (SECOND,) * 12
    assert figure.data[4].text == tuple(str(pair) for pair in range(32))


@pytest.mark.parametrize("d_head", [2, 64, 256])
def test_every_dial_is_inside_the_figure(text, d_head):
    figure = figures.clock(rope.spectrum(d_head), STOPS, 3, 2048, text)
    for values, axis in ((figure.data[0].x, "xaxis"), (figure.data[0].y, "yaxis")):
        low, high = figure.layout[axis].range
        assert low < np.nanmin(values) < np.nanmax(values) < high


def test_the_numbers_of_planes_and_clock_are_a_table(text):
    table = export.numbers(figures.planes(turned(), 6, text))
    assert list(table.columns) == [text(f"planes.{name}") for name in ("vector", "x", "y")]
    assert len(table) == 6
    assert len(export.numbers(figures.clock(SPECTRUM, STOPS, 6, 8192, text))) == 32


def test_the_figure_is_the_same_one_at_each_step(text):
    for draw in (
        lambda step: figures.planes(turned(), step, text),
        lambda step: figures.clock(SPECTRUM, STOPS, step, 8192, text),
    ):
        assert stage.packed(draw(0)) == stage.packed(draw(9))
        assert len(json.dumps(stage.packed(draw(0)))) < 400_000


def test_the_chosen_pair_is_larger(text):
    sizes = figures.wavelengths(SPECTRUM, 8192, text, 5).data[0].marker.size
    assert sizes.index(max(sizes)) == 5
