"""Figures of the pairings and the base: one vector under both, and what a wrong one does."""

import numpy as np
import plotly.graph_objects as go

from core.pairing import Change, Pairings
from core.rope import Spectrum
from core.tokens import Token
from pages.figures.reel import controls, frame
from pages.figures.style import ACCENT, COMPACT, INK, REMOVED, SECOND, WEIGHTS, axis_labels
from pages.text import Text

PLAYING = 350  # milliseconds a step
MOST_MARKERS = 64
BASES = (100, 1_000, 5_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 10_000_000)
LEFT, RIGHT = [0, 0.46], [0.54, 1]  # the two panels


def two_pairings(vectors: Pairings, pair: int, n_pairs: int, step: int, text: Text) -> go.Figure:
    """The same vector turned under either pairing, number by number; all positions as frames."""
    places = np.arange(len(vectors.before))
    partners = {"halves": (pair, pair + n_pairs), "neighbours": (2 * pair, 2 * pair + 1)}
    colours = {"halves": ACCENT, "neighbours": SECOND}
    frames = [
        frame(
            place,
            [1, 3],
            [
                {"type": "bar", "y": vectors.halves[place].astype(np.float32)},
                {"type": "bar", "y": vectors.neighbours[place].astype(np.float32)},
            ],
        )
        for place in range(len(vectors.positions))
    ]
    # The length of a pair stays, but either of its numbers may come to hold all of it.
    most = 1.15 * max(_reach(vectors.before, n_pairs), 1e-6)
    data, shapes, notes = [], [], []
    for number, (name, now) in enumerate(zip(partners, frames[step]["data"], strict=True), 1):
        axis = f"y{number}" if number > 1 else "y"
        data += [
            {
                "type": "bar",
                "name": text("two_pairings.before"),
                "x": places,
                "y": vectors.before.astype(np.float32),
                "yaxis": axis,
                "marker": {"color": REMOVED, "opacity": 0.55, "line": {"width": 0}},
                "hovertemplate": text("two_pairings.hover"),
            },
            {
                "name": text(f"two_pairings.{name}"),
                "x": places,
                "yaxis": axis,
                "width": 0.5,
                "marker": {"color": colours[name], "line": {"width": 0}},
                "hovertemplate": text("two_pairings.hover"),
            }
            | now,
        ]
        shapes += _bracket(partners[name], axis, most)
        notes.append(
            _note(text(f"two_pairings.{name}_pair", pair=pair, a=partners[name][0],
                       b=partners[name][1]), colours[name], axis, most)
        )  # fmt: skip
    # Few ticks: on a large screen, the last one would stand in the panel's heading.
    numbers = {"title": {"text": text("axis.number")}, "range": [-most, 1.45 * most], "nticks": 4}
    layout = {
        "height": 520,
        "barmode": "overlay",
        "bargap": 0.1,
        "xaxis": {"title": {"text": text("axis.place")}, "anchor": "y2", "showgrid": False,
                  "range": [-0.7, len(places) - 0.3], "zeroline": False},
        "yaxis": numbers | {"domain": [0.51, 0.95]},
        "yaxis2": numbers | {"domain": [0, 0.44]},
        "shapes": shapes,
        "annotations": notes,
    } | controls([str(place) for place in vectors.positions], step, text("axis.position"),
                 PLAYING)  # fmt: skip
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def maps(
    change: Change, tokens: tuple[Token, ...], names: tuple[str, str], text: Text
) -> go.Figure:
    """A head's weights as trained and with another encoding, side by side."""
    labels = axis_labels([token.visible for token in tokens])
    sides = [change.before] + ([change.after] if change.after else [])
    data = [
        {
            "type": "heatmap",
            "z": side.visible_weights.astype(np.float32),
            "x": labels,
            "y": labels,
            "xaxis": "x2" if place else "x",
            "meta": COMPACT,
            "coloraxis": "coloraxis",
            "hoverongaps": False,
            "hovertemplate": text("maps.hover"),
        }
        for place, side in enumerate(sides)
    ]
    across = {"side": "top", "tickangle": -60, "showgrid": False}
    middle = {"xref": "paper", "yref": "paper", "showarrow": False}
    layout = {
        "height": 480,
        "xaxis": across | {"title": {"text": names[0]}, "domain": LEFT},
        "xaxis2": across | {"title": {"text": names[1]}, "domain": RIGHT, "anchor": "y",
                            "visible": len(sides) > 1},
        "yaxis": {"title": {"text": text("axis.query")}, "autorange": "reversed",
                  "showgrid": False},
        "coloraxis": {"cmin": 0, "cmax": 1, "colorscale": WEIGHTS,
                      "colorbar": {"title": {"text": text("axis.weight")}}},
        "annotations": []
        if change.after
        else [middle | {"text": text("waiting"), "x": sum(RIGHT) / 2, "y": 0.5}],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def losses(
    change: Change, tokens: tuple[Token, ...], names: tuple[str, str], text: Text
) -> go.Figure:
    """What each token costs as trained, and with another encoding."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    sides = [(change.surprisals_before, names[0], ACCENT)]
    if change.after:
        sides.append((change.surprisals_after, names[1], SECOND))
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(labels) <= MOST_MARKERS else "lines",
            "name": name,
            "x": labels,
            "y": bits.astype(np.float32),
            "line": {"color": colour},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("losses.hover"),
        }
        for bits, name, colour in sides
    ]
    nothing = {"text": text("losses.nothing"), "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5,
               "showarrow": False}  # fmt: skip
    layout = {
        "height": 380,
        "showlegend": bool(labels),
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.token")}, "tickangle": -60, "visible": bool(labels)},
        "yaxis": {"title": {"text": text("axis.bits")}, "rangemode": "tozero",
                  "visible": bool(labels)},
        "annotations": [] if labels else [nothing],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def in_words(change: Change) -> dict[str, str]:
    """Its numbers, with a dash for what was not measured."""
    numbers = {
        "before": f"{change.loss_before:.2f}",
        "after": f"{change.loss_after:.2f}",
        "moved": f"{change.moved:.0%}",
    }
    return {name: "–" if "nan" in number else number for name, number in numbers.items()}


def base_spectrum(
    trained: Spectrum | None, other: Spectrum, context_length: int, text: Text
) -> go.Figure:
    """The wavelengths as trained and with another base, against the trained context."""
    sides = [(trained, "trained", ACCENT)] if trained else []
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": text(f"side.{name}"),
            "x": np.arange(len(side.wavelengths)),
            "y": side.wavelengths,
            "line": {"color": colour},
            "marker": {"color": colour, "size": 7},
            "hovertemplate": text("base_spectrum.hover"),
        }
        for side, name, colour in [*sides, (other, "base", SECOND)]
    ]
    slowest = max(float(line["y"].max()) for line in lines)
    layout = {
        "height": 360,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.pair")}, "zeroline": False},
        "yaxis": {
            "title": {"text": text("axis.wavelength")},
            "type": "log",
            "range": [0, max(8.2, float(np.log10(slowest)) + 0.3)],
            "dtick": 1,
            "exponentformat": "power",
        },
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": context_length,
             "y1": context_length, "line": {"color": REMOVED, "dash": "dash"}}
        ],
        "annotations": [
            {"text": text("base_spectrum.context"), "x": 0.01, "xref": "paper", "xanchor": "left",
             # on a logarithmic axis Plotly counts a note's place in powers
             "y": float(np.log10(context_length)), "yanchor": "bottom", "showarrow": False}
        ],
    }  # fmt: skip
    return go.Figure({"data": lines, "layout": layout})


def _reach(x: np.ndarray, n_pairs: int) -> float:
    """The longest pair of a vector under either pairing, or the largest number beyond them."""
    turned = x[: 2 * n_pairs]
    lengths = [np.hypot(turned[:n_pairs], turned[n_pairs:]), np.hypot(turned[::2], turned[1::2])]
    return float(np.max([*np.concatenate(lengths), *np.abs(x)]))


def _bracket(partners: tuple[int, int], axis: str, most: float) -> list[dict]:
    """Which two numbers are one point."""
    first, second = partners
    top, low = 1.1 * most, 0.98 * most
    strokes = [(first, low, first, top), (first, top, second, top), (second, top, second, low)]
    return [
        {"type": "line", "yref": axis, "x0": x0, "y0": y0, "x1": x1, "y1": y1,
         "line": {"color": INK, "width": 2}}
        for x0, y0, x1, y1 in strokes
    ]  # fmt: skip


def _note(words: str, colour: str, axis: str, most: float) -> dict:
    return {"text": words, "xref": "paper", "x": 0, "xanchor": "left", "yref": axis,
            "y": 1.15 * most, "yanchor": "bottom", "showarrow": False,
            "font": {"color": colour}}  # fmt: skip
