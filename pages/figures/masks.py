"""Figures of the mask page: a mask, the weights under it, and one query's before and after."""

import numpy as np
import plotly.graph_objects as go

from core.masks import Masked
from core.tokens import Token
from pages.figures.style import ACCENT, COMPACT, REMOVED, SECOND, WEIGHTS, axis_labels
from pages.text import Text

PARTS = {"kept": ACCENT, "gained": SECOND, "lost": REMOVED}  # against the causal mask
PALE = 0.6  # opacity of areas so large that full colours would outshine the weights beside them
GAP = 0.03  # half of what lies between the panels, of the figure's width


def masked(result: Masked, tokens: tuple[Token, ...], row: int, text: Text) -> go.Figure:
    """Left: which cells are allowed, against the causal mask. Right: the weights under the mask."""
    keys = axis_labels([token.visible for token in tokens])
    queries = keys[result.position(0) :]
    cells = {"x": keys, "y": queries, "type": "heatmap", "meta": COMPACT, "hoverongaps": False}
    panels = [
        cells
        | {
            "z": _parts(result),
            "opacity": PALE,
            "coloraxis": "coloraxis2",
            "hovertemplate": text("masked.allowed_hover"),
        },
        cells
        | {
            "z": result.visible_weights.astype(np.float32),
            "xaxis": "x2",
            "coloraxis": "coloraxis",
            "hovertemplate": text("masked.hover"),
        },
    ]
    key_axis = {
        "title": {"text": text("axis.key")}, "side": "top", "tickangle": -60, "showgrid": False,
        "zeroline": False,
    }  # fmt: skip
    layout = {
        "xaxis": key_axis | {"domain": [0, 0.5 - GAP]},
        "xaxis2": key_axis | {"domain": [0.5 + GAP, 1], "matches": "x"},
        "yaxis": {
            "title": {"text": text("axis.query")}, "autorange": "reversed", "showgrid": False,
            "zeroline": False,
        },
        "coloraxis": {
            "cmin": 0, "cmax": 1, "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.weight")}},
        },
        "coloraxis2": {
            "cmin": 0, "cmax": 3, "colorscale": _steps(list(PARTS.values())), "showscale": False,
            "colorbar": {"title": {"text": text("axis.part")}},
        },
        "shapes": [_frame(result.row(row), len(keys), axis) for axis in ("x", "x2")],
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top"},
        "height": 480,
    }  # fmt: skip
    return go.Figure({"data": panels + _key_to_colours(text), "layout": layout})


def mask_row(result: Masked, tokens: tuple[Token, ...], query: int, text: Text) -> go.Figure:
    """One query's weights under the causal mask and under the chosen one, up to the last key."""
    row = result.row(query)
    seen = result.allowed[row] | result.is_causal[row]
    shown = slice(int(np.flatnonzero(seen)[-1]) + 1)
    labels = axis_labels([token.visible for token in tokens[shown]])
    bars = [
        {
            "type": "bar",
            "name": text(f"mask_row.{name}"),
            "x": labels,
            "y": np.where(allowed, weights, np.nan)[shown].astype(np.float32),
            "marker": {"color": colour},
            "hovertemplate": text("mask_row.hover"),
        }
        for name, allowed, weights, colour in (
            ("causal", result.is_causal[row], result.causal_weights[row], REMOVED),
            ("chosen", result.allowed[row], result.attention_weights[row], ACCENT),
        )
    ]
    undefined = {
        "text": text("mask_row.undefined"), "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper",
        "showarrow": False, "font": {"color": ACCENT},
    }  # fmt: skip
    layout = {
        "barmode": "group",
        "bargap": 0.3,
        "xaxis": {
            "title": {"text": text("axis.key")}, "tickangle": -60,
            "range": [-0.5, len(labels) - 0.5],
        },
        "yaxis": {"title": {"text": text("axis.weight")}, "range": [0, 1.05]},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "annotations": [] if result.is_defined[row] else [undefined],
        "height": 340,
    }  # fmt: skip
    return go.Figure({"data": bars, "layout": layout})


def _parts(result: Masked) -> np.ndarray:
    """0.5, 1.5, 2.5 for the PARTS in their order; blank where neither mask allows to look."""
    parts = np.full(result.allowed.shape, np.nan, np.float32)
    parts[result.allowed & result.is_causal] = 0.5
    parts[result.allowed & ~result.is_causal] = 1.5
    parts[~result.allowed & result.is_causal] = 2.5
    return parts


def _steps(colours: list[str]) -> list[tuple[float, str]]:
    """A scale of equal steps without a passage between them."""
    edges = np.linspace(0, 1, len(colours) + 1).tolist()
    return [
        (edge, colour) for place, colour in enumerate(colours) for edge in edges[place : place + 2]
    ]


def _frame(row: int, n_keys: int, axis: str) -> dict[str, object]:
    """The chosen row, framed; category axes count their categories from 0."""
    return {
        "type": "rect", "xref": axis, "yref": "y", "line": {"color": ACCENT},
        "x0": -0.5, "x1": n_keys - 0.5, "y0": row - 0.5, "y1": row + 0.5,
    }  # fmt: skip


def _key_to_colours(text: Text) -> list[dict[str, object]]:
    """Marks that are drawn in the legend only."""
    return [
        {
            "type": "scatter", "x": [None], "y": [None], "mode": "markers", "hoverinfo": "skip",
            "name": text(f"masked.{part}"),
            "marker": {"color": colour, "symbol": "square", "size": 14, "opacity": PALE},
        }
        for part, colour in PARTS.items()
    ]  # fmt: skip
