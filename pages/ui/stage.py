"""The one place where a figure meets the browser.

st.plotly_chart builds a chart anew whenever its figure changes: it flickers, and zoom is lost
(Streamlit 1.67). This component keeps the chart and lets Plotly redraw what changed. It also
reports clicks on heat maps, which st.plotly_chart does not, and follows a switch between light
and dark without asking the server.
"""

import base64
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import plotly
import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.components.v1 import declare_component

from pages.figures import style
from pages.ui.component import component

DESK_HEIGHT = 400  # pixels, for a figure that does not say
FULL_HEIGHT = "max(24rem, calc(100vh - 17.5rem))"  # in a lecture: what title and reading leave
LEVELS, BLANK = 65_534, 65_535  # of a heat map's cell on its way to the browser
# Served over HTTP, compressed and kept by the browser: 5 MB that no rerun carries.
_LIBRARY = declare_component("plotly_js", path=Path(plotly.__file__).parent / "package_data")
_TEMPLATES = {lecture: style.template(lecture).to_plotly_json() for lecture in (False, True)}
_STAGE = component(
    "stage",
    "drag.js",
    "stage.js",
    css="stage.css",
    html="<div class='stage' role='figure'></div>",
    isolate_styles=False,  # Plotly puts its own style sheet into the document
)


def stage(
    name: str,
    figure: go.Figure,
    *,
    alt: str,
    lecture: bool,
    listeners: Mapping[str, Callable[..., None]],
) -> None:
    """Show a figure under its name, and tell its listeners what the visitor does with it.

    click(column, row): the indices of a mark; no column where it means nothing. legend(*names):
    what is shown, after a click on the legend; a click shows one alone, with shift it adds or
    takes away. step(number): the frame at which the figure's own slider came to rest. The browser
    goes through the frames by itself; the figure's traces are those of the frame that its slider
    names. drag(place, value): to where a bar of the first trace was dragged; again and again on
    the way, as the answers come, and at the end. The figure's layout.meta may say more:
    "drag_step", the values that a bar can have; "drag_low" and "drag_high", their ends, if not
    those of the axis; "drag_sum", what the bars of a trace add up to, the others giving way in
    proportion; "drag_traces", which traces it is about, with the places counted on through them.
    """

    heard = f"{name}_heard"

    def told(event: str) -> Callable[[], None]:
        def tell() -> None:
            said = st.session_state[name][event]  # JSON knows no whole numbers
            if event in ("drag", "step"):  # the browser waits until this was heard
                *said, st.session_state[heard] = said
            if event == "drag":
                place, value = said
                listeners[event](int(place), float(value))
            else:
                listeners[event](*(int(one) if isinstance(one, float) else one for one in said))

        return tell

    spec, maps = packed(figure)
    _STAGE(
        key=name,
        data={
            "name": name,
            "figure": spec,
            "maps": maps,
            "template": _TEMPLATES[lecture],
            "dark": style.DARK,
            "alt": alt,
            "lecture": lecture,
            "height": FULL_HEIGHT if lecture else f"{figure.layout.height or DESK_HEIGHT}px",
            "library": f"component/{_LIBRARY.name}/plotly.min.js",
            "listens": list(listeners),
            "heard": st.session_state.get(heard),
            "step": figure.layout.sliders[0].active if figure.frames else None,
        },
        **{f"on_{event}_change": told(event) for event in listeners},
    )


def packed(figure: go.Figure) -> tuple[str, list[dict[str, object]]]:
    """The figure as JSON, with its large heat maps taken out and made small.

    Of such a map 16 bits a cell are sent, deflated, and of one that is blank above its diagonal
    only the rest: right to 0.00001 of its range. Attention weights of 1,024 tokens take about
    0.6 MB instead of 5.7.
    """
    plain, maps = figure.to_dict(), []
    for place, trace in enumerate(figure.data):
        if trace.meta == style.COMPACT:
            del plain["data"][place]["z"]
            maps.append({"trace": place, **_packed_cells(np.asarray(trace.z))})
    _forget_step(plain)
    return to_json_plotly(plain), maps


def _forget_step(plain: dict):
    """Take out what the frames bring: the figure is the same one at each of its steps."""
    frames = plain.get("frames") or []
    for frame in frames[:1]:
        plain["layout"]["sliders"][0].pop("active", None)
        for place, brought in zip(frame["traces"], frame["data"], strict=True):
            for name in brought.keys() - {"type"}:
                plain["data"][place].pop(name, None)


def _packed_cells(cells: np.ndarray) -> dict[str, object]:
    rows, columns = cells.shape
    blank = ~np.isfinite(cells)
    is_triangle = rows == columns and blank[np.triu_indices(rows, k=1)].all()
    if is_triangle:
        below = np.tril_indices(rows)
        cells, blank = cells[below], blank[below]
    known = cells[~blank]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    shares = (cells - low) / ((high - low) or 1.0)
    levels = np.where(blank, BLANK, np.rint(shares * LEVELS)).astype("<u2")
    # Low bytes apart from high ones, which repeat: they deflate better so.
    halves = levels.view(np.uint8).reshape(-1, 2).T.tobytes()
    return {
        "rows": rows,
        "columns": columns,
        "is_triangle": bool(is_triangle),
        "low": low,
        "high": high,
        "cells": base64.b64encode(zlib.compress(halves, level=1)).decode("ascii"),
    }
