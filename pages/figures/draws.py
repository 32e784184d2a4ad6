"""Figures of the draws page: counts over what was expected, and how one number picks a token."""

import numpy as np
import plotly.graph_objects as go

from core.draws import Draws
from core.tokens import Token
from pages.figures import reel
from pages.figures.style import ACCENT, GRID, INK, REMOVED, SECOND, escape
from pages.text import Text

LONGEST = 12  # characters of a token under its bar
PLAYING = 900  # milliseconds a draw


def labels_of(shown: tuple[Token, ...], has_others: bool, text: Text) -> list[str]:
    """The tokens by their rank among those that can be drawn; the others together."""
    names = [token.visible for token in shown]
    short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]
    labels = [f"{escape(name)}<sub>{rank}</sub>" for rank, name in enumerate(short, 1)]
    return [*labels, text("drawn.others")] if has_others else labels


def drawn(draws: Draws, shown: tuple[Token, ...], text: Text) -> go.Figure:
    """How often each token came, over how often it was to be expected."""
    n = len(shown)
    has_others = n < len(draws.ids)
    labels = labels_of(shown, has_others, text)
    counts, expected = draws.counts[:n], draws.expected[:n]
    probabilities = draws.probabilities[:n]
    if has_others:
        rest = draws.probabilities[n:].sum()
        counts = np.append(counts, draws.counts[n:].sum())
        expected = np.append(expected, draws.expected[n:].sum())
        probabilities = np.append(probabilities, rest)
    scatter = np.sqrt(expected * np.clip(1 - probabilities, 0, 1))
    off = (counts - expected) / np.where(scatter > 0, scatter, 1)
    told = [
        [label, f"{e:.1f} ± {s:.1f}", f"{count:,}", f"{z:+.1f}"]
        for label, e, s, count, z in zip(labels, expected, scatter, counts, off, strict=True)
    ]
    columns = [text(f"drawn.{name}") for name in ("token", "expected", "came", "off")]
    data = [
        {
            "type": "bar",
            "name": text("drawn.expected"),
            "x": labels,
            "y": expected.astype(np.float32),
            "marker": {"color": GRID, "line": {"color": REMOVED, "width": 1}},
            "error_y": {"type": "data", "array": scatter.astype(np.float32), "color": INK,
                        "thickness": 1.5, "width": 6},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "name": text("drawn.came"),
            "x": labels,
            "y": counts.astype(np.float32),
            "mode": "markers",
            "marker": {"color": SECOND, "size": 11},
            "customdata": told,
            "meta": columns,
            "hovertemplate": text("drawn.hover"),
        },
    ]  # fmt: skip
    most = float(max(counts.max(), (expected + scatter).max()))
    layout = {
        "height": 380,
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "xaxis": {"title": {"text": text("axis.token")}, "categoryorder": "array",
                  "categoryarray": labels, "tickangle": -40},
        "yaxis": {"title": {"text": text("axis.count")}, "range": [0, 1.1 * most]},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def staircase(
    draws: Draws, shown: tuple[Token, ...], names: list[str], step: int, text: Text
) -> go.Figure:
    """The cumulated probabilities as stairs; u comes from the left and falls on its token.

    `names` are the tokens of the first draws, one after the other: a frame each.
    """
    n = len(shown)
    labels = labels_of(shown, n < len(draws.ids), text)
    ends = np.append(draws.cumulated[:n], [1.0] if n < len(draws.ids) else [])
    starts = np.concatenate([[0.0], ends[:-1]])
    frames = []
    for place, name in enumerate(names):
        u, hit = float(draws.uniforms[place]), min(int(draws.places[place]), len(labels) - 1)
        told = text("staircase.told", u=u, token=escape(name))
        frames.append(reel.frame(place, [1, 2], [
            {"type": "scatter", "x": [-0.5, hit, hit], "y": [u, u, -0.02]},
            {"type": "scatter", "text": [told]},
        ]))  # fmt: skip
    x = np.arange(len(labels), dtype=np.float32)
    data = [
        {
            "type": "bar",
            "x": x,
            "y": (ends - starts).astype(np.float32),
            "base": starts.tolist(),
            "width": 0.96,
            "marker": {"color": ACCENT},
            "customdata": [
                [label, f"{low:.4f}", f"{high:.4f}"]
                for label, low, high in zip(labels, starts, ends, strict=True)
            ],
            "meta": [text("axis.token"), text("staircase.from"), text("staircase.to")],
            "hovertemplate": text("staircase.hover"),
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "line": {"color": SECOND},
            "marker": {"color": SECOND, "size": [12, 0, 14], "opacity": 1,
                       "symbol": ["circle", "circle", "triangle-down"]},
            "cliponaxis": False,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": [0.6 * len(labels) - 0.5],  # below the stairs, where nothing else is
            "y": [0.2],
            "mode": "text",
            "textfont": {"color": INK},
            "cliponaxis": False,
            "hoverinfo": "skip",
        },
    ]  # fmt: skip
    for trace, brought in zip((1, 2), frames[step]["data"], strict=True):
        data[trace] |= brought
    layout = {
        "height": 440,
        "xaxis": {"title": {"text": text("axis.token")}, "tickvals": x, "ticktext": labels,
                  "tickangle": -40, "range": [-0.5, len(labels) - 0.5], "showgrid": False,
                  "zeroline": False},
        "yaxis": {"title": {"text": text("axis.cumulated")}, "range": [-0.03, 1.06],
                  "tickvals": [0, 0.25, 0.5, 0.75, 1]},
    }  # fmt: skip
    if len(names) < 2:
        return go.Figure({"data": data, "layout": layout})
    stops = [str(place) for place in range(1, len(names) + 1)]
    layout |= reel.controls(stops, step, text("staircase.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})
