"""Figures of the attention page: from a head's weights and the words to Plotly."""

import numpy as np
import plotly.graph_objects as go

from core.attention import Carried, HeadAttention
from core.tokens import Token
from pages.figures.style import ACCENT, COMPACT, REMOVED, WEIGHTS, axis_labels
from pages.text import Text


def weights(attention: HeadAttention, tokens: tuple[Token, ...], row: int, text: Text) -> go.Figure:
    """Where each token looks: one row per query, one column per key, the masked part blank."""
    labels = axis_labels([token.visible for token in tokens])
    heat_map = go.Heatmap(
        z=attention.visible_weights.astype(np.float32),
        x=labels,
        y=labels,
        meta=COMPACT,
        coloraxis="coloraxis",
        hoverongaps=False,
        hovertemplate=text("weights.hover"),
    )
    figure = go.Figure(heat_map).update_layout(
        xaxis={"title": text("axis.key"), "side": "top", "tickangle": -60, "showgrid": False},
        yaxis={"title": text("axis.query"), "autorange": "reversed", "showgrid": False},
        coloraxis={
            "cmin": 0,
            "cmax": 1,
            "colorscale": WEIGHTS,
            "colorbar": {"title": text("axis.weight")},
        },
    )
    # The chosen row is framed; category axes count their categories from 0.
    return figure.add_shape(
        type="rect", x0=-0.5, x1=row + 0.5, y0=row - 0.5, y1=row + 0.5, line={"color": ACCENT}
    )


def row(attention: HeadAttention, tokens: tuple[Token, ...], query: int, text: Text) -> go.Figure:
    """One query's weights over the keys it may look at."""
    seen = slice(query + 1)
    bars = go.Bar(
        x=axis_labels([token.visible for token in tokens[seen]]),
        y=attention.attention_weights[query, seen].astype(np.float32),
        marker={"color": ACCENT},
        hovertemplate=text("row.hover"),
    )
    return go.Figure(bars).update_layout(
        xaxis={"title": text("axis.key"), "tickangle": -60},
        yaxis={"title": text("axis.weight"), "range": [0, 1.05]},
    )


def lengths(carried: Carried, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """How long each key's value is, in the head and once it is in the residual stream."""
    labels = axis_labels([token.visible for token in tokens])
    bars = [
        {
            "type": "bar",
            "x": labels,
            "y": lengths.astype(np.float32),
            "name": text(f"lengths.{name}"),
            "marker": {"color": colour},
            "hovertemplate": text("lengths.hover", what=text(f"lengths.{name}")),
        }
        for name, lengths, colour in (
            ("value", carried.value_norms, REMOVED),
            ("output", carried.output_norms, ACCENT),
        )
    ]
    layout = {
        "xaxis": {"title": text("axis.key"), "tickangle": -60},
        "yaxis": {"title": text("axis.length"), "rangemode": "tozero"},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    return go.Figure({"data": bars, "layout": layout})
