import json

import numpy as np
import pytest

from core import attention, decoding
from pages.figures import decoding as figures
from pages.figures.style import ACCENT, COMPACT, REMOVED, SECOND, axis_labels
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage
from tests.core.test_decoding import continued
from tests.forward_passes import made

GIVEN, WRITTEN = 3, 4
FOUND = decoding.trace(continued(GIVEN, WRITTEN), 1, 2)
LABELS = axis_labels([token.visible for token in FOUND.forward.tokens])
NOTHING = decoding.next_step(made(4), 1, 2)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("decoding", request.param)


def weights(traces):
    return np.concatenate([traces[0].y, traces[1].y])


def test_every_frame_holds_the_row_and_the_candidates_of_its_step(text):
    figure = figures.writing(FOUND, 0, text)
    rows = attention.head(FOUND.forward, 1, 2).visible_weights
    assert [frame.name for frame in figure.frames] == ["0", "1", "2", "3"]
    for step, frame in enumerate(figure.frames):
        np.testing.assert_allclose(weights(frame.data), rows[GIVEN - 1 + step], rtol=1e-6)
        assert frame.data[2].x == (LABELS[GIVEN - 1 + step],)
        np.testing.assert_array_equal(frame.data[3].x, FOUND.probabilities[step])
        names = [FOUND.forward.token(int(n)).visible for n in FOUND.candidates[step]]
        told = [row[0] for row in frame.data[3].customdata]
        assert told == [figures.escape(name) for name in names]


@pytest.mark.parametrize("step", range(WRITTEN))
def test_what_is_drawn_is_the_frame_of_the_step(text, step):
    figure = figures.writing(FOUND, step, text)
    assert figure.layout.sliders[0].active == step
    frame = figure.frames[step]
    np.testing.assert_array_equal(weights(figure.data), weights(frame.data))
    assert figure.data[2].x == frame.data[2].x
    assert figure.data[4].text == frame.data[4].text


def test_nothing_jumps_from_step_to_step(text):
    figure = figures.writing(FOUND, 0, text)
    assert figure.layout.xaxis.categoryarray == tuple(LABELS)
    assert (*figure.data[0].x, *figure.data[1].x) == tuple(LABELS)
    for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2"):
        assert len(figure.layout[axis].range) == 2
    parts = [part.to_plotly_json() for frame in figure.frames for part in frame.data]
    brought = {name for part in parts for name in part}
    assert brought == {"type", "x", "y", "text", "customdata"}
    assert not any(frame.layout.to_plotly_json() for frame in figure.frames)


def test_colours_part_what_was_given_from_what_was_written(text):
    figure = figures.writing(FOUND, 0, text)
    assert [trace.marker.color for trace in figure.data[:2]] == [ACCENT, SECOND]
    assert figure.data[3].marker.color == (SECOND, REMOVED, REMOVED)
    names = [text(f"writing.{name}") for name in ("given", "written", "query")]
    assert [trace.name for trace in figure.data[:3]] == names
    assert figure.layout.sliders[0].currentvalue.prefix == text("writing.now") + " "


def test_the_slider_stops_at_each_written_token_and_goes_to_its_frame(text):
    (slider,) = figures.writing(FOUND, 0, text).layout.sliders
    assert [stop.label for stop in slider.steps] == LABELS[GIVEN:]
    assert [stop.args[0] for stop in slider.steps] == [("0",), ("1",), ("2",), ("3",)]


@pytest.mark.parametrize("found", [NOTHING, decoding.trace(continued(2, 1), 0, None)])
def test_of_one_step_there_is_nothing_to_play(text, found):
    figure = figures.writing(found, 0, text)
    assert figure.frames == figure.layout.sliders == figure.layout.updatemenus == ()
    assert np.nansum(weights(figure.data)) == pytest.approx(1, rel=1e-5)
    assert stage.packed(figure)[1] == []


def test_a_step_that_is_turned_to_changes_nothing_that_is_sent(text):
    sent = {stage.packed(figures.writing(FOUND, step, text))[0] for step in range(WRITTEN)}
    assert len(sent) == 1
    (plain,) = map(json.loads, sent)
    assert "active" not in plain["layout"]["sliders"][0]
    assert ["y" in trace for trace in plain["data"]] == [False, False, True, True, True]
    assert len(plain["frames"]) == WRITTEN


def test_the_numbers_are_those_of_the_step(text):
    table = export.numbers(figures.writing(FOUND, 2, text))
    found = table[text("axis.weight")].dropna()
    np.testing.assert_allclose(found, FOUND.attention_weights[2, : GIVEN + 2], rtol=1e-6)
    likely = table[text("axis.probability")].dropna().astype(float)
    np.testing.assert_allclose(likely, FOUND.probabilities[2], atol=1e-6)


def test_a_long_candidate_is_cut_where_it_stands_but_not_where_it_is_told():
    assert figures.cut("a" * 12) == "a" * 12
    assert figures.cut("a" * 13) == "a" * 11 + "…"


def test_lines_in_the_map_part_what_was_written(text):
    figure = figures.written_map(FOUND, 1, text)
    (heat_map,) = figure.data
    assert heat_map.meta == COMPACT
    np.testing.assert_array_equal(heat_map.z, FOUND.looks.visible_weights)
    assert heat_map.x == heat_map.y == tuple(LABELS)
    frame, across, down = figure.layout.shapes
    assert (frame.y0, frame.y1, frame.x1) == (2.5, 3.5, 3.5)
    assert (across.y0, across.x1, down.x0, down.y1) == (2.5, 2.5, 2.5, 6.5)
    assert [axis.title.text for axis in (figure.layout.xaxis, figure.layout.yaxis)] == [
        text("axis.key"),
        text("axis.query"),
    ]


def test_a_map_without_anything_written_has_no_lines(text):
    assert len(figures.written_map(NOTHING, 0, text).layout.shapes) == 1


def test_the_parts_of_each_step_are_stacked_up_to_one(text):
    figure = figures.written_shares(FOUND, 2, text)
    assert figure.layout.barmode == "stack"
    np.testing.assert_allclose(sum(trace.y for trace in figure.data), 1, rtol=1e-5)
    assert [trace.name for trace in figure.data] == [text(f"part.{p}") for p in decoding.PARTS]
    assert figure.data[0].x == tuple(LABELS[GIVEN:])
    assert figure.layout.annotations[0].x == 2
    only = figures.written_shares(NOTHING, 0, text)
    assert only.data[0].x == (text("writing.next"),)


@pytest.mark.parametrize(("n_given", "is_crowded"), [(100, False), (200, True)])
def test_bars_thinner_than_a_pixel_get_an_outline(text, n_given, is_crowded):
    figure = figures.writing(decoding.trace(continued(n_given, 2), 0, 0), 0, text)
    assert [trace.marker.line.width for trace in figure.data[:2]] == [int(is_crowded)] * 2
    assert (figure.layout.bargap == 0) == is_crowded
