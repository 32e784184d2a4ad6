"""Figures of relative position: one score at all places, over distance, and pair by pair."""

import numpy as np
import plotly.graph_objects as go

from core.attention import HeadAttention
from core.relative import ByDistance, Vectors, placed
from core.tokens import Token
from pages.figures.reel import controls, frame
from pages.figures.style import ACCENT, COMPACT, INK, REMOVED, SECOND, SIGNED, axis_labels
from pages.text import Text

N_PLACES = 65  # positions from 0, of the query and of the key
FURTHEST_MARKED = 32  # distance; beyond, the mark would have no room to move
PLAYING = 150  # milliseconds a step
MOST_COLUMNS = 512  # of the map over distances
SPANS = (64, 256, 1024, 4096)


def distances(span: int) -> np.ndarray:
    """All distances up to a span, for a curve."""
    return np.arange(span + 1)


def thinned(span: int) -> np.ndarray:
    """As many of them as a map has columns for."""
    return np.arange(0, span + 1, max(1, span // MOST_COLUMNS))


def diagonals(vectors: Vectors, distance: int, shift: int, text: Text) -> go.Figure:
    """The score with the query at every m and the key at every n; the mark moves as frames."""
    scores = placed(vectors, N_PLACES)
    marked = min(distance, FURTHEST_MARKED)
    places = np.arange(N_PLACES - marked)
    frames = [
        frame(
            place,
            [2, 3],
            [
                {"type": "scatter", "x": [place], "y": [place + marked]},
                {
                    "type": "scatter",
                    "text": [
                        text(
                            "diagonals.number",
                            query=place + marked,
                            key=place,
                            score=scores[place + marked, place],
                        )
                    ],
                },
            ],
        )
        for place in places.tolist()
    ]
    step = min(shift, len(places) - 1)
    heat_map = {
        "type": "heatmap",
        "z": scores.astype(np.float32),
        "x": np.arange(N_PLACES),
        "y": np.arange(N_PLACES),
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": text("diagonals.hover"),
    }
    line = {
        "type": "scatter",
        "x": places[[0, -1]],
        "y": places[[0, -1]] + marked,
        "mode": "lines",
        "line": {"color": INK, "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }
    mark = {
        "mode": "markers",
        "marker": {"color": INK, "symbol": "square-open", "size": 13, "line": {"width": 3}},
        "hoverinfo": "skip",
    }
    number = {"x": [(N_PLACES - 1) / 2], "y": [-4.2], "mode": "text", "cliponaxis": False,
              "hoverinfo": "skip"}  # fmt: skip
    now = frames[step]["data"]
    most = float(np.abs(scores).max()) or 1.0
    layout = {
        "height": 600,
        "xaxis": {"title": {"text": text("axis.n")}, "range": [-0.5, N_PLACES - 0.5],
                  "showgrid": False, "zeroline": False},
        "yaxis": {"title": {"text": text("axis.m")}, "range": [N_PLACES - 0.5, -7.5],
                  "showgrid": False, "zeroline": False, "tickvals": list(range(0, N_PLACES, 8))},
        "coloraxis": {"colorscale": SIGNED, "cmin": -most, "cmax": most,
                      "colorbar": {"title": {"text": text("axis.score")}}},
    }  # fmt: skip
    labels = [str(place) for place in places]
    layout |= controls(labels, step, text("axis.shift"), PLAYING, left=0.28)
    data = [heat_map, line, mark | now[0], number | now[1]]
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def key_weights(
    looks: HeadAttention, tokens: tuple[Token, ...], row: int, key: int, text: Text
) -> go.Figure:
    """Where the query looks in the sentence, to choose a key from."""
    seen = slice(row + 1)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": axis_labels([token.visible for token in tokens[seen]]),
        "x": looks.attention_weights[row, seen].astype(np.float32),
        "marker": {"color": [SECOND if place == key else REMOVED for place in range(row + 1)],
                   "line": {"width": 0}},
        "hovertemplate": text("key_weights.hover"),
    }  # fmt: skip
    layout = {
        "height": 600,
        "bargap": 0.2,
        "xaxis": {"title": {"text": text("axis.weight")}, "range": [0, 1.03], "side": "top"},
        "yaxis": {"title": {"text": text("axis.key")}, "autorange": "reversed", "showgrid": False},
    }
    return go.Figure({"data": [bars], "layout": layout})


def score_by_distance(course: ByDistance, distance: int, text: Text) -> go.Figure:
    """The score of the two vectors as the query moves away, with their own distance marked."""
    scores = course.scores
    marks = [distance] if distance <= course.distances[-1] else []
    data = [
        {
            "type": "scatter",
            "x": course.distances.astype(np.float32),
            "y": scores.astype(np.float32),
            "mode": "lines",
            "line": {"color": ACCENT},
            "hovertemplate": text("score_by_distance.hover"),
        },
        {
            "type": "scatter",
            "x": marks,
            "y": scores[marks].astype(np.float32),
            "mode": "markers",
            "marker": {"color": SECOND, "size": 12},
            "hovertemplate": text("score_by_distance.hover"),
        },
    ]
    most = 1.1 * course.most or 1.0
    layout = {
        "xaxis": _distance_axis(course, text),
        "yaxis": {"title": {"text": text("axis.score")}, "range": [-most, most]},
    }
    return go.Figure({"data": data, "layout": layout})


def decay_bound(course: ByDistance, text: Text) -> go.Figure:
    """The size of the score under the paper's bound, on a logarithmic scale."""
    lines = [
        {
            "type": "scatter",
            "x": course.distances.astype(np.float32),
            # A score of exactly 0 has no place on a logarithmic axis.
            "y": np.where(sizes > 0, sizes, np.nan).astype(np.float32),
            "name": text(f"decay_bound.{name}"),
            "mode": "lines",
            "line": {"color": colour},
            "hovertemplate": text("decay_bound.hover"),
        }
        for name, sizes, colour in (
            ("bound", course.bounds, SECOND),
            ("score", np.abs(course.scores), ACCENT),
        )
    ]
    top, most = (float(np.log10(max(one, 1e-6))) for one in (course.bounds.max(), course.most))
    layout = {
        "xaxis": _distance_axis(course, text),
        "yaxis": {
            "title": {"text": text("axis.size")},
            "type": "log",
            "range": [most - 2.5, top + 0.4],
            "dtick": 1,
            "exponentformat": "power",
        },
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
    }
    return go.Figure({"data": lines, "layout": layout})


def carriers(parts: ByDistance, text: Text) -> go.Figure:
    """What each pair adds to the score at one distance."""
    summands = parts.summands[:, 0]
    bars = {
        "type": "bar",
        "x": np.arange(len(summands)),
        "y": summands.astype(np.float32),
        "marker": {"color": [ACCENT if one >= 0 else SECOND for one in summands],
                   "line": {"width": 0}},
        "hovertemplate": text("carriers.hover"),
    }  # fmt: skip
    layout = {
        "bargap": 0.2,
        "xaxis": {"title": {"text": text("axis.pair")}, "range": [-0.6, len(summands) - 0.4],
                  "showgrid": False},
        "yaxis": {"title": {"text": text("axis.adds")}},
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def carriers_map(parts: ByDistance, text: Text) -> go.Figure:
    """What each pair adds to the score at every distance."""
    most = float(np.abs(parts.summands).max()) or 1.0
    heat_map = {
        "type": "heatmap",
        "z": parts.summands.astype(np.float32),
        "x": parts.distances,
        "y": np.arange(len(parts.summands)),
        "meta": COMPACT,
        "coloraxis": "coloraxis",
        "hovertemplate": text("carriers_map.hover"),
    }
    layout = {
        "xaxis": {"title": {"text": text("axis.distance")}, "showgrid": False, "zeroline": False},
        "yaxis": {"title": {"text": text("axis.pair")}, "autorange": "reversed",
                  "showgrid": False, "zeroline": False},
        "coloraxis": {"colorscale": SIGNED, "cmin": -most, "cmax": most,
                      "colorbar": {"title": {"text": text("axis.adds")}}},
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def _distance_axis(course: ByDistance, text: Text) -> dict:
    last = float(course.distances[-1])
    return {"title": {"text": text("axis.distance")}, "range": [-0.01 * last, 1.01 * last],
            "zeroline": False}  # fmt: skip
