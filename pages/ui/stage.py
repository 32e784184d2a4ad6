"""The one place where a figure meets the browser.

st.plotly_chart builds a chart anew whenever its figure changes: it flickers, and zoom is lost
(Streamlit 1.67). This component keeps the chart and lets Plotly redraw what changed. It also
reports clicks on heat maps, which st.plotly_chart does not, and follows a switch between light
and dark without asking the server.
"""

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly
import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.components.v1 import declare_component

from pages.figures import style

DESK_HEIGHT = 400  # pixels, for a figure that does not say
FULL_HEIGHT = "max(24rem, calc(100vh - 17.5rem))"  # in a lecture: what title and reading leave
LEVELS, BLANK = 65_534, 65_535  # of a heat map's cell on its way to the browser
FOLDER = Path(__file__).parent
# Served over HTTP, compressed and kept by the browser: 5 MB that no rerun carries.
_LIBRARY = declare_component("plotly_js", path=Path(plotly.__file__).parent / "package_data")
_TEMPLATES = {lecture: style.template(lecture).to_plotly_json() for lecture in (False, True)}
_STAGE = st.components.v2.component(
    "glassbox_stage",
    html="<div class='stage' role='figure'></div>",
    css=(FOLDER / "stage.css").read_text("utf-8"),
    js=(FOLDER / "stage.js").read_text("utf-8"),
    isolate_styles=False,  # Plotly puts its own style sheet into the document
)


def stage(
    name: str,
    figure: go.Figure,
    *,
    alt: str,
    lecture: bool,
    on_click: Callable[[int, int], None] | None = None,
) -> None:
    """Show a figure under its name; `on_click(column, row)` gets the indices of a clicked mark."""

    def clicked():
        column, row = st.session_state[name].click
        on_click(int(column), int(row))

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
            "clickable": on_click is not None,
        },
        on_click_change=clicked if on_click else lambda: None,
    )


def packed(figure: go.Figure) -> tuple[str, list[dict[str, object]]]:
    """The figure as JSON, with its large heat maps taken out and made small.

    Of such a map 16 bits a cell are sent, and of one that is blank above its diagonal only the
    rest: a quarter of the bytes of float32, and right to 0.00001 of its range. Attention weights
    of 1,024 tokens take 1.4 MB instead of 5.7.
    """
    plain, maps = figure.to_dict(), []
    for place, trace in enumerate(figure.data):
        if trace.meta == style.COMPACT:
            del plain["data"][place]["z"]
            maps.append({"trace": place, **_packed_cells(np.asarray(trace.z))})
    return to_json_plotly(plain), maps


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
    return {
        "rows": rows,
        "columns": columns,
        "is_triangle": bool(is_triangle),
        "low": low,
        "high": high,
        "cells": base64.b64encode(levels.tobytes()).decode("ascii"),
    }
