"""Figures of the page on absolute positions: a table, its dot products, and a shuffled text."""

import numpy as np
import plotly.graph_objects as go

from core.absolute import ROUNDING, Learned, Shuffled, Table
from core.model.position_table import FoundTable
from core.tokens import Token
from pages.figures.style import ACCENT, COMPACT, GRID, INK, SECOND, SIGNED, WEIGHTS, axis_labels
from pages.text import Text

MOST_WORDS = 16  # of the shuffled text, for its reading
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
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
    course = _course(distances, found.means, ACCENT) | {
        "customdata": found.spreads,
        "hovertemplate": text("sinusoidal_products.hover_distance"),
    }
    data = [_of_pairs(found.products, distances, text("sinusoidal_products.hover")), course]
    low = min(0.0, float(found.means.min()))
    layout = _pairs_and_course(distances, (1.1 * low, 1.05 * most), text("axis.product"), text)
    layout["coloraxis"] |= {"cmin": -most, "cmax": most}
    return go.Figure({"data": data, "layout": layout})


def learned_rows(found: Learned, text: Text) -> go.Figure:
    """A trained table as the formula's is drawn, and that there is nothing below its last row."""
    end, usual = found.n_positions, found.usual_size
    heat_map = {
        "type": "heatmap",
        "z": found.positions.astype(np.float32),
        "x": np.arange(found.d_model),
        "y": found.places,
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": text("sinusoidal.hover"),
    }
    beyond = {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": end - 0.5, "y1": 1.15 * end,
        "fillcolor": GRID, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
    note = {
        "text": text("learned_rows.beyond", n_positions=end), "xref": "paper", "x": 0.5,
        "y": 1.075 * end - 0.25, "showarrow": False, "font": {"color": INK},
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": text("axis.dimension")}, "showgrid": False, "zeroline": False},
        "yaxis": {
            "title": {"text": text("axis.position")}, "range": [1.15 * end, -0.5 * found.step],
            "showgrid": False, "zeroline": False,
        },
        "coloraxis": {
            "cmin": -usual, "cmax": usual, "colorscale": SIGNED,
            "colorbar": {"title": {"text": text("axis.value")}},
        },
        "shapes": [beyond],
        "annotations": [note],
        "height": 440,
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def learned_cosines(found: Learned, text: Text) -> go.Figure:
    """Left: how alike any two rows are. Right: by distance, with what the formula would give."""
    distances, spread = found.distances, np.stack([found.smallest, found.largest], axis=1)
    outline = {
        "type": "scatter", "mode": "lines", "xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip",
        "x": np.concatenate([distances, distances[::-1]]),
        "y": np.concatenate([found.smallest, found.largest[::-1]]).astype(np.float32),
        "line": {"width": 0}, "fill": "toself", "fillcolor": GRID,
    }  # fmt: skip
    formula = _course(distances, found.of_formula, SECOND) | {
        "name": text("learned_cosines.formula"),
        "hovertemplate": text("learned_cosines.hover_formula"),
    }
    formula["line"] |= {"dash": "dash"}
    course = _course(distances, found.means, ACCENT) | {
        "name": text("learned_cosines.mean"),
        "customdata": spread.astype(np.float32),
        "hovertemplate": text("learned_cosines.hover_distance"),
    }
    data = [
        _of_pairs(found.cosines, distances, text("learned_cosines.hover")),
        outline | {"name": text("learned_cosines.band")},
        formula,
        course,
    ]
    layout = _pairs_and_course(distances, (-1.05, 1.05), text("axis.cosine"), text)
    layout["coloraxis"] |= {"cmin": -1, "cmax": 1}
    layout |= {"showlegend": True, "legend": LEGEND, "margin": {"t": 40}}
    return go.Figure({"data": data, "layout": layout})


def learned_in_words(found: Learned, own: FoundTable | None, text: Text) -> dict[str, object]:
    """Whose table it is and what is shown of it; `own` is what was found in the loaded network."""
    is_own = own is not None and own.rows is not None
    kind = "own" if is_own else "unknown" if own is None else "none"
    values = {
        "kind": kind,
        "name": own.name if own else "",
        "module": own.module if own else "",
        "own_table": is_own,
        "table": found,
        "n_rows": found.n_positions,
        "width": found.d_model,
        "thinned_by": found.step,
    }
    values["whose"] = text(f"whose.{'own' if is_own else 'small'}", **values)
    values["shown_rows"] = text("shown.all" if found.step == 1 else "shown.some", **values)
    return values


def _of_pairs(cells: np.ndarray, places: np.ndarray, hover: str) -> dict[str, object]:
    return {
        "type": "heatmap",
        "z": cells.astype(np.float32),
        "x": places,
        "y": places,
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": hover,
    }


def _course(distances: np.ndarray, means: np.ndarray, colour: str) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": distances,
        "y": means.astype(np.float32),
        "xaxis": "x2",
        "yaxis": "y2",
        "line": {"color": colour},
    }


def _pairs_and_course(
    distances: np.ndarray, extent: tuple[float, float], quantity: str, text: Text
) -> dict[str, object]:
    """The axes of two panels: any two places, and what is left of it at each distance."""
    return {
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
            "range": [0, max(1, int(distances[-1]))], "zeroline": False,
        },
        "yaxis2": {"title": {"text": quantity}, "anchor": "x2", "range": extent},
        "coloraxis": {
            "colorscale": SIGNED,
            "colorbar": {"title": {"text": quantity}, "x": 0.43, "xanchor": "left"},
        },
        "height": 420,
    }  # fmt: skip


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
