"""Figures of attention while writing: one step after the other, then all of them as a map."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.decoding import PARTS, Trace
from pages.figures import reel
from pages.figures.style import (
    ACCENT,
    COMPACT,
    GRID,
    INK,
    PAPER,
    REMOVED,
    SECOND,
    WEIGHTS,
    axis_labels,
    escape,
)
from pages.text import Text

COLOURS = dict(zip(PARTS, (REMOVED, ACCENT, SECOND), strict=True))
LONGEST = 12  # characters of a candidate; the whole token is told under the pointer
CROWDED = 150  # tokens side by side
PLAYING = 700  # milliseconds a step
LEFT, RIGHT = [0, 0.62], [0.79, 1]  # the two panels; the candidates' names stand in between


def writing(found: Trace, step: int, text: Text) -> go.Figure:
    """Where the network looks at a step, and what it then chooses from; all steps as frames.

    What does not change is in the figure alone, so that a frame is small.
    """
    labels = labels_of(found)
    frames = [
        reel.frame(one, [0, 1, 2, 3, 4], changing(found, labels, one, row))
        for one, row in enumerate(found.attention_weights.astype(np.float32))
    ]
    data = [
        lasting | now
        for lasting, now in zip(lasting_parts(found, labels, text), frames[step]["data"],
                                strict=True)
    ]  # fmt: skip
    layout = {
        "height": 480,
        "barmode": "overlay",
        "bargap": 0.2 if len(labels) <= CROWDED else 0,
        "showlegend": True,
        "legend": {"orientation": "h", "x": LEFT[1], "xanchor": "right", "y": 1, "yanchor": "top"},
        "xaxis": {
            "title": {"text": text("axis.key")},
            "domain": LEFT,
            "tickangle": -60,
            "categoryorder": "array",
            "categoryarray": labels,
            "range": [-0.7, len(labels) - 0.3],
            "showgrid": False,
        },
        "yaxis": {"title": {"text": text("axis.weight")}, "range": [-0.06, 1.3],
                  "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        "xaxis2": {
            "title": {"text": text("axis.probability")},
            "domain": RIGHT,
            "anchor": "y2",
            "range": [0, 1.3],
            "tickvals": [0, 0.5, 1],
        },
        "yaxis2": {
            "anchor": "x2",
            "range": [found.candidates.shape[1] - 0.4, -0.6],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
        },
    }  # fmt: skip
    if found.n_written < 2:
        return go.Figure({"data": data, "layout": layout})
    names = labels[found.n_given :]
    layout |= reel.controls(names, step, text("writing.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def labels_of(found: Trace) -> list[str]:
    """The tokens of the text with all that was written."""
    return axis_labels([token.visible for token in found.forward.tokens])


def lasting_parts(found: Trace, labels: list[str], text: Text) -> list[dict]:
    """The traces, without what each step brings."""
    ranks = np.arange(found.candidates.shape[1])
    outline = 0 if len(labels) <= CROWDED else 1  # a bar thinner than a pixel is not seen
    parts = {"given": labels[: found.n_given], "written": labels[found.n_given :]}
    return [
        {
            "x": part,
            "name": text(f"writing.{name}"),
            "marker": {"color": COLOURS[name], "line": {"color": COLOURS[name], "width": outline}},
            "hovertemplate": text("writing.hover"),
            "showlegend": bool(part),
        }
        for name, part in parts.items()
    ] + [
        {
            "name": text("writing.query"),
            "y": [-0.03],
            "mode": "markers",
            "marker": {"color": INK, "symbol": "triangle-up", "size": 11},
            "hoverinfo": "skip",
        },
        {
            "y": ranks,
            "xaxis": "x2",
            "yaxis": "y2",
            "orientation": "h",
            "width": 0.8,
            "marker": {"color": [SECOND] + [REMOVED] * (len(ranks) - 1)},
            "texttemplate": "%{x:.3f}",
            "constraintext": "none",
            "meta": [text("axis.candidate"), text("axis.probability")],
            "hovertemplate": text("writing.candidate"),
            "showlegend": False,
        },
        {
            "x": np.zeros(len(ranks), np.float32),
            "y": ranks,
            "xaxis": "x2",
            "yaxis": "y2",
            "mode": "text",
            "textposition": "middle left",
            "cliponaxis": False,
            "hoverinfo": "skip",
            "showlegend": False,
        },
    ]


def changing(
    found: Trace, labels: list[str], step: int, weights: Float[ndarray, " key"]
) -> list[dict]:
    """What a step brings to each of the traces."""
    names = [found.forward.token(int(number)).visible for number in found.candidates[step]]
    probabilities = found.probabilities[step].astype(np.float32)
    return [
        {"type": "bar", "y": weights[: found.n_given]},
        {"type": "bar", "y": weights[found.n_given :]},
        {"type": "scatter", "x": [labels[found.query_of(step)]]},
        {
            "type": "bar",
            "x": probabilities,
            "customdata": [[escape(name), f"{p:.6f}"] for name, p in zip(names, probabilities,
                                                                        strict=True)],
        },
        {"type": "scatter", "text": [f"{escape(cut(name))} " for name in names]},
    ]  # fmt: skip


def cut(name: str) -> str:
    """A name that fits between the panels."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def written_map(found: Trace, step: int, text: Text) -> go.Figure:
    """All rows at once; lines part what was written from what was given."""
    labels = labels_of(found)
    heat_map = {
        "type": "heatmap",
        "z": found.looks.visible_weights.astype(np.float32),
        "x": labels,
        "y": labels,
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hoverongaps": False,
        "hovertemplate": text("written_map.hover"),
    }
    border, end, row = found.n_given - 0.5, len(labels) - 0.5, found.query_of(step)
    frame = {"x0": -0.5, "x1": row + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    lines = [
        {"x0": -0.5, "x1": border, "y0": border, "y1": border},
        {"x0": border, "x1": border, "y0": border, "y1": end},
    ]
    layout = {
        "height": 520,
        "xaxis": {"title": {"text": text("axis.key")}, "side": "top", "tickangle": -60,
                  "showgrid": False},
        "yaxis": {"title": {"text": text("axis.query")}, "autorange": "reversed",
                  "showgrid": False},
        "coloraxis": {
            "colorscale": WEIGHTS,
            "cmin": 0,
            "cmax": 1,
            "colorbar": {"title": {"text": text("axis.weight")}},
        },
        # Category axes count their categories from 0.
        "shapes": [{"type": "rect", "line": {"color": ACCENT}} | frame]
        + [
            {"type": "line", "line": {"color": SECOND, "width": 2}} | line
            for line in lines
            if found.n_written
        ],
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def written_shares(found: Trace, step: int, text: Text) -> go.Figure:
    """Where the weights of each step go: three parts that add up to 1."""
    labels = labels_of(found)[found.n_given :] or [text("writing.next")]
    bars = [
        {
            "type": "bar",
            "x": labels,
            "y": share.astype(np.float32),
            "name": text(f"part.{part}"),
            "marker": {"color": COLOURS[part]},
            "hovertemplate": text("written_shares.hover", part=text(f"part.{part}")),
        }
        for part, share in zip(PARTS, found.shares.T, strict=True)
    ]
    pointer = {
        "x": step,
        "y": 0,
        "yref": "paper",
        "text": "▲",
        "showarrow": False,
        "yanchor": "top",
        "font": {"color": INK},
    }
    layout = {
        "height": 340,
        "barmode": "stack",
        "bargap": 0.08,
        "xaxis": {"title": {"text": text("axis.written")}, "tickangle": -60, "ticklen": 14,
                  "tickcolor": PAPER, "range": [-0.5, len(labels) - 0.5]},
        "yaxis": {"title": {"text": text("axis.share")}, "range": [0, 1], "gridcolor": GRID},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom",
                   "traceorder": "normal"},
        "annotations": [pointer],
    }  # fmt: skip
    return go.Figure({"data": bars, "layout": layout})
