"""Figures of the RoPE page: pairs as arrows in their planes, as hands of dials, as wavelengths."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from numpy import ndarray

from core.rope import Planes, Spectrum
from pages.figures.reel import controls, frame
from pages.figures.style import ACCENT, GRID, INK, REMOVED, SECOND
from pages.text import Text

EACH_UP_TO = 32  # positions; from there on only the powers of two
PLAYING = 350  # milliseconds a step
APART, REACH = 3.0, 1.4  # from plane to plane, and from a plane's middle to its border
MOST_PLANES = 3
IN_A_ROW, ROW_HEIGHT = 16, 3.3  # of the dials, whose hands are one long
CIRCLE = np.append(np.linspace(0, 2 * np.pi, 49), np.nan)  # a gap, so that one line draws many


def stops(row: int, context_length: int) -> Int[ndarray, " position"]:
    """The positions of the slider: each at first, then ever fewer, and the token's own."""
    powers = 2 ** np.arange(5, 40)
    known = np.append(np.arange(EACH_UP_TO + 1), powers[powers <= context_length])
    return np.unique(np.append(known, row))


def nearest(stops: Int[ndarray, " position"], position: int) -> int:
    """Which of the stops is the nearest to a position."""
    return int(np.abs(stops - position).argmin())


def planes(turned: Planes, step: int, text: Text) -> go.Figure:
    """The query and the key before and after the rotation; all positions as frames.

    Each plane has a scale of its own: the longer of its two arrows is one long.
    """
    centres = APART * np.arange(len(turned.pairs))
    points = np.concatenate([turned.query, turned.key])
    longest = np.hypot(*points.T).reshape(2, -1).max(axis=0)
    size = np.where(longest > 0, longest, 1)[:, None]
    frames = [
        frame(
            place,
            [4, 5, 6, 7, 8],
            _turned(turned, place, size, centres, text),
        )
        for place in range(len(turned.positions))
    ]
    lasting = [
        _circles(turned.query / size, centres) | {"line": {"color": GRID, "width": 1}},
        _circles(turned.key / size, centres) | {"line": {"color": GRID, "width": 1}},
        _arrows(turned.query / size, centres) | _look(ACCENT, "dot"),
        _arrows(turned.key / size, centres) | _look(SECOND, "dot"),
        _look(ACCENT, "solid"),
        _look(SECOND, "solid"),
        {"mode": "lines", "line": {"color": ACCENT, "width": 1.5}, "hoverinfo": "skip"},
        {
            "mode": "text",
            "textfont": {"color": [ACCENT, SECOND] * len(centres)},
            "meta": [text(f"planes.{name}") for name in ("vector", "x", "y")],
            "hovertemplate": text("planes.hover"),
        },
        {"mode": "text", "textposition": "bottom center", "hoverinfo": "skip"},
    ]
    data = lasting[:4] + [
        part | now for part, now in zip(lasting[4:], frames[step]["data"], strict=True)
    ]
    layout = {
        "height": 530,
        "xaxis": _hidden([-REACH, centres[-1] + REACH]) | {"constrain": "domain"},
        "yaxis": _hidden([-2.4, 1.6]) | {"scaleanchor": "x", "constrain": "domain"},
        "annotations": [
            _heading(centre, text("planes.heading", pair=pair, frequency=plain(frequency)))
            for centre, pair, frequency in zip(centres, turned.pairs, turned.spectrum.frequencies,
                                               strict=True)
        ],
    } | controls(_labels(turned.positions), step, text("axis.position"), PLAYING)  # fmt: skip
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _turned(
    turned: Planes, place: int, size: Float[ndarray, "pair 1"], centres, text: Text
) -> list[dict]:
    """What a position brings: two arrows a plane, the way they came, their names and the angle."""
    query, key = turned.queries[place] / size, turned.keys[place] / size
    angles = turned.spectrum.angles(turned.positions[[place]])[0]
    tips = np.stack([query, key], axis=1)  # pair, vector, x and y
    lengths = np.hypot(*np.moveaxis(tips, -1, 0))[..., None]
    names = tips * (1 + 0.2 / np.maximum(lengths, 0.2))
    names[..., 0] += centres[:, None]
    start = np.arctan2(turned.query[:, 1], turned.query[:, 0])
    way = np.minimum(angles, 2 * np.pi)[:, None] * np.linspace(0, 1, 25)
    way = np.pad(way + start[:, None], ((0, 0), (0, 1)), constant_values=np.nan)
    words = ["q", "k"] * len(centres)
    numbers = (tips * size[:, None]).reshape(-1, 2)
    told = [
        [f"{name}, {text('axis.pair')} {pair}", f"{x:.4f}", f"{y:.4f}"]
        for name, pair, (x, y) in zip(words, np.repeat(turned.pairs, 2), numbers, strict=True)
    ]
    written = [
        text(
            "planes.angle",
            position=turned.positions[place],
            frequency=plain(frequency),
            angle=plain(angle),
            turns=angle / (2 * np.pi),
        )
        for frequency, angle in zip(turned.spectrum.frequencies, angles, strict=True)
    ]
    return [
        _arrows(query, centres),
        _arrows(key, centres),
        _line(centres[:, None] + 0.3 * np.cos(way), 0.3 * np.sin(way)),
        _line(names[..., 0], names[..., 1]) | {"text": words, "customdata": told},
        _line(centres, np.full(len(centres), -1.33)) | {"text": written},
    ]


def clock(spectrum: Spectrum, positions, step: int, context_length: int, text: Text) -> go.Figure:
    """Every pair as a dial whose hand has turned by m·θ; all positions as frames."""
    n_pairs = len(spectrum.frequencies)
    row, column = np.divmod(np.arange(n_pairs), IN_A_ROW)
    centres = np.stack([2.5 * column, -ROW_HEIGHT * row])
    unfinished = spectrum.wavelengths > context_length
    angles = spectrum.angles(positions)
    frames = [
        frame(place, [1, 2, 3], _hands(centres, now, unfinished))
        for place, now in enumerate(angles)
    ]
    lasting = [
        {"mode": "lines", "line": {"color": ACCENT}, "hoverinfo": "skip"},
        {"mode": "lines", "line": {"color": SECOND}, "hoverinfo": "skip"},
        {
            "mode": "markers",
            "marker": {"color": [SECOND if one else ACCENT for one in unfinished], "size": 7},
            "meta": [text(f"axis.{name}") for name in ("pair", "angle", "turns")],
            "hovertemplate": text("clock.hover"),
        },
    ]
    dials = _line(centres[0][:, None] + np.cos(CIRCLE), centres[1][:, None] + np.sin(CIRCLE))
    numbers = _line(centres[0], centres[1] - 1.0) | {
        "mode": "text",
        "text": [str(pair) for pair in range(n_pairs)],
        "textposition": "bottom center",
        "textfont": {"color": REMOVED},
        "hoverinfo": "skip",
    }
    dials |= {"mode": "lines", "line": {"color": GRID, "width": 1.5}, "hoverinfo": "skip"}
    data = [
        dials,
        *(part | now for part, now in zip(lasting, frames[step]["data"], strict=True)),
        numbers,
    ]
    lowest = float(centres[1].min())
    layout = {
        "height": 125 + 76 * (1 + int(row.max())),
        "xaxis": _hidden([-1.3, float(centres[0].max()) + 1.3]) | {"constrain": "domain"},
        "yaxis": _hidden([lowest - 2.1, 1.3]) | {"scaleanchor": "x", "constrain": "domain"},
    } | controls(_labels(positions), step, text("axis.position"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _hands(centres, angles: Float[ndarray, " pair"], unfinished) -> list[dict]:
    tips = centres + np.stack([np.cos(angles), np.sin(angles)])
    gaps = np.full_like(angles, np.nan)
    across, up = (np.stack([c, tip, gaps], axis=1) for c, tip in zip(centres, tips, strict=True))
    told = np.stack([np.arange(len(angles)), angles, angles / (2 * np.pi)], axis=1)
    return [
        _line(across[~unfinished], up[~unfinished]),
        _line(across[unfinished], up[unfinished]),
        _line(*tips) | {"customdata": told.astype(np.float32)},
    ]


def wavelengths(
    spectrum: Spectrum, context_length: int, text: Text, chosen: int | None = None
) -> go.Figure:
    """Positions that each pair needs for a full turn, against the trained context."""
    unfinished = spectrum.wavelengths > context_length
    highest = max(8, np.log10(spectrum.wavelengths.max()) + 0.3)
    line = {
        "type": "scatter",
        "x": np.arange(len(spectrum.wavelengths)),
        "y": spectrum.wavelengths,
        "mode": "lines+markers",
        "line": {"color": REMOVED},
        "marker": {
            "color": [SECOND if one else ACCENT for one in unfinished],
            "size": [15 if pair == chosen else 9 for pair in range(len(unfinished))],
            "opacity": 1,
        },
        "hovertemplate": text("wavelengths.hover"),
    }
    note = {
        "text": text("wavelengths.context"),
        "x": 0.01,
        "xref": "paper",
        "xanchor": "left",
        "y": np.log10(
            context_length
        ),  # on a logarithmic axis Plotly counts a note's place in powers
        "yanchor": "bottom",
        "showarrow": False,
    }
    border = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": context_length,
        "y1": context_length,
        "line": {"color": REMOVED, "dash": "dash"},
    }
    layout = {
        "xaxis": {"title": {"text": text("axis.pair")}, "zeroline": False},
        "yaxis": {
            "title": {"text": text("axis.wavelength")},
            "type": "log",
            "range": [0, highest],
            "dtick": 1,
            "exponentformat": "power",
        },
        "annotations": [note],
        "shapes": [border],
    }
    return go.Figure({"data": [line], "layout": layout})


def plain(number: float) -> str:
    """A number to three digits, and to more where it is large; never as a power of ten."""
    digits = max(3, len(str(int(abs(number)))))
    return np.format_float_positional(number, precision=digits, fractional=False, trim="-")


def _arrows(points: Float[ndarray, "pair 2"], centres: Float[ndarray, " pair"]) -> dict:
    """From the middle of each plane to its point."""
    nothing = np.zeros(len(centres))
    across = np.stack([centres, centres + points[:, 0], nothing + np.nan], axis=1)
    return _line(across, np.stack([nothing, points[:, 1], nothing], axis=1))


def _look(colour: str, dash: str) -> dict:
    """A line that ends in the head of an arrow."""
    is_turned = dash == "solid"
    return {
        "mode": "lines+markers",
        "line": {"color": colour, "dash": dash, "width": 3 if is_turned else 1.5},
        "marker": {
            "color": colour,
            "symbol": "arrow",
            "angleref": "previous",
            "size": [0, 16 if is_turned else 9, 0] * MOST_PLANES,
            "opacity": 1,  # of marks of several sizes, it is less by itself
            "line": {"width": 0},
        },
        "opacity": 1 if is_turned else 0.6,
        "hoverinfo": "skip",
    }


def _circles(points: Float[ndarray, "pair 2"], centres: Float[ndarray, " pair"]) -> dict:
    radii = np.hypot(*points.T)[:, None]
    around = _line(centres[:, None] + radii * np.cos(CIRCLE), radii * np.sin(CIRCLE))
    return around | {"mode": "lines", "hoverinfo": "skip"}


def _line(x: ndarray, y: ndarray) -> dict:
    return {
        "type": "scatter",
        "x": np.ravel(x).astype(np.float32),
        "y": np.ravel(y).astype(np.float32),
    }


def _labels(positions: Int[ndarray, " position"]) -> list[str]:
    return [str(position) for position in positions]


def _hidden(limits: list[float]) -> dict:
    return {
        "range": limits,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "fixedrange": True,
    }


def _heading(x: float, words: str) -> dict:
    return {"x": x, "y": 1.3, "text": words, "showarrow": False, "yanchor": "bottom",
            "font": {"color": INK}}  # fmt: skip
