"""Figures of long texts: losses along a text, and where a hidden answer is found."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.long_context import Curves, Sides
from core.model.switch import Needles
from pages.figures.style import COMPACT, INK, MANY, WEIGHTS
from pages.text import Text

SETTLED = 64  # tokens, from which on a perplexity is shown whole


def losses(found: Curves, names: Sequence[str], trained: int, text: Text) -> go.Figure:
    """Mean bits along the text, a line for each encoding, with the end of the trained length."""
    figure = curves(found, names, trained, text)
    highest = 1.05 * float(found.values.max())
    figure["layout"]["yaxis"] = {"title": text("axis.bits"), "range": [0, highest]}
    return go.Figure(figure)


def perplexity(found: Curves, names: Sequence[str], trained: int, text: Text) -> go.Figure:
    """Perplexity of the text up to each length, on logarithmic axes."""
    figure = curves(found, names, trained, text)
    # The first tokens, which nothing could foretell, would take most of the axis.
    settled = found.values[:, found.positions >= min(SETTLED, found.positions[-1])]
    figure["layout"]["yaxis"] = {
        "title": text("axis.perplexity"),
        "nticks": 6,
        "type": "log",
        "range": [np.log10(0.8 * settled.min()), np.log10(1.25 * settled.max())],
    }
    return go.Figure(figure)


def curves(found: Curves, names: Sequence[str], trained: int, text: Text) -> dict:
    """A line for each encoding, its name at its end."""
    data = [
        {
            "type": "scatter",
            "mode": "lines" if len(found.positions) > 1 else "markers",
            "x": found.positions.astype(np.float32),
            "y": values.astype(np.float32),
            "name": name,
            "line": {"color": MANY[place % len(MANY)]},
            "hovertemplate": text("curve.hover", name=name),
        }
        for place, (name, values) in enumerate(zip(names, found.values, strict=True))
    ]
    last = float(found.positions[-1])
    layout = {
        "xaxis": {"title": text("axis.position"), "range": [0, max(last, 1) * 1.02]},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"t": 40},
    }
    if trained <= last:
        layout["shapes"] = [
            {
                "type": "line",
                "x0": trained,
                "x1": trained,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": INK, "width": 2, "dash": "dot"},
            }
        ]
        layout["annotations"] = [
            {
                "text": text("curve.trained", trained=trained),
                "x": trained,
                "y": 1,
                "yref": "paper",
                "xanchor": "right",
                "yanchor": "top",
                "xshift": -6,
                "showarrow": False,
            }
        ]
    return {"data": data, "layout": layout}


def table(found: Sides, names: Sequence[str], text: Text) -> str:
    """Mean bits on either side of the trained length, as a table in Markdown."""
    head = " | ".join(text(f"table.{part}") for part in ("method", "inside", "beyond"))
    lines = [f"| {head} |", "|---|---:|---:|"]
    for name, inside, beyond in zip(names, found.inside, found.beyond, strict=True):
        lines.append(f"| {name} | {inside:.2f} | {beyond:.2f} |")
    return "\n".join(lines)


def needles(probabilities: np.ndarray, asked: Needles, text: Text) -> go.Figure:
    """How probable the right answer is, by the depth where it was hidden and the text's length."""
    heat_map = {
        "type": "heatmap",
        "z": probabilities.astype(np.float32),
        "x": [f"{length:,}" for length in asked.lengths],
        "y": [f"{depth:.0%}" for depth in asked.depths],
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "xgap": 2,
        "ygap": 2,
        "text": [[f"{value:.2f}" for value in row] for row in probabilities],
        "texttemplate": "%{text}",
        "hovertemplate": text("needles.hover"),
    }
    layout = {
        "xaxis": {"title": text("axis.length"), "type": "category", "showgrid": False},
        "yaxis": {
            "title": text("axis.depth"),
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
        },
        "coloraxis": {
            "cmin": 0,
            "cmax": 1,
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.probability")}},
        },
    }
    return go.Figure({"data": [heat_map], "layout": layout})
