"""Figures of the page on absolute positions: a table, its dot products, and a shuffled text."""

import numpy as np
import plotly.graph_objects as go

from core.absolute import ROUNDING, Shuffled, Table
from core.tokens import Token
from pages.figures.style import ACCENT, COMPACT, SIGNED, WEIGHTS, axis_labels
from pages.text import Text

MOST_WORDS = 16  # of the shuffled text, for its reading
DOMAINS = (0.0, 0.26), (0.39, 0.65), (0.74, 1.0)  # of panels; the second has its own token names


def sinusoidal(found: Table, text: Text) -> go.Figure:
    """The table itself: a row for each position, a column for each dimension."""
    heat_map = {
        "type": "heatmap",
        "z": found.positions.astype(np.float32),
        "x": np.arange(found.positions.shape[1]),
        "y": np.arange(found.positions.shape[0]),
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": text("sinusoidal.hover"),
    }
    layout = {
        "xaxis": {"title": {"text": text("axis.dimension")}, "showgrid": False, "zeroline": False},
        "yaxis": {
            "title": {"text": text("axis.position")}, "autorange": "reversed", "showgrid": False,
            "zeroline": False,
        },
        "coloraxis": {
            "cmin": -1, "cmax": 1, "colorscale": SIGNED,
            "colorbar": {"title": {"text": text("axis.value")}},
        },
        "height": 440,
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def products(found: Table, text: Text) -> go.Figure:
    """Left: the dot product of any two rows. Right: what is left of it at each distance."""
    most = float(found.means[0])
    distances = np.arange(len(found.means))
    data = [
        {
            "type": "heatmap",
            "z": found.products.astype(np.float32),
            "x": distances,
            "y": distances,
            "meta": COMPACT,
            "coloraxis": "coloraxis",
            "hovertemplate": text("sinusoidal_products.hover"),
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": distances,
            "y": found.means.astype(np.float32),
            "customdata": found.spreads,
            "xaxis": "x2",
            "yaxis": "y2",
            "line": {"color": ACCENT},
            "hovertemplate": text("sinusoidal_products.hover_distance"),
        },
    ]
    low = min(0.0, float(found.means.min()))
    layout = {
        "xaxis": {
            "title": {"text": text("axis.n")}, "domain": [0, 0.42], "showgrid": False,
            "zeroline": False, "constrain": "domain",
        },
        "yaxis": {
            "title": {"text": text("axis.m")}, "autorange": "reversed", "showgrid": False,
            "zeroline": False,
        },
        "xaxis2": {
            "title": {"text": text("axis.distance")}, "domain": [0.62, 1], "anchor": "y2",
            "range": [0, max(1, len(distances) - 1)], "zeroline": False,
        },
        "yaxis2": {
            "title": {"text": text("axis.product")}, "anchor": "x2",
            "range": [1.1 * low, 1.05 * most],
        },
        "coloraxis": {
            "cmin": -most, "cmax": most, "colorscale": SIGNED,
            "colorbar": {"title": {"text": text("axis.product")}, "x": 0.43, "xanchor": "left"},
        },
        "height": 420,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def shuffled(found: Shuffled, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """A head's weights of the text, of the shuffled text, and what differs once put back."""
    labels = np.array(axis_labels([token.visible for token in tokens]))
    new_labels = labels[found.order]  # each token keeps the number of its old place
    panels = {
        "before": (found.before, labels),
        "after": (found.after, new_labels),
        "changes": (found.changes, labels),
    }
    data, layout = [], {"height": 460, "margin": {"t": 50}, "annotations": []}
    for place, (name, (cells, words)) in enumerate(panels.items()):
        number = "" if place == 0 else str(place + 1)
        data.append(
            {
                "type": "heatmap",
                "name": text(f"shuffled.{name}"),
                "z": cells.astype(np.float32),
                "x": words.tolist(),
                "y": words.tolist(),
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "meta": COMPACT,
                "coloraxis": f"coloraxis{number}",
                "hoverongaps": False,
                "hovertemplate": text(f"shuffled.hover_{name}"),
            }
        )
        layout |= _axes(number, DOMAINS[place], text)
        layout[f"coloraxis{number}"] = _colours(name, found, text)
        layout["annotations"].append(
            {
                "text": f"<b>{text(f'shuffled.{name}')}</b>",
                "x": sum(DOMAINS[place]) / 2,
                "y": 1.02,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    layout["yaxis"]["title"] = {"text": text("axis.query")}
    if not found.notices_order:  # else a panel of zeros would look empty
        layout["annotations"].append(
            {
                "text": text("shuffled.none"),
                "x": sum(DOMAINS[2]) / 2,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center",
                "showarrow": False,
            }
        )
    return go.Figure({"data": data, "layout": layout})


def in_order(found: Shuffled, tokens: tuple[Token, ...]) -> str:
    """The beginning of the shuffled text."""
    words = "".join(tokens[place].visible for place in found.order[:MOST_WORDS])
    return words + "…" * (len(tokens) > MOST_WORDS)


def _axes(number: str, domain: tuple[float, float], text: Text) -> dict[str, object]:
    """One panel's axes; the third has its tokens where the first has them."""
    x = {
        "domain": domain, "anchor": f"y{number}", "showgrid": False, "tickangle": -60,
        "title": {"text": text("axis.key")},
    }  # fmt: skip
    y = {"anchor": f"x{number}", "autorange": "reversed", "showgrid": False}
    if number == "3":
        x |= {"matches": "x", "showline": True, "mirror": True}
        y |= {"matches": "y", "showline": True, "mirror": True}
        y |= {"showticklabels": False, "ticks": ""}
    return {f"xaxis{number}": x, f"yaxis{number}": y}


def _colours(name: str, found: Shuffled, text: Text) -> dict[str, object]:
    """Weights from 0 to 1, changes around 0; what is only rounded is not coloured."""
    title = {"colorbar": {"title": {"text": text(f"shuffled.{name}")}}, "showscale": False}
    if name != "changes":
        return title | {"colorscale": WEIGHTS, "cmin": 0, "cmax": 1}
    most = max(found.largest_change, ROUNDING)
    return title | {"colorscale": SIGNED, "cmin": -most, "cmax": most}
