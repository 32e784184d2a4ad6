"""The figure of lines: queries on the left, keys on the right, a colour for each head."""

from collections.abc import Collection

import numpy as np
import plotly.graph_objects as go

from core.lines import HeadLines
from core.tokens import Token
from pages.figures.style import INK, MANY, escape
from pages.text import Text

STRENGTHS = ((0.05, 0.2, 1), (0.15, 0.4, 1.5), (0.35, 0.65, 2.5), (0.65, 1.0, 4))
IN_SIGHT = 26  # tokens at first; the others are a drag away
ROW = 20  # pixels


def lines(
    found: list[HeadLines],
    shown: Collection[int],
    tokens: tuple[Token, ...],
    query: int,
    text: Text,
) -> go.Figure:
    """The heads' lines, in four strengths; a head that is not shown waits in the legend."""
    n = len(tokens)
    words = [f"{escape(token.visible)}<sub>{place}</sub>" for place, token in enumerate(tokens)]
    in_sight = min(n, IN_SIGHT)
    first = max(0, min(query - in_sight // 2, n - in_sight))
    # Of a long text, the lines of all its tokens would hide those that are in sight.
    near = [head.starting_in(first, first + in_sight) for head in found]
    data = [trace for head in near for trace in traces(head, head.head in shown, text)]
    for x, position in ((-0.01, "middle left"), (1.01, "middle right")):
        data.append(
            {
                "type": "scatter",
                "mode": "text",
                "x": np.full(n, x, np.float32),
                "y": np.arange(n, dtype=np.float32),
                "text": words,
                "textposition": position,
                "textfont": {"color": INK},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    layout = {
        "height": max(320, in_sight * ROW + 110),
        "dragmode": "pan",
        "xaxis": {
            "range": [-0.35, 1.35],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "side": "top",
            "tickvals": [0, 1],
            "ticktext": [text("axis.query"), text("axis.key")],
        },
        "yaxis": {
            "range": [first + in_sight - 0.4, first - 0.6],
            "showgrid": False,
            "zeroline": False,
            "showticklabels": False,
        },
        "showlegend": True,
        "legend": {
            "title": {"text": text("lines.legend")},
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "top",
            "itemwidth": 30,
        },
        "hovermode": "closest",
    }
    return go.Figure({"data": data, "layout": layout})


def traces(found: HeadLines, is_shown: bool, text: Text) -> list[dict]:
    """One trace for each strength: Plotly knows one width for the lines of a trace."""
    made = []
    limits = [least for least, *_ in STRENGTHS[1:]] + [np.inf]
    for (least, opacity, width), below in zip(STRENGTHS, limits, strict=True):
        here = (found.weights >= least) & (found.weights < below)
        made.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": joined(np.zeros(here.sum()), np.ones(here.sum())),
                "y": joined(found.queries[here], found.keys[here]),
                "customdata": numbers(found, here),
                "meta": [text(f"axis.{name}") for name in ("head", "query", "key", "weight")],
                "name": text("lines.head", head=found.head),
                "legendgroup": str(found.head),
                "showlegend": least == STRENGTHS[-1][0],
                "visible": True if is_shown else "legendonly",
                "opacity": opacity,
                "line": {"width": width, "color": MANY[found.head % len(MANY)]},
                "hovertemplate": text("lines.hover"),
            }
        )
    return made


def joined(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Ends of lines one after the other, with a gap after each."""
    gaps = np.full(len(starts), np.nan)
    return np.stack([starts, ends, gaps], axis=-1).ravel().astype(np.float32)


def numbers(found: HeadLines, here: np.ndarray) -> np.ndarray:
    """Head, query, key and weight, for each end of each line."""
    columns = [np.full(here.sum(), found.head), found.queries[here], found.keys[here]]
    rows = np.stack([*columns, found.weights[here]], axis=-1).astype(np.float32)
    return rows.repeat(3, axis=0)
