"""Figures of the page on interpolation in the real network: runs and words become Plotly."""

import numpy as np
import plotly.graph_objects as go

from core.switched import Change, Costs
from core.tokens import Token
from pages.figures.style import ACCENT, COMPACT, INK, REMOVED, SECOND, WEIGHTS, axis_labels
from pages.text import Text

LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
MOST_MARKERS = 64
CHANGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)  # bits, likewise
STEPS = (2, 5, 10, 15, 20, 30, 50)  # bits at the top of an axis, so that it seldom jumps


def maps(change: Change, tokens: tuple[Token, ...], method: str, text: Text) -> go.Figure:
    """One head's weights as trained and with a method, side by side on the same colours."""
    labels = axis_labels([token.visible for token in tokens])
    sides = [("before", change.before, text("side.before"))]
    if change.is_measured:
        sides.append(("after", change.after, text("side.after", method=method)))
    across = {"tickangle": -60, "showgrid": False, "title": {"text": text("axis.key")}}
    down = {"autorange": "reversed", "showgrid": False}
    layout = {
        "xaxis": across | {"domain": [0, 0.48]},
        "yaxis": down | {"title": {"text": text("axis.query")}},
        "xaxis2": across | {"domain": [0.52, 1], "matches": "x", "visible": change.is_measured},
        "yaxis2": down
        | {"anchor": "x2", "matches": "y", "showticklabels": False, "ticks": ""}
        | {"visible": change.is_measured},
        "coloraxis": {
            "cmin": 0,
            "cmax": 1,
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.weight")}},
        },
        "annotations": [
            _note(words, 0.24 + 0.52 * place, 1.01, "bottom")
            for place, (_, _, words) in enumerate(sides)
        ],
        "margin": {"t": 40},
        "height": 460,
    }
    if not change.is_measured:
        layout["annotations"].append(_note(text("switched_maps.nothing"), 0.76, 0.5, "middle"))
    data = [
        {
            "type": "heatmap",
            "name": words,
            "z": side.attention_weights.astype(np.float32),
            "x": labels,
            "y": labels,
            "xaxis": "x" if name == "before" else "x2",
            "yaxis": "y" if name == "before" else "y2",
            "meta": COMPACT,
            "coloraxis": "coloraxis",
            "hoverongaps": False,
            "hovertemplate": text("switched_maps.hover"),
        }
        for name, side, words in sides
    ]
    return go.Figure({"data": data, "layout": layout})


def losses(change: Change, tokens: tuple[Token, ...], method: str, text: Text) -> go.Figure:
    """What each token costs, as trained and with a method."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    sides = [(change.before, SECOND, text("side.before"))]
    if change.is_measured:
        sides.append((change.after, ACCENT, text("side.after", method=method)))
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(labels) <= MOST_MARKERS else "lines",
            "name": words,
            "x": labels,
            "y": side.surprisals.astype(np.float32),
            "line": {"color": colour},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("switched_loss.hover"),
        }
        for side, colour, words in sides
    ]
    most = max((float(side.surprisals.max()) for side, _, _ in sides if labels), default=1.0)
    layout = {
        "showlegend": bool(labels),
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.token")}, "tickangle": -60, "visible": bool(labels)},
        "yaxis": {
            "title": {"text": text("axis.bits")},
            "range": [0, _top(most)],
            "visible": bool(labels),
        },
        "annotations": [] if labels else [_note(text("nothing"), 0.5, 0.5, "middle")],
        "height": 360,
    }
    return go.Figure({"data": data, "layout": layout})


def costs(costs: Costs, names: list[str], chosen: str, text: Text) -> go.Figure:
    """By how much every method makes a token dearer or cheaper, with its mean bits."""
    means, changes = costs.means, costs.changes.astype(np.float32)
    is_known = bool(np.isfinite(means).all())
    most = float(np.abs(changes).max()) if is_known else 0.0
    low = float(changes.min()) if is_known else 0.0
    top = next((step for step in CHANGES if most <= step), most)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": changes,
        "y": names,
        "customdata": means.astype(np.float32),
        "text": [
            text("switched_methods.number", mean=mean, change=change).replace("-", "−")
            for mean, change in zip(means, changes, strict=True)
        ],
        "marker": {
            "color": [ACCENT if name == chosen else REMOVED for name in costs.methods],
            "line": {"width": 0},
        },
        "hovertemplate": text("switched_methods.hover"),
    }
    layout = {
        "xaxis": {
            "title": {"text": text("axis.change")},
            "range": [min(0.0, low) - 0.6 * top, 1.5 * top],  # with room for the numbers
            "visible": is_known,
        },
        "yaxis": {"autorange": "reversed", "showgrid": False, "visible": is_known},
        "bargap": 0.3,
        "annotations": [] if is_known else [_note(text("nothing"), 0.5, 0.5, "middle")],
        "height": 360,
    }
    return go.Figure({"data": [bars] if is_known else [], "layout": layout})


def in_words(costs: Costs, text: Text) -> str:
    """The methods from the cheapest to the dearest, with their bits."""
    if not np.isfinite(costs.means).all():
        return text("nothing")
    bits = dict(zip(costs.methods, costs.means, strict=True))
    return " · ".join(
        text("order.one", method=text(f"method.{name}"), bits=bits[name]) for name in costs.ranking
    )


def _top(most: float) -> float:
    return 1.04 * next((step for step in STEPS if most <= step), most)


def _note(words: str, x: float, y: float, yanchor: str) -> dict[str, object]:
    return {
        "text": words, "showarrow": False, "x": x, "y": y, "xref": "paper", "yref": "paper",
        "xanchor": "center", "yanchor": yanchor, "font": {"color": INK},
    }  # fmt: skip
