"""The figure of the surprisal page: bits along the text."""

import numpy as np
import plotly.graph_objects as go

from core.surprisal import Course
from core.tokens import Token
from pages.figures.style import ACCENT, SECOND, axis_labels
from pages.text import Text


def bits(course: Course, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """What each token cost, and the mean so far, which becomes the cross-entropy."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    figure = go.Figure()
    figure.add_bar(
        name=text("bits.each"),
        x=labels,
        y=course.surprisals.astype(np.float32),
        marker={"color": ACCENT},
        hovertemplate=text("bits.hover"),
    )
    figure.add_scatter(
        name=text("bits.mean"),
        x=labels,
        y=course.running_mean.astype(np.float32),
        mode="lines+markers" if len(labels) <= 64 else "lines",
        line={"color": SECOND},
        marker={"color": SECOND, "size": 6},
        hovertemplate=text("bits.hover"),
    )
    return figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": text("axis.token"), "tickangle": -60},
        yaxis={"title": text("axis.bits"), "rangemode": "tozero"},
    )
