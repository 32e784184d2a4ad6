"""Figures of surprisal: bits along the text, how many tokens cost how much, best guesses."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.long_context import Curves
from core.model.predictions import Predicted
from core.surprisal import Course, Guesses, Histogram
from core.tokens import Token
from pages.figures.style import ACCENT, INK, PAPER, REMOVED, SECOND, axis_labels, escape
from pages.text import Text

EACH = 256  # tokens that are drawn each for itself; of more, the means of windows
POINTS = 64  # tokens whose means are marked
EVERY = 4  # bits between two ticks of the colours
ROOM = 1.08  # above the highest number
FEW = 8  # tokens in a bin, up to which each is ticked
LONGEST = 14  # characters of a guess on the axis


def bits(course: Course, tokens: tuple[Token, ...], place: int | None, text: Text) -> go.Figure:
    """What each token cost and was expected to cost, and the mean so far, with its perplexity."""
    labels = axis_labels([token.visible for token in tokens])[1:]
    each = {
        "type": "bar",
        "name": text("bits.each"),
        "x": labels,
        "y": course.surprisals.astype(np.float32),
        "marker": {"color": ACCENT},
        "hovertemplate": text("bits.hover_each"),
    }
    mode = "lines+markers" if len(labels) <= POINTS else "lines"
    lines = _lines(labels, course.running_mean, course.entropies, mode, text)
    layout = _layout(course, [each["y"], *(line["y"] for line in lines[:2])], text)
    layout["xaxis"] = {
        "title": text("axis.token"),
        "tickangle": -60,
        "range": [-0.6, max(len(labels), 1) - 0.4],
    }
    if place is not None:
        layout["shapes"] = [_around(place, float(each["y"][place - 1]))]
    return go.Figure({"data": [each, *lines], "layout": layout})


def windowed_bits(course: Course, found: Curves, width: int, place: int, text: Text) -> go.Figure:
    """The same of a long text: means over a window for bits and entropies, not each token's."""
    x = found.positions.astype(np.float32)
    each = {
        "type": "scatter",
        "mode": "lines",
        "name": text("bits.window", width=width),
        "x": x,
        "y": found.values[0].astype(np.float32),
        "line": {"color": ACCENT},
        "hovertemplate": text("bits.hover_each"),
    }
    means = course.running_mean[found.positions - 1]
    lines = _lines(x, means, found.values[1], "lines", text)
    lines[1]["line"] = {"color": INK, "width": 1.5}  # steps and dots would be a blur
    layout = _layout(course, [each["y"], *(line["y"] for line in lines[:2])], text)
    layout["xaxis"] = {"title": text("axis.position"), "range": [0, float(x[-1]) * 1.01]}
    layout["shapes"] = [
        {
            "type": "line",
            "x0": place,
            "x1": place,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": INK, "width": 1, "dash": "dot"},
        }
    ]
    return go.Figure({"data": [each, *lines], "layout": layout})


def _around(place: int, height: float) -> dict:
    """A frame around the bar of the token that is looked at."""
    return {
        "type": "rect",
        "x0": place - 1 - 0.45,
        "x1": place - 1 + 0.45,
        "y0": 0,
        "y1": height,
        "line": {"color": INK, "width": 2},
    }


def _lines(x, means, entropies: Float[ndarray, " target"] | None, mode: str, text: Text) -> list:
    """The mean so far, what was expected, and the perplexity: the same mean on the right axis."""
    mean = {
        "type": "scatter",
        "name": text("bits.mean"),
        "x": x,
        "y": means.astype(np.float32),
        "mode": mode,
        "line": {"color": SECOND},
        "marker": {"color": SECOND, "size": 6},
        "hovertemplate": text("bits.hover_mean"),
    }
    expected = {
        "type": "scatter",
        "name": text("bits.entropy"),
        "x": x,
        "y": (np.full(len(means), np.nan) if entropies is None else entropies).astype(np.float32),
        "mode": "lines",
        "line": {"color": INK, "dash": "dot", "width": 2, "shape": "hvh"},
        "hovertemplate": text("bits.hover_entropy"),
    }
    perplexity = {
        "type": "scatter",
        "name": text("bits.perplexity"),
        "x": x,
        "y": np.exp2(means).astype(np.float32),
        "yaxis": "y2",
        "mode": "lines",
        "line": {"color": SECOND, "width": 0},  # it would lie on the mean's line
        "hovertemplate": text("bits.hover_perplexity"),
        "showlegend": False,
    }
    return [mean, expected, perplexity]


def _layout(course: Course, heights: list[ndarray], text: Text) -> dict:
    """Bits on the left, and 2 to their power on the right: one height is the same on both."""
    known = np.concatenate([[1.0], *heights])
    top = ROOM * float(known[np.isfinite(known)].max())
    end = text("bits.end", mean=course.cross_entropy, perplexity=course.perplexity)
    return {
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hovermode": "x unified",
        "bargap": 0.15,
        "height": 460,
        "margin": {"t": 48},
        "yaxis": {"title": text("axis.bits"), "range": [0, top]},
        "yaxis2": {
            "title": text("axis.perplexity"),
            "type": "log",
            "range": [0, top * np.log10(2)],
            "dtick": 1,
            "tickformat": ",d",
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
        },
        "annotations": [
            {
                "text": end,
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": min(course.cross_entropy, top) if len(course.surprisals) else 0,
                "yanchor": "bottom",
                "yshift": 4,
                "showarrow": False,
                "bgcolor": PAPER,
                "opacity": 0.85,
                "font": {"color": SECOND},
            }
        ],
    }


def bit_counts(found: Histogram, text: Text) -> go.Figure:
    """How many tokens cost how many bits, with the mean and the median."""
    width = float(found.edges[1] - found.edges[0])
    spans = [
        f"{low:g}–{high:g}" for low, high in zip(found.edges[:-1], found.edges[1:], strict=True)
    ]
    bars = {
        "type": "bar",
        "x": (found.edges[:-1] + width / 2).astype(np.float32),
        "y": found.counts.astype(np.float32),
        "width": np.full(len(spans), 0.94 * width, np.float32),
        "marker": {"color": ACCENT},
        "customdata": [[span, int(n)] for span, n in zip(spans, found.counts, strict=True)],
        "meta": [text("axis.bits"), text("axis.tokens")],
        "hovertemplate": text("bit_counts.hover"),
    }
    is_right = found.mean >= found.median
    marks = [("mean", found.mean, is_right, SECOND), ("median", found.median, not is_right, INK)]
    top = 1.2 * float(max(found.counts.max(), 1))
    layout = {
        "height": 320,
        "xaxis": {"title": text("axis.bits"), "range": [0, float(found.edges[-1])]},
        "yaxis": {"title": text("axis.tokens"), "range": [0, top], "tickformat": ",d", "nticks": 6}
        | ({"dtick": 1} if top < FEW else {}),
        "shapes": [
            {
                "type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": colour, "width": 2, "dash": "dash"},
            }
            for _, at, _, colour in marks
        ],
        "annotations": [
            {
                "text": text(f"bit_counts.{name}", bits=at), "x": at, "y": 1, "yref": "paper",
                "yanchor": "top", "xanchor": "left" if right else "right",
                "xshift": 6 if right else -6, "showarrow": False, "font": {"color": colour},
                "bgcolor": PAPER,
            }
            for name, at, right, colour in marks
        ],
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def guesses(found: Guesses, tokens: tuple[Token, ...], rank: int, text: Text) -> go.Figure:
    """The likeliest tokens at one place, the one that came among them, and all others together."""
    ranks = [*range(1, len(tokens)), rank] if rank > len(tokens) else range(1, len(tokens) + 1)
    names = [_short(token.visible) for token in tokens]
    labels = [f"{name}<sub>{one:,}</sub>" for name, one in zip(names, ranks, strict=True)]
    labels.append(text("guesses.rest"))
    shares = np.append(found.probabilities, found.rest)
    colours = [ACCENT] * len(tokens) + [REMOVED]
    colours[found.own] = SECOND
    bars = {
        "type": "bar",
        "x": labels,
        "y": shares.astype(np.float32),
        "text": [_probability(share) for share in shares],
        "marker": {"color": colours},
        "hovertemplate": text("guesses.hover"),
    }
    layout = {
        "height": 340,
        "xaxis": {"title": text("axis.guess"), "type": "category", "tickangle": -40},
        "yaxis": {
            "title": text("axis.probability"),
            "range": [0, 1.15 * float(shares.max())],
            "tickformat": ".0%",
        },
    }
    return go.Figure({"data": [bars], "layout": layout})


def _short(name: str) -> str:
    return escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")


def _probability(share: float) -> str:
    if share >= 0.0995 or share == 0:
        return f"{share:.0%}"
    return f"{share:.1%}" if share >= 0.001 else f"{share:.0e}".replace("e-0", "e-")


def _power(p: float) -> str:
    """A probability for LaTeX."""
    if p >= 0.001:
        return f"{p:.4g}"
    digits, power = f"{p:.2e}".split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def ticks(shade: str, d_vocab: int) -> list[tuple[float, str]]:
    """Where on a scale of colours which number stands; see core.surprisal.levels."""
    most = np.log2(d_vocab)
    if shade == "rank":
        ranks = [10**power for power in range(6) if 10**power < d_vocab / 2]
        return [*((float(np.log2(one) / most), f"{one:,}") for one in ranks), (1.0, f"{d_vocab:,}")]
    steps = np.arange(0, most - EVERY / 2, EVERY)
    return [*((float(one / most), f"{one:g}") for one in steps), (1.0, f"{most:.1f}")]


def in_words(found: Predicted, course: Course, spread: Histogram, place: int) -> dict:
    """The numbers that the words of the page name."""
    target = place - 1
    return {
        "n_tokens": len(found.tokens),
        "n_terms": len(course.surprisals),
        "cross_entropy": course.cross_entropy,
        "perplexity": course.perplexity,
        "expected": course.expected,
        "total": course.total,
        "mean": spread.mean,
        "median": spread.median,
        "place": place,
        "token": found.tokens[place].visible,
        "p": float(found.probabilities[target]),
        "bits": float(found.surprisals[target]),
        "entropy": float(found.entropies[target]),
        "rank": int(found.ranks[target]),
        "first": float((found.ranks == 1).mean()),
    }


def lines(course: Course, values: dict, text: Text) -> str:
    """The formulas with the numbers put in, one after the other, as a table in Markdown."""
    some = [f"{one:.2f}" for one in course.surprisals]
    terms = " + ".join(some if len(some) <= 4 else [*some[:2], r"\dots", some[-1]])
    n, total, mean = len(some), course.total, course.cross_entropy
    rows = {
        "token": rf"-\log_2 ({_power(values['p'])}) = {values['bits']:.2f}",
        "expected": rf"-\sum_v p_v \log_2 p_v = {values['entropy']:.2f}",
        "total": rf"{terms} = {total:,.2f}".replace(",", "{,}"),
        "mean": rf"\frac{{{total:,.2f}}}{{{n:,}}} = {mean:.3f}".replace(",", "{,}"),
        "perplexity": rf"2^{{{mean:.3f}}} = {course.perplexity:,.2f}".replace(",", "{,}"),
    }
    head = f"| {text('lines.what')} | {text('lines.numbers')} |\n|---|---|"
    return "\n".join(
        [head, *(f"| {text(f'lines.{name}')} | ${row}$ |" for name, row in rows.items())]
    )
