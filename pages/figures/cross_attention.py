"""Figures of the cross-attention page: what written letters look at; the three attentions."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.cross_attention import HeadMaps, Writing
from core.model.reverser_weights import LETTERS
from pages.figures.style import WEIGHTS, axis_labels
from pages.text import Text

PANELS = ("encoder", "decoder", "across")
PANEL_WIDTH, GAP = 0.24, 0.14  # of the figure's width
MOST_SLANTED = 10  # labels above a panel; more would touch each other


def cross(maps: HeadMaps, writing: Writing, text: Text) -> go.Figure:
    """One row per letter that is written, one column per letter of the input."""
    panel = _map(maps.cross, _written(writing, text), _read(writing, text), text)
    layout = {
        "xaxis": _key_axis(text("axis.key")),
        "yaxis": _query_axis(text("axis.query")),
        "coloraxis": _colour_axis(text),
        "height": 460,
    }
    return go.Figure({"data": [panel], "layout": layout})


def three(maps: HeadMaps, writing: Writing, text: Text) -> go.Figure:
    """Side by side: the input looks at itself, the output at itself, the output at the input."""
    read, written = _read(writing, text), _written(writing, text)
    given = [text("label.start"), *written[:-1]]  # what the decoder has when it writes each letter
    panels = [
        _map(weights, queries, keys, text) | {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        for number, weights, queries, keys in (
            ("", maps.encoder, read, read),
            ("2", maps.decoder, written, given),
            ("3", maps.cross, written, read),
        )
    ]
    layout = {"coloraxis": _colour_axis(text), "height": 400, "annotations": []}
    for place, name in enumerate(PANELS):
        number = "" if place == 0 else str(place + 1)  # Plotly counts axes x, x2, x3 …
        left = place * (PANEL_WIDTH + GAP)
        layout[f"xaxis{number}"] = _key_axis(text("axis.any_key")) | {
            "domain": [left, left + PANEL_WIDTH],
            "tickangle": -60 if len(read) <= MOST_SLANTED else -90,
            "dtick": 1,
            "anchor": f"y{number}",
        }
        layout[f"yaxis{number}"] = _query_axis(text("axis.any_query")) | {"anchor": f"x{number}"}
        layout["annotations"].append(_name_below(text(f"panel.{name}"), left + PANEL_WIDTH / 2))
    layout["margin"] = {"b": 48}
    return go.Figure({"data": panels, "layout": layout})


def _read(writing: Writing, text: Text) -> list[str]:
    return axis_labels([*writing.word, text("label.end")])


def _written(writing: Writing, text: Text) -> list[str]:
    """With an arrow, so that no letter of the output is taken for one of the input."""
    names = dict(enumerate(LETTERS))
    return axis_labels([f"→{names.get(int(step), text('label.end'))}" for step in writing.steps])


def _map(
    weights: Float[ndarray, "query key"], queries: list[str], keys: list[str], text: Text
) -> dict[str, object]:
    return {
        "type": "heatmap", "z": weights.astype(np.float32), "x": keys, "y": queries,
        "coloraxis": "coloraxis", "hoverongaps": False, "hovertemplate": text("cross.hover"),
    }  # fmt: skip


def _key_axis(title: str) -> dict[str, object]:
    return {
        "title": {"text": title}, "side": "top", "tickangle": 0, "showgrid": False,
        "zeroline": False,
    }  # fmt: skip


def _query_axis(title: str) -> dict[str, object]:
    return {
        "title": {"text": title}, "autorange": "reversed", "showgrid": False, "zeroline": False,
    }  # fmt: skip


def _colour_axis(text: Text) -> dict[str, object]:
    return {
        "cmin": 0, "cmax": 1, "colorscale": WEIGHTS,
        "colorbar": {"title": {"text": text("axis.weight")}},
    }  # fmt: skip


def _name_below(words: str, middle: float) -> dict[str, object]:
    return {
        "text": words, "x": middle, "y": -0.02, "xref": "paper", "yref": "paper",
        "xanchor": "center", "yanchor": "top", "showarrow": False,
    }  # fmt: skip
