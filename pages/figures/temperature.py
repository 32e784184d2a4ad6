"""Figures of the temperature page: all stops as frames, then what follows from them."""

import numpy as np
import plotly.graph_objects as go

from core import temperature
from core.temperature import SHARES, STOPS, Pair, Sweep
from core.tokens import Token
from pages.figures import reel
from pages.figures.style import ACCENT, INK, MANY, REMOVED, SECOND, escape
from pages.text import Text

LEFT, RIGHT = [0, 0.56], [0.65, 1]  # the two panels
PLAYING = 500  # milliseconds a stop
TICKED = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, np.inf)
LONGEST = 12  # characters of a token under its bar
LEAST_SPAN = 2.0  # powers of ten on the axis of the odds


def name_of(stop: float) -> str:
    """A temperature as it is written."""
    return "∞" if stop == np.inf else f"{stop:g}"


def labels_of(shown: tuple[Token, ...]) -> list[str]:
    """The tokens, each with its rank, which no temperature changes."""
    names = [token.visible for token in shown]
    short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]
    return [f"{escape(name)}<sub>{rank}</sub>" for rank, name in enumerate(short, 1)]


def sweep(
    found: Sweep, shown: tuple[Token, ...], cross_entropy: float, stop: int, text: Text
) -> go.Figure:
    """The distribution at a stop, and the entropy at all of them, with the text's own bits."""
    frames = [
        reel.frame(place, [0, 3], [
            {"type": "bar", "y": probabilities},
            {"type": "scatter", "x": [place], "y": [bits], "text": [f"{bits:.2f}"]},
        ])
        for place, (probabilities, bits) in enumerate(
            zip(found.probabilities.astype(np.float32), found.entropies.astype(np.float32),
                strict=True)
        )
    ]  # fmt: skip
    on_right = {"type": "scatter", "xaxis": "x2", "yaxis": "y2"}
    everywhere = np.arange(len(STOPS), dtype=np.float32)
    has_own = bool(np.isfinite(cross_entropy))
    own = [cross_entropy, cross_entropy] if has_own else [np.nan, np.nan]
    data = [
        {
            "type": "bar",
            "x": labels_of(shown),
            "marker": {"color": ACCENT},
            "hovertemplate": text("sweep.hover"),
        },
        on_right | {
            "name": text("sweep.entropy"),
            "x": everywhere,
            "y": found.entropies.astype(np.float32),
            "mode": "lines",
            "line": {"color": ACCENT},
            "customdata": [[name_of(one), f"{bits:.3f}"] for one, bits in zip(STOPS,
                                                            found.entropies, strict=True)],
            "meta": [text("axis.temperature"), text("axis.entropy")],
            "hovertemplate": text("sweep.hover_entropy"),
        },
        on_right | {
            "x": [everywhere[0], everywhere[-1]],
            "y": own,
            "mode": "lines",
            "line": {"color": SECOND, "dash": "dash"},
            "hoverinfo": "skip",
        },
        on_right | {
            "mode": "markers+text",
            "textposition": "top left",
            "textfont": {"color": INK},
            "marker": {"color": INK, "size": 11},
            "cliponaxis": False,
            "hoverinfo": "skip",
        },
    ]  # fmt: skip
    for trace, brought in zip((0, 3), frames[stop]["data"], strict=True):
        data[trace] |= brought
    note = {
        "x": 0, "y": cross_entropy, "xref": "x2", "yref": "y2", "showarrow": False,
        "text": text("sweep.own", bits=cross_entropy), "xanchor": "left", "yanchor": "bottom",
        "font": {"color": SECOND},
    }  # fmt: skip
    layout = {
        "height": 440,
        "bargap": 0.25,
        "xaxis": {"title": {"text": text("axis.token")}, "domain": LEFT, "tickangle": -40},
        "yaxis": {"title": {"text": text("axis.probability")}, "range": [0, 1.04]},
        "xaxis2": _stops(text) | {"domain": RIGHT, "anchor": "y2"},
        "yaxis2": {"title": {"text": text("axis.entropy")}, "anchor": "x2",
                   "range": [-0.3, 1.12 * max(found.most, 1.0)]},
        "annotations": [note] if has_own else [],
    } | reel.controls([name_of(one) for one in STOPS], stop, "T =", PLAYING)  # fmt: skip
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _stops(text: Text) -> dict:
    """An axis on which all stops are equally far apart, with the limits at its ends."""
    places = [STOPS.index(one) for one in TICKED]
    return {
        "title": {"text": text("axis.temperature")},
        "tickvals": places,
        "ticktext": [name_of(one) for one in TICKED],
        "range": [-0.6, len(STOPS) - 0.4],
        "showgrid": False,
        "zeroline": False,
    }


def odds(pair: Pair, names: tuple[str, str], stop: int, text: Text) -> go.Figure:
    """How many times likelier one token is than the other, by temperature, in powers of ten."""
    powers = np.array([temperature.odds(pair.difference, one) for one in STOPS])
    steepest = temperature.odds(pair.difference, 0.1)  # colder ones leave the figure
    low, high = min(0.0, steepest, -LEAST_SPAN), max(0.0, steepest, LEAST_SPAN)
    low, high = (low if steepest < 0 else -0.05 * high), (high if steepest >= 0 else -0.05 * low)
    inside = np.where((powers >= low) & (powers <= high), powers, np.nan)
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": np.arange(len(STOPS), dtype=np.float32),
        "y": np.clip(powers, 2 * low - 9, 2 * high + 9).astype(np.float32),
        "line": {"color": ACCENT},
        "marker": {"color": ACCENT, "size": 6},
        "customdata": [
            [name_of(one), *map(escape, names), as_power(power)]
            for one, power in zip(STOPS, powers, strict=True)
        ],
        "meta": [text("axis.temperature"), text("odds.one"), text("odds.other"), text("axis.odds")],
        "hovertemplate": text("odds.hover"),
    }
    here = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [stop],
        "y": [inside[stop]],
        "text": [as_power(powers[stop])],
        "textposition": "top right",
        "textfont": {"color": INK},
        "marker": {"color": INK, "size": 11},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    ticks = np.arange(np.ceil(low), np.floor(high) + 1, max(1, round((high - low) / 6)))
    layout = {
        "height": 340,
        "xaxis": _stops(text),
        "yaxis": {
            "title": {"text": text("axis.odds")},
            "range": [low, 1.08 * high if steepest >= 0 else high],
            "tickvals": ticks,
            "ticktext": [f"10<sup>{int(tick)}</sup>" if tick else "1" for tick in ticks],
            "zeroline": True,
            "zerolinecolor": REMOVED,
        },
    }
    return go.Figure({"data": [curve, here], "layout": layout})


def as_power(power: float) -> str:
    """The odds of a power of ten, as a number while it is short."""
    if not np.isfinite(power):
        return "∞" if power > 0 else "0"
    return f"{10**power:,.3g}" if abs(power) < 4 else f"10^{power:.1f}"


def kept_sets(found: Sweep, stop: int, text: Text) -> go.Figure:
    """How many tokens top-p keeps, by temperature, for several p."""
    x = np.arange(len(STOPS), dtype=np.float32)
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": f"p = {share:g}",
            "x": x,
            "y": n_kept.astype(np.float32),
            "line": {"color": colour},
            "marker": {"color": colour, "size": 6},
            "customdata": [[name_of(one), f"{share:g}", f"{n:,}"] for one, n in zip(STOPS, n_kept,
                                                                              strict=True)],
            "meta": [text("axis.temperature"), "p", text("axis.kept")],
            "hovertemplate": text("kept_sets.hover"),
        }
        for share, n_kept, colour in zip(SHARES, found.n_kept.T, MANY, strict=False)
    ]  # fmt: skip
    top = max(1.0, float(np.log10(found.n_tokens)))
    layout = {
        "height": 380,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": _stops(text),
        "yaxis": {"title": {"text": text("axis.kept")}, "type": "log", "dtick": 1,
                  "range": [-0.08 * top, 1.05 * top]},
        "shapes": [{"type": "line", "x0": stop, "x1": stop, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": INK, "width": 1, "dash": "dot"}}],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})
