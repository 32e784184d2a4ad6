"""Figures of the ALiBi page: slopes, windows, a head's matrices, and runs with another encoding."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from numpy import ndarray

from core.alibi import Biased, Encoded, Heads
from core.stages import window
from core.tokens import Token
from pages.figures.stages import axes, heading
from pages.figures.style import (
    ACCENT,
    COMPACT,
    INK,
    REMOVED,
    SECOND,
    SIGNED,
    WEIGHTS,
    axis_labels,
)
from pages.text import Text

NEAREST, FURTHEST = 0.5, 2048  # positions, of the curves
STEPS = 90  # points of a curve
MOST_NAMED = 16  # heads whose curves have their numbers beside them
PANELS = ("scores", "bias", "weights")
GAP = 0.03  # between panels, of the figure's width
COLOURS = {"own": ACCENT, "alibi": SECOND, "none": REMOVED}  # of ways to tell positions
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
MOST_MARKERS = 64


def slopes(heads: Heads, text: Text) -> go.Figure:
    """Left: each head's slope. Right: what is left of e^0 after so many positions."""
    numbers = np.arange(len(heads.slopes))
    is_first = numbers < heads.n_first
    series = [("first", ACCENT, is_first), ("between", SECOND, ~is_first)]
    series = [one for one in series if one[2].any()]
    data = [
        {
            "type": "bar",
            "name": text(f"alibi_slopes.{name}"),
            "x": numbers[here],
            "y": heads.slopes[here],
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": text("alibi_slopes.hover_slope"),
        }
        for name, colour, here in series
    ]
    if heads.n_between:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": text("alibi_slopes.naive"),
                "x": numbers,
                "y": heads.naive,
                "marker": {
                    "color": INK,
                    "symbol": "line-ew-open",
                    "size": 10,
                    "line": {"width": 2},
                },
                "hovertemplate": text("alibi_slopes.hover_naive"),
            }
        )
    for name, colour, here in series:
        data += [_curves(name, heads, numbers[here], colour, text)]
    data.append(_halves(heads, text))
    powers = 2.0 ** -np.arange(0, 9)
    layout = {
        "xaxis": {
            "title": {"text": text("axis.head")}, "domain": [0, 0.45], "showgrid": False,
            "range": [-0.7, len(numbers) - 0.3], "zeroline": False,
        },
        "yaxis": {
            "title": {"text": text("axis.slope")}, "type": "log", "zeroline": False,
            "range": [float(np.log10(2**-8.7)), float(np.log10(1.25))],
            "tickvals": powers, "ticktext": ["1"] + [f"1/{1 / power:.0f}" for power in powers[1:]],
        },
        "xaxis2": {
            "title": {"text": text("axis.distance")}, "domain": [0.55, 1], "anchor": "y2",
            "type": "log", "zeroline": False,
            "range": [float(np.log10(NEAREST)), float(np.log10(FURTHEST))],
            "tickvals": 4 ** np.arange(6), "ticktext": [str(4**power) for power in range(6)],
        },
        "yaxis2": {
            "title": {"text": text("axis.factor")}, "anchor": "x2", "range": [0, 1.03],
            "zeroline": False,
        },
        "bargap": 0.2,
        "barmode": "overlay",  # each head has one bar, in one of the two series
        "showlegend": bool(heads.n_between),
        "legend": LEGEND | {"x": 0, "xanchor": "left"},
        "height": 420,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def windows(
    windows: dict[float, Int[ndarray, " head"]], n_keys: int, most: int, text: Text
) -> go.Figure:
    """How many of the nearest keys hold a share of each head's weight; the row's end dashed."""
    n_heads = len(next(iter(windows.values())))
    marks = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": text("alibi_windows.share", share=share),
            "x": np.arange(n_heads),
            "y": counts.astype(np.float32),
            "marker": {"color": colour, "size": 10 if n_heads <= 32 else 6},
            "hovertemplate": text("alibi_windows.hover", share=share),
        }
        for (share, counts), colour in zip(windows.items(), (ACCENT, SECOND), strict=True)
    ]
    top = float(np.log10(most))
    end = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": n_keys, "y1": n_keys,
        "line": {"color": REMOVED, "dash": "dash"},
    }  # fmt: skip
    name = {
        "text": text("alibi_windows.all", n_keys=n_keys), "x": 1, "xref": "paper",
        "xanchor": "right", "y": float(np.log10(n_keys)), "yanchor": "bottom", "showarrow": False,
    }  # fmt: skip
    layout = {
        "xaxis": {
            "title": {"text": text("axis.head")}, "range": [-0.7, n_heads - 0.3],
            "zeroline": False, "showgrid": False,
        },
        "yaxis": {
            "title": {"text": text("axis.keys")}, "type": "log", "range": [-0.15, top + 0.4],
            "dtick": 1, "zeroline": False,
        },
        "shapes": [end],
        "annotations": [name],
        "showlegend": True,
        "legend": LEGEND | {"x": 0, "xanchor": "left"},
        "height": 340,
    }  # fmt: skip
    return go.Figure({"data": marks, "layout": layout})


def windows_in_words(windows: dict[float, Int[ndarray, " head"]]) -> dict[str, int]:
    """The narrowest and the widest window of each share, for the words."""
    least, most = windows
    return {
        "narrowest": int(windows[least].min()),
        "widest": int(windows[least].max()),
        "narrowest_99": int(windows[most].min()),
        "widest_99": int(windows[most].max()),
    }


def matrices(found: Biased, tokens: tuple[Token, ...], row: int, text: Text) -> go.Figure:
    """Scores, bias, and the weights after the softmax of their sum; of a long text a part."""
    part = window(row, len(tokens))
    labels = axis_labels([token.visible for token in tokens])[part]
    seen = found.is_seen[part, part]
    cells = {
        "scores": found.scores[part, part],
        "bias": found.bias[part, part],
        "weights": found.attention_weights[part, part],
    }
    width = (1 - GAP * (len(PANELS) - 1)) / len(PANELS)
    data, layout = [], {"height": 440, "margin": {"t": 70}, "annotations": [], "shapes": []}
    layout["meta"] = {"linked": True}  # pages/ui/stage.js shows a cell in all panels at once
    for place, name in enumerate(PANELS):
        number = "" if place == 0 else str(place + 1)
        start = place * (width + GAP)
        shown = np.where(seen, cells[name], np.nan).astype(np.float32)
        data.append(
            {
                "type": "heatmap",
                "z": shown,
                "x": labels,
                "y": labels,
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "coloraxis": f"coloraxis{number}",
                "hoverongaps": False,
                "meta": {"first": [part.start, part.start]},
                "hovertemplate": text(f"alibi_matrices.hover_{name}"),
            }
        )
        layout |= axes(number, [start, start + width], False)
        layout[f"coloraxis{number}"] = _colours(name, shown, text)
        words = text(f"alibi_matrices.{name}")
        layout["annotations"].append(heading(start + width / 2, words, shown))
        layout["shapes"].append(_frame(f"x{number}", f"y{number}", row - part.start, len(labels)))
    layout["yaxis"]["title"] = {"text": text("axis.query")}
    layout["xaxis"]["title"] = {"text": text("axis.key")}
    return go.Figure({"data": data, "layout": layout})


def row(found: Biased, tokens: tuple[Token, ...], query: int, text: Text) -> go.Figure:
    """One query's weights over the keys that it sees, without the bias and with it."""
    seen = found.is_seen[query]
    labels = axis_labels([token.visible for token in tokens])
    weights = {"plain": found.plain_weights, "biased": found.attention_weights}
    bars = [
        {
            "type": "bar",
            "name": text(f"alibi_row.{name}"),
            "x": [label for label, is_seen in zip(labels, seen, strict=True) if is_seen],
            "y": weights[name][query][seen].astype(np.float32),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": text("alibi_row.hover"),
        }
        for name, colour in (("plain", REMOVED), ("biased", ACCENT))
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.3,
        "xaxis": {"title": {"text": text("axis.key")}, "tickangle": -60, "showgrid": False},
        "yaxis": {"title": {"text": text("axis.weight")}, "range": [0, 1.03]},
        "showlegend": True,
        "legend": LEGEND,
        "height": 340,
    }
    return go.Figure({"data": bars, "layout": layout})


def maps(runs: dict[str, Encoded | None], tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """One head's weights under each way to tell positions, side by side."""
    labels = axis_labels([token.visible for token in tokens])
    width = (1 - GAP * (len(COLOURS) - 1)) / len(COLOURS)
    data, layout = [], {"height": 440, "margin": {"t": 50}, "annotations": []}
    for place, name in enumerate(COLOURS):
        number = "" if place == 0 else str(place + 1)
        start, run = place * (width + GAP), runs[name]
        layout |= axes(number, [start, start + width], False)
        layout["annotations"].append(
            _note(start + width / 2, 1.02, f"<b>{text(f'encoding.{name}')}</b>", "bottom")
        )
        if run is None:
            layout["annotations"].append(
                _note(start + width / 2, 0.5, text("alibi_maps.missing"), "middle")
            )
            layout[f"xaxis{number}"]["visible"] = layout[f"yaxis{number}"]["visible"] = False
            continue
        weights = run.attention_weights
        data.append(
            {
                "type": "heatmap",
                "name": text(f"encoding.{name}"),
                "z": np.where(np.tri(len(weights), dtype=bool), weights, np.nan).astype(np.float32),
                "x": labels,
                "y": labels,
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "meta": COMPACT,
                "coloraxis": f"coloraxis{number}",
                "hoverongaps": False,
                "hovertemplate": text("alibi_maps.hover"),
            }
        )
        layout[f"coloraxis{number}"] = {
            "colorscale": WEIGHTS, "cmin": 0, "cmax": 1, "showscale": False,
            "colorbar": {"title": {"text": text(f"encoding.{name}")}},
        }  # fmt: skip
    layout["yaxis"]["title"] = {"text": text("axis.query")}
    layout["xaxis"]["title"] = {"text": text("axis.key")}
    return go.Figure({"data": data, "layout": layout})


def losses(runs: dict[str, Encoded | None], tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """What each token costs under each way to tell positions."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(labels) <= MOST_MARKERS else "lines",
            "name": text(f"encoding.{name}"),
            "x": labels,
            "y": runs[name].surprisals.astype(np.float32),
            "line": {"color": colour},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("alibi_losses.hover"),
        }
        for name, colour in COLOURS.items()
        if runs[name] is not None
    ]
    layout = {
        "showlegend": bool(labels),
        "legend": LEGEND,
        "xaxis": {
            "title": {"text": text("axis.token")}, "tickangle": -60, "visible": bool(labels),
        },
        "yaxis": {
            "title": {"text": text("axis.bits")}, "rangemode": "tozero", "visible": bool(labels),
        },
        "annotations": [] if labels else [_note(0.5, 0.5, text("alibi_losses.nothing"), "middle")],
        "height": 380,
    }  # fmt: skip
    return go.Figure({"data": lines, "layout": layout})


def loss_in_words(run: Encoded | None, text: Text) -> str:
    """Mean bits and perplexity, or a dash where nothing was measured."""
    if run is None or not len(run.surprisals):
        return "–"
    return text("loss", loss=run.loss, perplexity=run.perplexity)


def _curves(
    name: str, heads: Heads, numbers: Int[ndarray, " head"], colour: str, text: Text
) -> dict[str, object]:
    """The factors of several heads in one trace, with a gap after each."""
    at = np.append(np.geomspace(NEAREST, FURTHEST, STEPS), np.nan)
    factors = np.exp(-heads.slopes[numbers, None] * at)
    is_few = len(heads.slopes) <= MOST_NAMED
    return {
        "type": "scatter",
        "mode": "lines",
        "name": text(f"alibi_slopes.{name}"),
        "x": np.tile(at, len(numbers)).astype(np.float32),
        "y": factors.ravel().astype(np.float32),
        "customdata": np.repeat(numbers, len(at)),
        "xaxis": "x2",
        "yaxis": "y2",
        "showlegend": False,
        "line": {"color": colour} | ({} if is_few else {"width": 1}),
        "opacity": 1 if is_few else 0.4,
        "hovertemplate": text("alibi_slopes.hover_factor"),
    }


def _halves(heads: Heads, text: Text) -> dict[str, object]:
    """Where each curve is at one half, with the number of its head while there is room."""
    n_heads = len(heads.slopes)
    return {
        "type": "scatter",
        "mode": "markers+text" if n_heads <= MOST_NAMED else "markers",
        "name": text("axis.half"),
        "x": heads.half_distances.astype(np.float32),
        "y": np.full(n_heads, 0.5, np.float32),
        "text": [str(head) for head in range(n_heads)],
        "textposition": "top right",
        "customdata": np.arange(n_heads),
        "xaxis": "x2",
        "yaxis": "y2",
        "showlegend": False,
        "marker": {"color": INK, "size": 6 if n_heads <= MOST_NAMED else 3},
        "hovertemplate": text("alibi_slopes.hover_half"),
    }


def _colours(name: str, cells: Float[ndarray, "query key"], text: Text) -> dict[str, object]:
    """Signed numbers around 0, weights from 0 to 1; the range is told above the panel."""
    title = {"colorbar": {"title": {"text": text(f"alibi_matrices.{name}")}}, "showscale": False}
    if name == "weights":
        return title | {"colorscale": WEIGHTS, "cmin": 0, "cmax": 1}
    most = float(np.nanmax(np.abs(cells), initial=1e-9))
    return title | {"colorscale": SIGNED, "cmin": -most, "cmax": most}


def _frame(x: str, y: str, row: int, n_keys: int) -> dict[str, object]:
    """Around the chosen row; category axes count their categories from 0."""
    return {
        "type": "rect", "xref": x, "yref": y, "line": {"color": INK, "width": 2},
        "x0": -0.5, "x1": n_keys - 0.5, "y0": row - 0.5, "y1": row + 0.5,
    }  # fmt: skip


def _note(x: float, y: float, words: str, anchor: str) -> dict[str, object]:
    return {
        "text": words, "x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "center",
        "yanchor": anchor, "showarrow": False,
    }  # fmt: skip
