"""Figures of the page on embeddings: neighbours, a map, the vector itself, the whole table."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.embedding import Nearest, Rows, TokenMap
from core.model.embedding_table import COSINE_EDGES, Neighbourhood
from pages.figures.style import (
    ACCENT,
    COMPACT,
    GRID,
    INK,
    PAPER,
    REMOVED,
    SECOND,
    SIGNED,
    WEIGHTS,
    axis_labels,
    escape,
)
from pages.text import Text

MAP_HEIGHT, MAP_WIDTH = 560, 1000  # pixels, about, for the labels to keep out of each other's way
LETTER, LINE = 8.5, 17  # pixels of a label's letters and lines
SIDES = {
    "top center": (-0.5, 0.6),
    "bottom center": (-0.5, -1.6),
    "middle right": (0.0, -0.5),
    "middle left": (-1.0, -0.5),
    "top right": (0.0, 0.3),
    "top left": (-1.0, 0.3),
    "bottom right": (0.0, -1.3),
    "bottom left": (-1.0, -1.3),
}  # where a label begins, in its own widths and heights from the point


def nearest(found: Neighbourhood, near: Nearest, text: Text) -> go.Figure:
    """The neighbours as bars, and the cosine that the token has with any other on average."""
    names = [found.points[place].visible for place in near.points]
    labels = [f"{escape(name)}<sub>{rank}</sub>" for rank, name in enumerate(names, 1)]
    usual = float(found.mean_cosines[near.token])
    low = min(0.0, usual, *near.cosines.tolist())
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "x": near.cosines.astype(np.float32),
        "texttemplate": "%{x:.3f}",
        "marker": {"color": ACCENT},
        "hovertemplate": text("nearest.hover"),
    }
    layout = {
        "height": 130 + 30 * max(3, len(names)),
        "margin": {"t": 40},
        "bargap": 0.25,
        "xaxis": {"title": {"text": text("axis.cosine")}, "range": [1.1 * low, 1.08]},
        "yaxis": {"title": {"text": text("axis.neighbour")}, "autorange": "reversed",
                  "showgrid": False},
        "shapes": [_upright("x", usual)],
        "annotations": [_note("x", usual, text("nearest.baseline"))],
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def token_map(found: Neighbourhood, placed: TokenMap, chosen: int, text: Text) -> go.Figure:
    """The tokens and their neighbours as points in a plane, or in space."""
    names = [found.points[place].visible for place in placed.points]
    is_token = np.arange(len(names)) < placed.n_tokens
    is_near = placed.owners == chosen
    colours = np.where(is_near, ACCENT, np.where(is_token, INK, REMOVED))
    places = placed.axes.coordinates.astype(np.float32)
    is_flat = places.shape[1] == 2
    shown = [escape(name) if one else "" for name, one in zip(names, is_token | is_near,
                                                             strict=True)]  # fmt: skip
    points = _along(places) | {
        "mode": "markers+text",
        "text": shown,
        "textposition": _sides(shown, places) if is_flat else "top center",
        "textfont": {"color": colours.tolist()},
        "marker": {
            "color": colours.tolist(),
            "size": np.where(is_token, 12, 7) if is_flat else np.where(is_token, 7, 4),
            "symbol": np.where(is_token, "circle", "diamond").tolist(),
        },
        "cliponaxis": False,
        "meta": [text("axis.token"), *(text("axis.component", n=n + 1) for n in range(3))][
            : 1 + places.shape[1]
        ],
        "customdata": [
            [escape(name), *(f"{number:.3f}" for number in place)]
            for name, place in zip(names, places, strict=True)
        ],
        "hovertemplate": text("token_map.hover"),
    }
    if not is_flat:
        del points["cliponaxis"]
        points["textfont"]["size"] = 14  # else Plotly 4.1 scales each label with its marker
    layout = {"height": MAP_HEIGHT} | (
        _plane(placed, text) if is_flat else _space(placed, text)
    )  # fmt: skip
    return go.Figure({"data": [_spokes(placed, places, chosen), points], "layout": layout})


def vector_strip(rows: Rows, names: list[str], text: Text) -> go.Figure:
    """Rows of the matrix as strips of colour, one number a column."""
    most = float(np.abs(rows.numbers).max()) or 1.0
    heat_map = {
        "type": "heatmap",
        "z": rows.numbers.astype(np.float32),
        "x": np.arange(rows.numbers.shape[1]),
        "y": [escape(name) for name in names],
        "ygap": 6,
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": text("vector_strip.hover"),
    }
    layout = {
        "height": 120 + 46 * len(names),
        "xaxis": {"title": {"text": text("axis.dimension")}, "showgrid": False, "zeroline": False},
        "yaxis": {"title": {"text": text("axis.row")}, "autorange": "reversed", "showgrid": False},
        "coloraxis": {
            "cmin": -most, "cmax": most, "colorscale": SIGNED,
            "colorbar": {"title": {"text": text("axis.value")}},
        },
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def whole_table(found: Neighbourhood, chosen: int, text: Text) -> go.Figure:
    """Left: how long all rows are. Right: the chosen token's cosine with all others."""
    n = found.n_tokens
    norms = found.norms[:n].astype(np.float32)
    top = float(found.norm_counts.max())
    names = [escape(point.visible) for point in found.points[:n]]
    counts = found.cosine_counts[chosen]
    data = [
        _columns(found.norm_counts, found.norm_edges, "", text("whole_table.hover_norm")),
        {
            "type": "scatter",
            "mode": "markers",
            "x": norms,
            "y": np.full(n, 0.03 * top, np.float32),
            "marker": {"color": [ACCENT if at == chosen else INK for at in range(n)],
                       "symbol": "triangle-up", "size": 12},
            "meta": [text("axis.token"), text("axis.norm")],
            "customdata": [[name, f"{norm:.3f}"] for name, norm in zip(names, norms, strict=True)],
            "hovertemplate": text("whole_table.hover_token"),
        },
        _columns(counts, COSINE_EDGES, "2", text("whole_table.hover_cosine")),
    ]  # fmt: skip
    most = 10 ** np.ceil(np.log10(max(10, int(counts.max()))))
    layout = {
        "height": 400,
        "margin": {"t": 44},
        "bargap": 0,
        "xaxis": {"title": {"text": text("axis.norm")}, "domain": [0, 0.44],
                  "range": [0, float(found.norm_edges[-1])]},
        "yaxis": {"title": {"text": text("axis.count")}, "range": [0, 1.12 * top]},
        "xaxis2": {"title": {"text": text("axis.cosine")}, "domain": [0.56, 1], "anchor": "y2",
                   "range": [-1, 1]},
        "yaxis2": {"title": {"text": text("axis.count_log")}, "anchor": "x2", "type": "log",
                   "range": [-0.3, float(np.log10(most))], "dtick": 1},
        "shapes": [_upright("x2", found.mean_cosine)],
        "annotations": [
            _note("x", float(norms[chosen]), names[chosen], ACCENT),
            _note("x2", found.mean_cosine, text("whole_table.pairs")),
        ],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def word_cosines(
    words: tuple[str, ...], cosines: Float[ndarray, "token token"], text: Text
) -> go.Figure:
    """The cosine of each word with each other one, as a table of colours."""
    labels = axis_labels(list(words))
    heat_map = {
        "type": "heatmap",
        "z": cosines.astype(np.float32),
        "x": labels,
        "y": labels,
        "xgap": 2,
        "ygap": 2,
        "texttemplate": "%{z:.2f}",
        "coloraxis": "coloraxis",
        "hovertemplate": text("word_cosines.hover"),
    }
    layout = {
        "height": 150 + 46 * max(2, len(words)),
        "xaxis": {"title": {"text": text("axis.word")}, "side": "top", "showgrid": False},
        "yaxis": {"title": {"text": text("axis.other_word")}, "autorange": "reversed",
                  "showgrid": False},
        "coloraxis": {
            "cmin": 0, "cmax": 1, "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.cosine")}},
        },
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def _columns(counts: ndarray, edges: ndarray, number: str, hover: str) -> dict:
    """A histogram's columns; an empty one is not drawn, nor told."""
    middles = (edges[:-1] + edges[1:]) / 2
    filled = counts > 0
    return {
        "type": "bar",
        "x": middles[filled].astype(np.float32),
        "y": counts[filled],
        "width": np.diff(edges)[filled].astype(np.float32),
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "marker": {"color": REMOVED, "line": {"width": 0}},
        "hovertemplate": hover,
    }


def _along(places: ndarray) -> dict:
    """The kind of trace that has so many axes, with the numbers along each."""
    kind = {"type": "scatter" if places.shape[1] == 2 else "scatter3d"}
    return kind | dict(zip("xyz", places.T, strict=False))


def _spokes(placed: TokenMap, places: ndarray, chosen: int) -> dict:
    """Lines from the chosen token to its neighbours, with gaps between them."""
    ends = np.flatnonzero((placed.owners == chosen) & (np.arange(len(places)) != chosen))
    parts = np.full((3 * len(ends), places.shape[1]), np.nan, np.float32)
    parts[0::3], parts[1::3] = places[chosen], places[ends]
    return _along(parts) | {
        "mode": "lines", "line": {"color": ACCENT, "width": 1}, "hoverinfo": "skip",
    }  # fmt: skip


def _plane(placed: TokenMap, text: Text) -> dict:
    across, up = (_room(numbers) for numbers in placed.axes.coordinates.T)
    titles = _titles(placed, text)
    return {
        "xaxis": {"title": {"text": titles[0]}, "range": across},
        # As many pixels a unit as the other axis, so that distances can be compared.
        "yaxis": {"title": {"text": titles[1]}, "range": up, "scaleanchor": "x"},
    }


def _space(placed: TokenMap, text: Text) -> dict:
    titles = _titles(placed, text)
    axes = {
        f"{name}axis": {
            "title": {"text": title},
            "range": _room(numbers),
            "backgroundcolor": PAPER,
            "gridcolor": GRID,
            "zerolinecolor": REMOVED,
            "showspikes": False,
            "nticks": 5,
        }
        for name, title, numbers in zip("xyz", titles, placed.axes.coordinates.T, strict=True)
    }
    camera = {"eye": {"x": 1.4, "y": 1.4, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.12}}
    # Plotly 4.1 keeps a camera over redraws only where the scene itself says so.
    kept = {"camera": camera, "uirevision": "token_map"}
    return {"scene": axes | {"aspectmode": "data", "dragmode": "turntable"} | kept}


def _titles(placed: TokenMap, text: Text) -> list[str]:
    shares = enumerate(placed.axes.shares.tolist(), 1)
    return [text("token_map.axis", n=n, share=share) for n, share in shares]


def _room(numbers: ndarray) -> list[float]:
    """A range with room for the labels."""
    low, high = float(numbers.min()), float(numbers.max())
    margin = 0.12 * (high - low) or 0.5
    return [low - margin, high + margin]


def _sides(labels: list[str], places: ndarray) -> list[str]:
    """The side of its point on which each label overlaps least with points and earlier labels."""
    spans = np.ptp(places, axis=0)
    scale = min(MAP_WIDTH / (1.24 * spans[0] or 1), MAP_HEIGHT / (1.24 * spans[1] or 1))
    pixels = (places * scale).tolist()
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in pixels]
    sides = []
    for label, (x, y) in zip(labels, pixels, strict=True):
        width = LETTER * len(label)
        boxes = {
            side: (
                x + across * width + (12 if across == 0 else -12 if across == -1 else 0),
                y + up * LINE,
                x + (1 + across) * width + (12 if across == 0 else -12 if across == -1 else 0),
                y + (1 + up) * LINE,
            )
            for side, (across, up) in SIDES.items()
        }
        best = min(boxes, key=lambda side: sum(_overlap(boxes[side], one) for one in taken))
        sides.append(best)
        if label:
            taken.append(boxes[best])
    return sides


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _upright(axis: str, value: float) -> dict:
    return {
        "type": "line", "x0": value, "x1": value, "xref": axis, "y0": 0, "y1": 1,
        "yref": f"{axis.replace('x', 'y')} domain", "line": {"color": SECOND, "dash": "dash"},
    }  # fmt: skip


def _note(axis: str, value: float, words: str, colour: str = SECOND) -> dict:
    return {
        "text": words, "x": value, "xref": axis, "y": 1, "showarrow": False,
        "yref": f"{axis.replace('x', 'y')} domain", "yanchor": "bottom", "font": {"color": colour},
    }  # fmt: skip
