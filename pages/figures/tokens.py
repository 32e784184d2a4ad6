"""The figure of the tokens page: the pieces of the text."""

import plotly.graph_objects as go

from core.tokens import Token
from pages.figures.style import ACCENT, INK, SECOND, axis_labels
from pages.text import Text


def pieces(tokens: tuple[Token, ...], chosen: int, text: Text) -> go.Figure:
    """How many bytes each token holds; parts of characters in another colour."""
    colours = [ACCENT if token.is_whole else SECOND for token in tokens]
    edges = [4 if place == chosen else 0 for place in range(len(tokens))]
    bars = go.Bar(
        x=axis_labels([token.visible for token in tokens]),
        y=[len(token.bytes) for token in tokens],
        marker={"color": colours, "line": {"color": INK, "width": edges}},
        text=[str(token.id) for token in tokens] if len(tokens) <= 40 else None,
        customdata=[[token.id, token.bytes.hex(" ").upper()] for token in tokens],
        hovertemplate=text("pieces.hover"),
    )
    return go.Figure(bars).update_layout(
        xaxis={"title": text("axis.token"), "tickangle": -60},
        yaxis={"title": text("axis.bytes"), "rangemode": "tozero"},
    )
