"""Figures of the ablation page: from two predictions and the words to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.ablation import Effect, Influence
from core.tokens import Token
from pages.figures.style import ACCENT, INK, SECOND, SIGNED, WEIGHTS, axis_labels, escape
from pages.text import Text

SIDES = ("before", SECOND), ("after", ACCENT)
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
MOST_MARKERS = 64
NOTHING = 1e-3  # bits; below, a colour scale would only show how numbers are rounded
# Few heads change much and most change little: the colours are told apart where most heads are.
STRETCHED = [
    (place, colour) for place, (_, colour) in zip((0, 0.003, 0.02, 0.12, 1), WEIGHTS, strict=True)
]


def next_tokens(effect: Effect, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """The likeliest next tokens, each with its probability before and after, in pairs."""
    labels = [f"{escape(token.visible)}<sub>{rank}</sub>" for rank, token in enumerate(tokens, 1)]
    heights = {"before": effect.probabilities_before, "after": effect.probabilities_after}
    bars = [
        {
            "type": "bar",
            "name": text(f"side.{side}"),
            "x": labels,
            "y": heights[side].astype(np.float32),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": text("ablation_next.hover"),
        }
        for side, colour in _sides(effect)
    ]
    most = np.nanmax([*heights.values()])
    top = next(top for top in (0.1, 0.2, 0.5, 1.0) if most <= top + 1e-9)
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.next")}, "tickangle": -40},
        "yaxis": {"title": {"text": text("axis.probability")}, "range": [0, 1.04 * top]},
        "height": 360,
    }
    return go.Figure({"data": bars, "layout": layout})


def losses(effect: Effect, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """What each token costs before and after, and below by how much that differs."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    bits = {"before": effect.surprisals_before, "after": effect.surprisals_after}
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(labels) <= MOST_MARKERS else "lines",
            "name": text(f"side.{side}"),
            "x": labels,
            "y": bits[side].astype(np.float32),
            "line": {"color": colour},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("ablation_loss.hover"),
        }
        for side, colour in _sides(effect)
    ]
    if effect.is_measured:
        data.append(
            {
                "type": "bar",
                "x": labels,
                "y": effect.changes.astype(np.float32),
                "yaxis": "y2",
                "showlegend": False,
                "marker": {"color": ACCENT, "line": {"width": 0}},
                "hovertemplate": text("ablation_loss.hover_change"),
            }
        )
    layout = {
        "showlegend": bool(labels),
        "legend": LEGEND,
        "xaxis": {
            "title": {"text": text("axis.token")}, "tickangle": -60, "anchor": "y2",
            "visible": bool(labels),
        },
        "yaxis": {
            "title": {"text": text("axis.bits")}, "domain": [0.42, 1], "rangemode": "tozero",
            "visible": bool(labels),
        },
        "yaxis2": {
            "title": {"text": text("axis.change")}, "domain": [0, 0.34],
            "range": _around_zero(effect.changes), "visible": bool(labels),
        },
        "annotations": [] if labels else [_note(text("ablation_loss.nothing"))],
        "height": 460,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def ranking(
    sizes: Float[ndarray, "layer head"],
    ablated: tuple[tuple[int, int], ...],
    rank_by: str,
    text: Text,
) -> go.Figure:
    """What ablating each head alone changes: a row per layer, a column per head."""
    n_layers, n_heads = sizes.shape
    is_known = np.isfinite(sizes).any()
    most = max(float(np.nanmax(np.abs(sizes))) if is_known else 0.0, NOTHING)
    signed = rank_by == "loss"
    heat_map = {
        "type": "heatmap",
        "z": sizes.astype(np.float32),
        "x": np.arange(n_heads),
        "y": np.arange(n_layers),
        "coloraxis": "coloraxis",
        "hoverongaps": False,
        "hovertemplate": text(f"ranking.hover.{rank_by}"),
    }
    layout = {
        "xaxis": {
            "title": {"text": text("choose.head")}, "type": "category", "side": "top",
            "showgrid": False,
        },
        "yaxis": {
            "title": {"text": text("choose.layer")}, "type": "category", "autorange": "reversed",
            "showgrid": False,
        },
        "coloraxis": {
            "cmin": -most if signed else 0,
            "cmax": most,
            "colorscale": SIGNED if signed else STRETCHED,
            "colorbar": {"title": {"text": text("axis.bits")}},
            "showscale": bool(is_known),
        },
        "shapes": [_frame(layer, head) for layer, head in ablated],
        "annotations": [] if is_known else [_note(text("ablation_loss.nothing"))],
        "height": 560,
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def strongest(heads: tuple[Influence, ...], rank_by: str, text: Text) -> go.Figure:
    """The heads whose ablation changes most, with their numbers."""
    sizes = np.array([head.size for head in heads], np.float32)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": sizes,
        "y": [f"L{head.layer}H{head.head}" for head in heads],
        "text": [text(f"strongest.number.{rank_by}", size=head.size) for head in heads],
        "marker": {"color": [ACCENT if size >= 0 else SECOND for size in sizes]},
        "hovertemplate": text("strongest.hover"),
    }
    low, high = sizes.min(initial=0), sizes.max(initial=0)
    room = 0.35 * max(float(high - low), NOTHING)
    layout = {
        "xaxis": {
            "title": {"text": text(f"strongest.axis.{rank_by}")},
            "range": [float(low) - room * (low < 0), float(high) + room],
            "visible": bool(heads),
        },
        "yaxis": {
            "title": {"text": text("axis.head")}, "autorange": "reversed", "showgrid": False,
            "visible": bool(heads),
        },
        "bargap": 0.3,
        "annotations": [] if heads else [_note(text("ablation_loss.nothing"))],
        "height": 560,
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def _sides(effect: Effect) -> tuple[tuple[str, str], ...]:
    return SIDES if effect.is_measured else SIDES[:1]


def _around_zero(changes: Float[ndarray, " target"]) -> list[float]:
    """A range in few steps, so that it seldom jumps; the same for both signs."""
    most = float(np.nanmax(np.abs(changes), initial=0.0, where=np.isfinite(changes)))
    top = next((top for top in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20) if most <= top), most)
    return [-1.08 * top, 1.08 * top]


def _frame(layer: int, head: int) -> dict[str, object]:
    return {
        "type": "rect", "line": {"color": INK},
        "x0": head - 0.5, "x1": head + 0.5, "y0": layer - 0.5, "y1": layer + 0.5,
    }  # fmt: skip


def _note(words: str) -> dict[str, object]:
    return {
        "text": words, "showarrow": False, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper",
    }  # fmt: skip
