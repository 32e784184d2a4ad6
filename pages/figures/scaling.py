"""Figures of the page about the scale: from dot products under three scales to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.scaling import Comparison, Course
from core.tokens import Token
from pages.figures.style import ACCENT, GRID, INK, REMOVED, SECOND, axis_labels
from pages.text import Text

# The paper's scale is what the page is about; none is the comparison; 1/d_head is the mistake.
COLOURS = {"unscaled": SECOND, "by_root": ACCENT, "by_width": REMOVED}
ROOM = 0.45  # powers of ten to the right of the last width, for the names of the lines


def spread(course: Course, d_head: int, text: Text) -> go.Figure:
    """The measured variance of q·k at every width, under each scale, on the lines of the theory."""
    widths = course.widths.astype(np.float64)
    scales = {"unscaled": 1.0, "by_root": widths**-0.5, "by_width": 1 / widths}
    data, names = [], []
    for name, scale in scales.items():
        theory, measured = widths * scale**2, course.variances * scale**2
        data += [
            _line(widths, theory, REMOVED, dash="dot", hoverinfo="skip"),
            {
                "type": "scatter",
                "mode": "markers",
                "name": text(f"scale.{name}"),
                "x": widths.astype(np.float32),
                "y": measured.astype(np.float32),
                "marker": {"color": COLOURS[name], "size": 10},
                "hovertemplate": text("spread.hover"),
            },
        ]
        names.append(_name(widths[-1], theory[-1], text(f"spread.{name}"), COLOURS[name]))
    top = float(np.log10(widths[-1]))
    layout = {
        "xaxis": _width_axis(course, text),
        "yaxis": {**_powers(text("axis.variance")), "range": [-top - 0.3, top + 0.3]},
        "shapes": [_chosen(d_head)],
        "annotations": names,
    }
    return go.Figure({"data": data, "layout": layout})


def saturation(comparison: Comparison, text: Text) -> go.Figure:
    """The first query's weights over all keys, once for each scale, side by side."""
    data, layout = [], {}
    for place, (name, colour) in enumerate(COLOURS.items()):
        number = "" if place == 0 else str(place + 1)  # Plotly counts axes x, x2, x3 …
        weights = getattr(comparison, name).attention_weights[0]
        data.append(
            {
                "type": "bar",
                "x": np.arange(len(weights)),
                "y": weights.astype(np.float32),
                "xaxis": f"x{number}",
                "marker": {"color": colour, "line": {"width": 0}},
                "hovertemplate": text("saturation.hover"),
            }
        )
        layout[f"xaxis{number}"] = {
            "title": {"text": text(f"scale.{name}")},
            "domain": [place / 3, (place + 0.92) / 3],
            "range": [-0.6, len(weights) - 0.4],
            "showgrid": False,
        }
    layout["yaxis"] = {"title": {"text": text("axis.weight")}, "range": [0, 1.03]}
    return go.Figure({"data": data, "layout": layout | {"bargap": 0.15, "height": 340}})


def gradient(course: Course, d_head: int, text: Text) -> go.Figure:
    """The size of the softmax's gradient at every width, with the scale and without it."""
    widths, data, names, lowest = course.widths.astype(np.float64), [], [], 1.0
    for name in ("by_root", "unscaled"):
        gradients = getattr(course, name)
        for kind, dash in (("means", "solid"), ("medians", "dot")):
            # What float64 cannot tell from nothing has no place on a logarithmic axis.
            sizes = np.maximum(getattr(gradients, kind), 1e-16)
            label = text(f"gradient.{name}.{kind}")
            data.append(
                _line(widths, sizes, COLOURS[name], dash=dash, name=label, mode="lines+markers")
                | {"hovertemplate": text("gradient.hover")}
            )
            lowest = min(lowest, float(sizes.min()))
            if (name, kind) != ("by_root", "medians"):  # it lies on the means
                names.append(_name(widths[-1], sizes[-1], label, COLOURS[name]))
    names[0]["text"] = text("gradient.by_root.both")
    layout = {
        "xaxis": _width_axis(course, text),
        "yaxis": {
            **_powers(text("axis.gradient")),
            "range": [float(np.floor(np.log10(lowest))) - 0.2, 0.2],
            "dtick": 1 if lowest > 1e-6 else 3,
        },
        "shapes": [_chosen(d_head)],
        "annotations": names,
    }
    return go.Figure({"data": data, "layout": layout})


def real(comparison: Comparison, tokens: tuple[Token, ...], row: int, text: Text) -> go.Figure:
    """One real query's weights over the keys that it sees, under the three scales."""
    labels = axis_labels([token.visible for token in tokens[: row + 1]])
    data = [
        {
            "type": "bar",
            "name": text(f"real.{name}"),
            "x": labels,
            "y": getattr(comparison, name).attention_weights[row, : row + 1].astype(np.float32),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": text("real.hover"),
        }
        for name, colour in COLOURS.items()
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.3,
        "bargroupgap": 0,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.key")}, "tickangle": -60, "showgrid": False},
        "yaxis": {"title": {"text": text("axis.weight")}, "range": [0, 1.03]},
    }
    return go.Figure({"data": data, "layout": layout})


def _line(
    x: Float[ndarray, " step"],
    y: Float[ndarray, " step"],
    colour: str,
    *,
    dash: str,
    **more: str,
) -> dict[str, object]:
    line = {"type": "scatter", "mode": "lines", "x": x.astype(np.float32), "y": y}
    return line | {"line": {"color": colour, "dash": dash}} | more


def _width_axis(course: Course, text: Text) -> dict[str, object]:
    first, last = np.log10(course.widths[[0, -1]])
    return {
        "title": {"text": text("axis.width")},
        "type": "log",
        "range": [float(first) - 0.1, float(last) + ROOM],
        "tickvals": course.widths,
        "ticktext": [str(width) for width in course.widths],
        "zeroline": False,
    }


def _powers(title: str) -> dict[str, object]:
    return {
        "title": {"text": title},
        "type": "log",
        "dtick": 1,
        "exponentformat": "power",
        "zeroline": False,
    }


def _chosen(d_head: int) -> dict[str, object]:
    """The chosen width, as a line from bottom to top."""
    return {
        "type": "line",
        "x0": d_head,
        "x1": d_head,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": GRID, "width": 8},
        "layer": "below",
    }


def _name(x: float, y: float, words: str, colour: str) -> dict[str, object]:
    """A line's name at its end; on logarithmic axes Plotly counts a note's place in powers."""
    return {
        "x": float(np.log10(x)),
        "y": float(np.log10(y)),
        "text": words,
        "xanchor": "left",
        "xshift": 10,
        "align": "left",
        "showarrow": False,
        "font": {"color": INK if colour == REMOVED else colour},  # grey is too pale to read
    }
