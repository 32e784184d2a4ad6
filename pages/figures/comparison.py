"""Figures of the comparison page: from two runs on one axis and the words to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.comparison import Alignment, Difference, NextTokens, Survey
from core.tokens import Token
from pages.figures.style import (
    ACCENT,
    COMPACT,
    GRID,
    INK,
    REMOVED,
    SECOND,
    SIGNED,
    WEIGHTS,
    axis_labels,
    escape,
)
from pages.text import Text

UNPAIRED = [(0, GRID), (1, REMOVED)]  # grey: neither side of the comparison
STEPS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # of an axis, so that it seldom jumps with the head
MARKS = {"same": "", "added": "+", "removed": "−"}


def joint_labels(
    alignment: Alignment, tokens_a: tuple[Token, ...], tokens_b: tuple[Token, ...]
) -> list[str]:
    """One name per row of the joint axis: "cat", "cats→cat", "+new" or "−old"."""
    labels = []
    places = zip(alignment.places_a, alignment.places_b, alignment.kinds, strict=True)
    for in_a, in_b, kind in places:
        a, b = tokens_a[in_a].visible, tokens_b[in_b].visible
        if kind == "replaced":
            labels.append(f"{a}→{b}")
        else:
            labels.append(MARKS[kind] + (a if kind == "removed" else b))
    return labels


def in_words(
    result: Difference, survey: Survey, chosen: tuple[int, int], labels: list[str], text: Text
) -> dict[str, str]:
    """The numbers of a comparison as they are said, with a dash where there is none."""
    none = text("number.none")
    distance, largest, furthest = survey.distances[chosen], result.largest, survey.furthest
    words = {
        "distance": text("number.plain", number=distance) if np.isfinite(distance) else none,
        "furthest": text("number.head", **vars(furthest)) if furthest else none,
    }
    if largest is None:
        return words | {"largest": none, "most": text("most.nothing")}
    change = text("number.signed", number=largest.difference)
    query, key = labels[largest.query], labels[largest.key]
    most = text("most.found", change=change, query=query, key=key)
    return words | {"largest": change, "most": most}


def difference(result: Difference, labels: list[str], row: int, text: Text) -> go.Figure:
    """B − A on the joint axis: orange where B looks less, blue where it looks more."""
    names = axis_labels(labels)
    change, unpaired = (cells.astype(np.float32) for cells in (result.change, result.unpaired))
    top = _ceiling(np.abs(change))
    layers = [(change, "coloraxis", "change")]
    if np.isfinite(unpaired).any():
        layers.append((unpaired, "coloraxis2", "unpaired"))
    maps = [
        go.Heatmap(
            z=cells,
            x=names,
            y=names,
            meta=COMPACT,
            coloraxis=scale,
            hoverongaps=False,
            hovertemplate=text(f"pinned_difference.hover.{part}"),
        )
        for cells, scale, part in layers
    ]
    layout = {
        "xaxis": {
            "title": {"text": text("axis.key")}, "side": "top", "tickangle": -60, "showgrid": False,
        },
        "yaxis": {
            "title": {"text": text("axis.query")}, "autorange": "reversed", "showgrid": False
        },
        "coloraxis": {
            "cmin": -top,
            "cmax": top,
            "cmid": 0,
            "colorscale": SIGNED,
            "colorbar": {"title": {"text": text("axis.change")}},
        },
        "coloraxis2": {
            "cmin": 0,
            "cmax": top,
            "colorscale": UNPAIRED,
            "showscale": False,
            "colorbar": {"title": {"text": text("axis.unpaired")}},
        },
        "shapes": [_stairs(len(labels)), _frame("x", "y", row)],
    }  # fmt: skip
    return go.Figure(maps, layout)


def maps(result: Difference, labels: list[str], row: int, text: Text) -> go.Figure:
    """The weights in A and the weights in B, beside each other on the same axes and colours."""
    names = axis_labels(labels)
    sides = ((result.weights_a, "x", "y"), (result.weights_b, "x2", "y2"))
    traces = [
        go.Heatmap(
            z=weights.astype(np.float32),
            x=names,
            y=names,
            xaxis=x,
            yaxis=y,
            meta=COMPACT,
            coloraxis="coloraxis",
            hoverongaps=False,
            hovertemplate=text("pinned_maps.hover"),
        )
        for weights, x, y in sides
    ]
    across = {"side": "top", "tickangle": -60, "showgrid": False}
    down = {"autorange": "reversed", "showgrid": False}
    layout = {
        "xaxis": across | {"title": {"text": text("axis.key_a")}, "domain": [0, 0.48]},
        "xaxis2": across
        | {"title": {"text": text("axis.key_b")}, "domain": [0.52, 1], "matches": "x"},
        "yaxis": down | {"title": {"text": text("axis.query")}},
        "yaxis2": down | {"matches": "y", "anchor": "x2", "showticklabels": False},
        "coloraxis": {
            "cmin": 0,
            "cmax": 1,
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.weight")}},
        },
        "shapes": [_frame(x, y, row) for _, x, y in sides],
        "height": 420,
    }
    return go.Figure(traces, layout)


def row(result: Difference, labels: list[str], query: int, text: Text) -> go.Figure:
    """One query's weights in A and in B over the joint keys, in pairs."""
    seen = slice(query + 1)
    of_row = (result.weights_a[query, seen], result.weights_b[query, seen])
    return _pairs(axis_labels(labels[: query + 1]), of_row, text, "pinned_row").update_layout(
        xaxis={"title": {"text": text("axis.key")}, "tickangle": -60},
        yaxis={"title": {"text": text("axis.weight")}, "range": [0, 1.05]},
    )


def heads(survey: Survey, layer: int, head: int, text: Text) -> go.Figure:
    """Every head's mean distance between the two texts: one row per layer, one column per head."""
    distances = survey.distances.astype(np.float32)
    n_layers, n_heads = distances.shape
    heat_map = go.Heatmap(
        z=distances,
        x=np.arange(n_heads),
        y=np.arange(n_layers),
        coloraxis="coloraxis",
        hoverongaps=False,
        hovertemplate=text("pinned_heads.hover"),
    )
    is_empty = not np.isfinite(distances).any()
    chosen = {
        "type": "rect",
        "x0": head - 0.5, "x1": head + 0.5, "y0": layer - 0.5, "y1": layer + 0.5,
        "line": {"color": INK},
    }  # fmt: skip
    nothing = {
        "text": text("pinned_heads.nothing"), "showarrow": False,
        "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper",
    }  # fmt: skip
    layout = {
        "xaxis": {
            "title": {"text": text("choose.head")}, "type": "category", "side": "top",
            "showgrid": False,
        },
        "yaxis": {
            "title": {"text": text("choose.layer")}, "type": "category", "autorange": "reversed",
            "showgrid": False,
        },
        "coloraxis": {
            "cmin": 0,
            "cmax": _ceiling(distances),
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.distance")}},
        },
        "shapes": [] if is_empty else [chosen],
        "annotations": [nothing] if is_empty else [],
    }  # fmt: skip
    return go.Figure(heat_map, layout)


def next_tokens(likely: NextTokens, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """The likeliest next tokens, with their probabilities after A and after B in pairs."""
    names = [f"{escape(token.visible)}<sub>{rank}</sub>" for rank, token in enumerate(tokens, 1)]
    sides = (likely.probabilities_a, likely.probabilities_b)
    top = 1.04 * _ceiling(np.array(sides))
    return _pairs(names, sides, text, "pinned_next").update_layout(
        xaxis={"title": {"text": text("axis.next")}, "tickangle": -60},
        yaxis={"title": {"text": text("axis.probability")}, "range": [0, top]},
    )


def _pairs(
    names: list[str], sides: tuple[Float[ndarray, " key"], ...], text: Text, figure: str
) -> go.Figure:
    """Bars in pairs: A in the colour of what is compared with, B in that of the subject."""
    bars = [
        go.Bar(
            name=text(f"side.{side}"),
            x=names,
            y=heights.astype(np.float32),
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=text(f"{figure}.hover.{side}"),
        )
        for side, heights, colour in zip("ab", sides, (SECOND, ACCENT), strict=True)
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
    }
    return go.Figure(bars, layout)


def _ceiling(sizes: Float[ndarray, "..."]) -> float:
    most = np.nanmax(sizes, initial=0.0, where=np.isfinite(sizes))
    return next((step for step in STEPS if most <= step), STEPS[-1])


def _frame(x: str, y: str, row: int) -> dict[str, object]:
    """A rectangle around the chosen row; category axes count their categories from 0."""
    return {
        "type": "rect", "xref": x, "yref": y, "line": {"color": INK},
        "x0": -0.5, "x1": row + 0.5, "y0": row - 0.5, "y1": row + 0.5,
    }  # fmt: skip


def _stairs(n_rows: int) -> dict[str, object]:
    """The edge of what the mask allows: beyond it is blank, before it a white cell is a 0."""
    steps = "".join(f"V{place + 0.5}H{place + 1.5}" for place in range(n_rows - 1))
    return {
        "type": "path", "path": f"M-0.5,-0.5H0.5{steps}V{n_rows - 0.5}",
        "line": {"color": REMOVED, "width": 1},
    }  # fmt: skip
