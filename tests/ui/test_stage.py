"""What a figure sends to the browser: large heat maps made small, and still right when unpacked."""

import base64
import json
import zlib

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from streamlit.testing.v1 import AppTest

from core import attention
from pages.figures import attention as attention_figures
from pages.figures.style import COMPACT
from pages.text import load_text
from pages.ui import stage
from tests.forward_passes import made


def unpacked(sent):
    """The cells again, step by step as the browser does it (pages/ui/stage.js)."""
    halves = np.frombuffer(zlib.decompress(base64.b64decode(sent["cells"])), np.uint8)
    levels = halves.reshape(2, -1).T.astype(int) @ [1, 256]
    cells = np.full((sent["rows"], sent["columns"]), np.nan, np.float32)
    place = 0
    for row in range(sent["rows"]):
        for column in range(row + 1 if sent["is_triangle"] else sent["columns"]):
            if levels[place] < 65535:
                share = int(levels[place]) / 65534
                cells[row, column] = sent["low"] + share * (sent["high"] - sent["low"])
            place += 1
    assert place == len(levels)
    return cells


def there_and_back(cells):
    (sent,) = stage.packed(figure_of(cells))[1]
    return unpacked(json.loads(json.dumps(sent))), sent


def figure_of(cells, meta=COMPACT):
    return go.Figure(
        {"data": [{"type": "scatter", "y": [1]}, {"type": "heatmap", "z": cells, "meta": meta}]}
    )


def assert_close(found, cells):
    """Blank where it was, and everywhere else right to 0.00001 of the range."""
    known = np.isfinite(cells)
    np.testing.assert_array_equal(np.isfinite(found), known)
    if known.any():
        low, high = cells[known].min(), cells[known].max()
        off = abs(found[known].astype(float) - cells[known])
        assert off.max() <= 1e-5 * (float(high) - float(low)) + 1e-6 * abs(cells[known]).max()


def test_a_triangle_is_half_as_large_and_comes_back():
    cells = attention.head(made(30), 1, 2).visible_weights
    found, sent = there_and_back(cells)
    assert sent["is_triangle"] is True
    assert len(zlib.decompress(base64.b64decode(sent["cells"]))) == 2 * 30 * 31 / 2
    assert_close(found, cells)


def test_a_full_map_with_negative_numbers_and_blanks_comes_back(rng):
    cells = rng.normal(scale=40, size=(7, 12)).astype(np.float32)
    cells[2, 3] = cells[6, 11] = cells[0, 0] = np.nan
    found, sent = there_and_back(cells)
    assert sent["is_triangle"] is False
    assert (sent["rows"], sent["columns"]) == (7, 12)
    assert_close(found, cells)
    low, high = (np.unravel_index(end(cells), cells.shape) for end in (np.nanargmin, np.nanargmax))
    assert found[low] == cells[low]
    assert found[high] == cells[high]


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5)])
def test_a_map_that_is_all_blank_stays_blank(shape):
    found, _ = there_and_back(np.full(shape, np.nan, np.float32))
    assert found.shape == shape
    assert np.isnan(found).all()


@pytest.mark.parametrize("number", [0.0, -3.5, 1.0])
def test_a_map_of_one_number_is_that_number(number):
    found, _ = there_and_back(np.full((3, 4), number, np.float32))
    assert (found == number).all()


def test_what_is_not_finite_is_blank():
    cells = np.array([[1, np.inf], [-np.inf, 2]], np.float32)
    found, sent = there_and_back(cells)
    assert sent["is_triangle"] is True  # nothing is left above the diagonal
    np.testing.assert_array_equal(found, [[1, np.nan], [np.nan, 2]])


def test_a_square_map_with_a_single_number_above_the_diagonal_is_sent_whole():
    cells = np.full((4, 4), np.nan, np.float32)
    cells[np.tril_indices(4)] = 0.5
    cells[0, 3] = 0.25
    found, sent = there_and_back(cells)
    assert sent["is_triangle"] is False
    assert_close(found, cells)


@settings(deadline=None)
@given(
    array_shapes(min_dims=2, max_dims=2, max_side=6).flatmap(
        lambda shape: arrays(
            np.float32,
            shape,
            elements=st.one_of(st.just(np.nan), st.floats(-1000, 1000, width=32)),
        )
    )
)
def test_any_map_comes_back(cells):
    assert_close(there_and_back(cells)[0], cells)


def test_only_maps_that_ask_for_it_are_packed():
    cells = np.eye(3, dtype=np.float32)
    spec, maps = stage.packed(figure_of(cells, meta=None))
    assert maps == []
    assert "z" in json.loads(spec)["data"][1]
    spec, maps = stage.packed(figure_of(cells))
    assert [sent["trace"] for sent in maps] == [1]
    assert "z" not in json.loads(spec)["data"][1]
    assert json.loads(spec)["data"][0] == {"type": "scatter", "y": [1]}


def test_packing_leaves_the_figure_as_it_was():
    forward = made(12)
    looks = attention.head(forward, 0, 0)
    figure = attention_figures.weights(looks, forward.tokens, 3, load_text("attention", "en"))
    before = figure.to_json()
    assert stage.packed(figure)[1]
    assert figure.to_json() == before


def dragging():
    import plotly.graph_objects as go
    import streamlit as st

    from pages.ui import stage

    st.session_state.put = []
    heard = {
        "drag": lambda *said: st.session_state.put.append(said),
        "click": lambda *said: st.session_state.put.append(said),
    }
    figure = go.Figure({"data": [{"type": "bar", "y": [1.0, 2.0]}]})
    # In the place of the browser, which says where a bar is.
    sent = st.session_state.setdefault("sent", [])
    keep, stage._STAGE = stage._STAGE, lambda **given: sent.append(given)
    stage.stage("bars", figure, alt="", lecture=False, listeners=heard)
    stage._STAGE = keep
    st.session_state.bars = {"drag": [1.0, 2.0, 7.0], "click": [3.0, None]}
    sent[-1]["on_drag_change"]()
    sent[-1]["on_click_change"]()


def test_a_height_stays_a_number_with_digits_and_the_browser_hears_which_one_was_heard():
    app = AppTest.from_function(dragging).run()
    assert not app.exception
    (place, height), click = app.session_state.put
    assert [repr(one) for one in (place, height)] == ["1", "2.0"]
    assert click == (3, None)
    app.run()
    assert [given["data"]["heard"] for given in app.session_state.sent] == [None, 7.0]
    assert app.session_state.sent[0]["data"]["listens"] == ["drag", "click"]
