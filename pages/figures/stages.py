"""Figures of the stages of a head: its matrices side by side, and the numbers behind one cell."""

import numpy as np
import plotly.graph_objects as go

from core.stages import Cell, Stages, window
from core.tokens import Token
from pages.figures.style import ACCENT, INK, SECOND, SIGNED, WEIGHTS, axis_labels
from pages.text import Text

PANELS = ("products", "scores", "masked", "weights", "outputs")
HOVERS = {"products": "cell", "outputs": "output"}  # the others show their number alone
GAP = 0.025  # between panels, of the figure's width
SHOWN_TERMS = 3  # of a long sum, at either end


def stages(found: Stages, tokens: tuple[Token, ...], query: int, key: int, text: Text) -> go.Figure:
    """Five matrices that share their rows: what a head does, one step after the other."""
    rows, columns = window(query, len(tokens)), window(key, len(tokens))
    labels = axis_labels([token.visible for token in tokens])
    cells = {
        "products": found.products[rows, columns],
        "scores": found.scores[rows, columns],
        "masked": np.where(np.isfinite(found.masked), found.masked, np.nan)[rows, columns],
        "weights": np.where(np.isfinite(found.masked), found.attention_weights, np.nan)[
            rows, columns
        ],
        "outputs": found.outputs[rows],
    }
    width = (1 - GAP * (len(PANELS) - 1)) / len(PANELS)
    data, layout = [], {"height": 380, "margin": {"t": 70}, "annotations": [], "shapes": []}
    layout["meta"] = {"linked": True}  # pages/ui/stage.js shows a cell in all panels at once
    for place, name in enumerate(PANELS):
        number = "" if place == 0 else str(place + 1)
        start = place * (width + GAP)
        is_output = name == "outputs"
        data.append(
            {
                "type": "heatmap",
                "z": cells[name].astype(np.float32),
                "x": np.arange(cells[name].shape[1]) if is_output else labels[columns],
                "y": labels[rows],
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "coloraxis": f"coloraxis{number}",
                "hoverongaps": False,
                # Where the part that is shown begins; the columns of the output are no keys.
                "meta": {"first": [None if is_output else columns.start, rows.start]},
                "hovertemplate": text(f"stages.hover_{HOVERS.get(name, 'number')}"),
            }
        )
        layout |= axes(number, [start, start + width], is_output)
        layout[f"coloraxis{number}"] = colours(name, cells[name], text)
        layout["annotations"].append(
            heading(start + width / 2, text(f"stages.{name}"), cells[name])
        )
        if not is_output:
            layout["shapes"].append(frame(number, key - columns.start, query - rows.start))
    layout["yaxis"]["title"] = text("axis.query")
    return go.Figure({"data": data, "layout": layout})


def axes(number: str, domain: list[float], is_output: bool) -> dict:
    """One panel's axes; keys are shared by four of them, queries by all."""
    x = {"domain": domain, "anchor": f"y{number}", "showgrid": False}
    x |= {"showticklabels": False, "ticks": ""}
    y = {"anchor": f"x{number}", "autorange": "reversed", "showgrid": False}
    if number:
        y |= {"matches": "y", "showticklabels": False, "ticks": ""}
        x |= {} if is_output else {"matches": "x"}
    return {f"xaxis{number}": x, f"yaxis{number}": y}


def colours(name: str, cells: np.ndarray, text: Text) -> dict:
    """Signed numbers around 0, weights from 0 to 1; the range is told above the panel."""
    title = {"title": {"text": text(f"stages.{name}")}}
    if name == "weights":
        return {"colorscale": WEIGHTS, "cmin": 0, "cmax": 1, "showscale": False, "colorbar": title}
    largest = float(np.nanmax(np.abs(cells), initial=1e-9))
    limits = {"cmin": -largest, "cmax": largest, "showscale": False}
    return {"colorscale": SIGNED, "colorbar": title} | limits


def heading(x: float, words: str, cells: np.ndarray) -> dict:
    """What a panel is, and between which numbers; none are left where all keys are masked."""
    known = cells[np.isfinite(cells)]
    span = f"{known.min():.3g} … {known.max():.3g}" if known.size else "–"
    return {
        "text": f"<b>{words}</b><br>{span}",
        "x": x,
        "y": 1.02,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
    }


def frame(number: str, column: int, row: int) -> dict:
    """Around the chosen cell; category axes count their categories from 0."""
    return {
        "type": "rect",
        "xref": f"x{number}",
        "yref": f"y{number}",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "y0": row - 0.5,
        "y1": row + 0.5,
        "line": {"color": INK, "width": 2},
    }


def terms(found: Stages, cell: Cell, query: int, key: int, text: Text) -> go.Figure:
    """The products of a query's and a key's numbers, one bar each."""
    bars = {
        "type": "bar",
        "x": np.arange(len(cell.terms)),
        "y": cell.terms.astype(np.float32),
        "customdata": np.stack([found.queries[query], found.keys[key]], axis=-1),
        "marker": {"color": [ACCENT if term >= 0 else SECOND for term in cell.terms]},
        "hovertemplate": text("terms.hover"),
    }
    layout = {
        "height": 300,
        "xaxis": {"title": text("axis.dimension"), "showgrid": False},
        "yaxis": {"title": text("axis.term")},
    }
    return go.Figure({"data": [bars], "layout": layout})


def exponentials(cell: Cell, tokens: tuple[Token, ...], query: int, key: int, text: Text):
    """What each key puts into the row's denominator; the chosen key stands out."""
    seen = cell.exponentials[: query + 1]
    bars = {
        "type": "bar",
        "x": axis_labels([token.visible for token in tokens[: query + 1]]),
        "y": seen.astype(np.float32),
        "marker": {"color": [SECOND if place == key else ACCENT for place in range(len(seen))]},
        "hovertemplate": text("exponentials.hover"),
    }
    layout = {
        "height": 300,
        "xaxis": {"title": text("axis.key"), "tickangle": -60},
        "yaxis": {"title": text("axis.exponential"), "range": [0, 1.05]},
    }
    return go.Figure({"data": [bars], "layout": layout})


def formula(found: Stages, cell: Cell, query: int, key: int) -> list[str]:
    """The lines of the calculation with their numbers put in, as LaTeX."""
    q, k = found.queries[query], found.keys[key]
    summands = [rf"({a:.2f})({b:.2f})" for a, b in zip(q, k, strict=True)]
    if len(summands) > 2 * SHOWN_TERMS:
        summands = [*summands[:SHOWN_TERMS], r"\dots", summands[-1]]
    lines = [
        rf"q_{{{query}}}\cdot k_{{{key}}} = " + " + ".join(summands) + f" = {cell.product:.4f}",
        rf"s_{{{query},{key}}} = {cell.product:.4f}\times{found.scale:.4g} = {cell.score:.4f}",
    ]
    if cell.is_masked:
        return [*lines, rf"{key} > {query}:\quad -\infty \;\to\; a_{{{query},{key}}} = 0"]
    above = rf"e^{{{cell.score:.4f}-({cell.largest:.4f})}}"
    below = rf"e^{{s_{{{query},j}}-({cell.largest:.4f})}}"
    top, bottom = cell.exponentials[key], cell.denominator
    return [
        *lines,
        rf"a_{{{query},{key}}} = \frac{{{above}}}{{\sum_j {below}}}"
        rf" = \frac{{{top:.4f}}}{{{bottom:.4f}}} = {cell.weight:.4f}",
    ]
