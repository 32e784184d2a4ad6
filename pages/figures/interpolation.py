"""Figures of the page on position interpolation: turning speeds and words become Plotly."""

import numpy as np
import plotly.graph_objects as go

from core.interpolation import METHODS, Ramp, Scaled, Score, Trained
from pages.figures.style import ACCENT, GRID, INK, MANY, REMOVED, SECOND
from pages.text import Text

LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
COLOURS = dict(zip(METHODS, [REMOVED, *MANY[1:]], strict=False))
DASHES = {"none": "dash", "dynamic": "dot", "yarn": "dash"}  # by_parts lies under yarn


def angles(chosen: Scaled, trained: Trained, length: int, pair: int, text: Text) -> go.Figure:
    """How far the fastest, a chosen and the slowest pair turn up to a length, before and after."""
    last = len(chosen.frequencies) - 1
    data, layout, notes, shapes = [], {}, [], []
    end = 1.02 * max(length, trained.length)
    for place, shown in enumerate((0, pair, last)):
        number = "" if place == 0 else str(place + 1)  # Plotly counts axes x, x2, x3 …
        x, y = f"x{number}", f"y{number}"
        for name, speeds, colour in (
            ("before", chosen.trained, SECOND),
            ("after", chosen.frequencies, ACCENT),
        ):
            data.append(_turns(speeds[shown], length, trained.length) | {
                "name": text(f"angles.{name}"),
                "xaxis": x,
                "yaxis": y,
                "line": {"color": colour, "dash": "dash" if name == "before" else "solid"},
                "hovertemplate": text("angles.hover"),
                "showlegend": place == 0,
            })  # fmt: skip
        seen = float(trained.turns[shown])
        top = 1.08 * max(seen, float(chosen.trained[shown]) * length / (2 * np.pi))
        shapes.append(_seen(x, y, trained.length, seen))
        old, new = (2 * np.pi / speeds[shown] for speeds in (chosen.trained, chosen.frequencies))
        notes.append(
            _heading(x, text("angles.heading", pair=shown, old=_short(old), new=_short(new)))
        )
        layout[f"xaxis{number}"] = {
            "title": {"text": text("axis.position")},
            "domain": [0.345 * place, 0.345 * place + 0.29],
            "anchor": y,
            "range": [0, end],
            "nticks": 4,
            "exponentformat": "none",
        }
        layout[f"yaxis{number}"] = {
            "title": {"text": text("axis.turns") if place == 0 else ""},
            "anchor": x,
            "range": [0, top],
            "nticks": 6,
            "exponentformat": "none",
        }
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.24, "yanchor": "top"}
    layout |= {
        "shapes": shapes,
        "annotations": notes,
        "showlegend": True,
        "legend": legend,
        "margin": {"t": 56},
        "height": 400,
    }
    return go.Figure({"data": data, "layout": layout})


def ratios(all_methods: tuple[Scaled, ...], chosen: str, pair: int, text: Text) -> go.Figure:
    """New by trained speed of every pair, one line for each method."""
    ordered = sorted(all_methods, key=lambda one: one.name == chosen)  # the chosen one on top
    pairs = np.arange(len(ordered[0].ratios))
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers" if one.name == chosen else "lines",
            "name": text(f"method.{one.name}"),
            "legendrank": METHODS.index(one.name),
            "x": pairs,
            "y": one.ratios.astype(np.float32),
            "line": {"color": ACCENT, "width": 4}
            if one.name == chosen
            else {"color": COLOURS[one.name], "dash": DASHES.get(one.name, "solid")},
            "marker": {"color": ACCENT, "size": 7},
            "hovertemplate": text("ratios.hover"),
        }
        for one in ordered
    ]
    lowest = min(float(one.ratios.min()) for one in ordered)
    highest = max(float(one.ratios.max()) for one in ordered)
    powers = np.arange(0, max(1, np.ceil(-np.log2(lowest) - 1e-9)) + 1)
    powers = powers[:: 2 if len(powers) > 7 else 1]
    layout = {
        "xaxis": {
            "title": {"text": text("axis.pair")},
            "range": [-0.5, len(pairs) - 0.5],
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": text("axis.ratio")},
            "type": "log",
            "range": [np.log10(lowest) - 0.06, np.log10(max(1.0, highest)) + 0.06],
            "tickvals": (2.0**-powers).astype(np.float32),
            "ticktext": ["1", *(f"1/{2 ** int(power)}" for power in powers[1:])],
        },
        "shapes": [_column(pair)],
        "showlegend": True,
        "legend": {"x": 1.01, "xanchor": "left", "y": 1, "yanchor": "top"},
        "height": 420,
    }
    return go.Figure({"data": lines, "layout": layout})


def ramps(
    code: Ramp, paper: Ramp, llama: Ramp, ends: tuple[float, float], trained: Trained, text: Text
) -> go.Figure:
    """What each pair keeps of its speed: the code's ramp, the paper's, and that of Llama 3."""
    pairs = np.arange(len(code.kept))
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": text(f"ramps.{name}"),
            "x": pairs,
            "y": ramp.kept.astype(np.float32),
            "customdata": trained.turns.astype(np.float32),
            "line": {"color": colour, "dash": dash},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("ramps.hover"),
        }
        for name, ramp, colour, dash in (
            ("llama", llama, REMOVED, "dot"),
            ("paper", paper, SECOND, "solid"),
            ("code", code, ACCENT, "solid"),
        )
    ]
    alpha, beta = (float(end) for end in ends)
    marks = [(paper.first, "β", beta), (paper.last, "α", alpha)]
    marks = [mark for mark in marks if -0.5 <= mark[0] <= len(pairs) - 0.5]
    layout = {
        "xaxis": {
            "title": {"text": text("axis.pair")},
            "range": [-0.5, len(pairs) - 0.5],
            "zeroline": False,
        },
        "yaxis": {"title": {"text": text("axis.kept")}, "range": [-0.04, 1.16]},
        "shapes": [_at(place) for place, _, _ in marks],
        "annotations": [
            {
                "x": place, "y": 1.16, "xanchor": "left", "yanchor": "top", "xshift": 4,
                "text": text("ramps.end", letter=letter, turns=turns), "showarrow": False,
                "font": {"color": INK},
            }
            for place, letter, turns in marks
        ],
        "showlegend": True,
        "legend": LEGEND,
        "height": 380,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def blow_up(score: Score, method: str, text: Text) -> go.Figure:
    """The largest size of a fitted score along the distances, at three kinds of speeds."""
    peaks = score.peaks
    lines = [
        ("extrapolated", peaks.extrapolated, SECOND, "dash"),
        ("scaled", peaks.scaled, MANY[2], "dot"),
        ("interpolated", peaks.interpolated, ACCENT, "solid"),
    ]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": text(f"blow_up.{name}", method=method),
            "x": peaks.distances.astype(np.float32),
            "y": np.maximum(sizes, 1e-3).astype(np.float32),
            "line": {"color": colour, "dash": dash},
            "hovertemplate": text("blow_up.hover"),
        }
        for name, sizes, colour, dash in lines
    ]
    most = max(float(sizes.max()) for _, sizes, _, _ in lines)
    top = 2.0 * np.ceil(max(1.0, np.log10(most)) / 2) + 0.2
    layout = {
        "xaxis": {
            "title": {"text": text("axis.distance")},
            "range": [0, float(score.distances[-1])],
            "exponentformat": "none",
        },
        "yaxis": {
            "title": {"text": text("axis.score")},
            "type": "log",
            "range": [-1.2, top],
            "dtick": 1 if top < 5 else 2,
            "exponentformat": "power",
        },
        "shapes": [_inside(score.length)],
        "annotations": [
            {
                "x": 0, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 6,
                "text": text("blow_up.inside"), "showarrow": False, "font": {"color": INK},
            }
        ],
        "showlegend": True,
        "legend": LEGEND,
        "height": 380,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _turns(speed: float, length: int, trained_length: int) -> dict[str, object]:
    """Turns at the ends of the trained range and of the text, and between them."""
    positions = np.unique([*np.linspace(0, length, 9), min(length, trained_length)])
    turns = positions * speed / (2 * np.pi)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": positions.astype(np.float32),
        "y": turns.astype(np.float32),
        "customdata": np.full(len(positions), 2 * np.pi / speed, np.float32),
    }


def _short(wavelength: float) -> str:
    return f"{wavelength:,.0f}" if wavelength >= 100 else f"{wavelength:.1f}"


def _heading(axis: str, words: str) -> dict[str, object]:
    return {
        "x": 0, "xref": f"{axis} domain", "xanchor": "left", "y": 1, "yref": "paper",
        "yanchor": "bottom", "yshift": 6, "align": "left", "text": words, "showarrow": False,
    }  # fmt: skip


def _seen(x: str, y: str, length: int, turns: float) -> dict[str, object]:
    """Positions and angles that training showed."""
    return {
        "type": "rect", "xref": x, "yref": y, "x0": 0, "x1": length, "y0": 0, "y1": turns,
        "fillcolor": GRID, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _inside(length: int) -> dict[str, object]:
    return {
        "type": "rect", "yref": "paper", "x0": 0, "x1": length, "y0": 0, "y1": 1,
        "fillcolor": GRID, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _column(pair: int) -> dict[str, object]:
    return {
        "type": "rect", "yref": "paper", "x0": pair - 0.4, "x1": pair + 0.4, "y0": 0, "y1": 1,
        "fillcolor": GRID, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _at(place: float) -> dict[str, object]:
    return {
        "type": "line", "yref": "paper", "x0": place, "x1": place, "y0": 0, "y1": 1,
        "line": {"color": REMOVED, "dash": "dash", "width": 1}, "layer": "below",
    }  # fmt: skip
