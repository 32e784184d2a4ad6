"""Figures of two sides: what each token costs in both, and how far their predictions are apart."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.divergence import ABSENT, VARIANTS, AlongBytes, Columns, Pair
from core.model.contrast import Contrasted, Read
from core.tokens import Token
from pages.figures.style import (
    ACCENT,
    GRID,
    INK,
    PAPER,
    REMOVED,
    SECOND,
    WEIGHTS,
    axis_labels,
    escape,
)
from pages.text import Text

A, B = SECOND, ACCENT  # as on the page that compares heads
MOST_NAMED = 12  # columns whose tokens are written into the ribbons
MOST_VALUES = 40  # columns whose ∞ is written above its bar
LONGEST = 9  # letters of a token in a cell
LONGEST_NAME = 26  # of a text, where it is named
CEILINGS = (4, 8, 12, 16, 24, 32)  # bits of the darkest colour, which seldom moves with the text
MOST_ROWS = 6  # of the sum that is written out
MOST_CHIPS = 48  # tokens that are written along the bytes


def names_of(
    kind: str, texts: tuple[str, str], temperatures: tuple[float, float], other: str, text: Text
) -> tuple[str, str]:
    """What A and B are called; `other` is a variant of the network, or the name of another one."""
    if kind == "temperatures":
        a, b = (f"T = {temperature:g}" for temperature in temperatures)
    elif kind == "texts":
        a, b = (
            text("name.text", words=_cut(" ".join(words.split()), LONGEST_NAME)) for words in texts
        )
    else:
        a = text("name.trained")
        b = text(f"variant.{other}") if other in VARIANTS else other
    return a, b


def as_if(variant: str, text: Text) -> str:
    """What has to be said of a variant; the space before it is the language's own."""
    between = {"en": " "}.get(text.language, "")
    return between + text("as_if") if variant else ""


def labels_of(columns: Columns, found: Contrasted, text: Text) -> list[str]:
    """One name per column: "cat", "−only A", "+only B", and the place after both ends."""
    labels = []
    for a, b in zip(columns.places_a[:-1], columns.places_b[:-1], strict=True):
        if b == ABSENT:
            labels.append("−" + found.tokens_a[a].visible)
        else:
            labels.append(("+" if a == ABSENT else "") + found.tokens_b[b].visible)
    return [*labels, text("column.end")]


def in_words(columns: Columns, shown: Pair, aligned: int, text: Text) -> dict[str, str]:
    """The numbers of a contrast as they are said."""
    means = {name: columns.mean(name) for name in ("bits_a", "bits_b", "forward", "backward", "js")}
    known = {name: number(value) for name, value in means.items()}
    return known | {
        "here_forward": number(shown.forward),
        "here_backward": number(shown.backward),
        "here_js": number(shown.js, 3),
        "here_entropy": number(shown.entropy_a),
        "here_cross": number(shown.cross_entropy),
        "drawn": _drawn(columns, aligned, text),
    }


def _drawn(columns: Columns, aligned: int, text: Text) -> str:
    """What the token that really stands there has cost in both, or that none does."""
    if aligned == len(columns.pairs) - 1:
        return text("drawn.none")
    return text(
        "drawn.token",
        a=number(float(columns.bits_a[aligned])),
        b=number(float(columns.bits_b[aligned])),
        change=number(float(columns.difference[aligned]), signed=True),
    )


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number as it is written; a dash for none."""
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def ribbons(
    columns: Columns, found: Contrasted, labels: list[str], aligned: int, text: Text
) -> go.Figure:
    """Both texts on one axis, coloured by bits; below, the differences and the divergences."""
    names = axis_labels(labels)
    difference = columns.difference
    is_named = len(names) <= MOST_NAMED
    far = max(1.0, _most(np.abs(difference)))
    far_apart = max(1.0, _most(np.array([columns.forward, columns.backward])))
    data = [
        _strips(columns, found, labels, text),
        _bars(names, difference, 1.3 * far, "y2", text("ribbons.difference"), text)
        | {"marker": {"color": [A if cell < 0 else B for cell in np.nan_to_num(difference)]},
           "showlegend": False},
        _bars(names, columns.forward, 1.18 * far_apart, "y3", "KL(A‖B)", text)
        | {"marker": {"color": A}},
        _bars(names, columns.backward, 1.18 * far_apart, "y3", "KL(B‖A)", text)
        | {"marker": {"color": B}},
        {
            "type": "scatter",
            "mode": "markers",
            "name": "JS",
            "x": names,
            "y": columns.js.astype(np.float32),
            "yaxis": "y3",
            "marker": {"color": INK, "size": 8, "symbol": "diamond"},
            "cliponaxis": False,
            "hovertemplate": text("ribbons.hover", name="JS"),
        },
    ]  # fmt: skip
    layout = {
        "height": 560,
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 0.42, "yanchor": "bottom",
                   "bgcolor": "rgba(0,0,0,0)"},
        # Tokens that are written into the ribbons are not written once more.
        "xaxis": {"tickangle": -60, "anchor": "y3", "showgrid": False,
                  "showticklabels": not is_named, "ticks": "", "range": [-0.5, len(names) - 0.5]},
        "yaxis": {"domain": [0.74, 1], "autorange": "reversed", "showgrid": False, "ticks": ""},
        "yaxis2": {"domain": [0.52, 0.7], "range": [-1.3 * far, 1.3 * far],
                   "tickvals": [-_tick(far), 0, _tick(far)],
                   "title": {"text": text("axis.difference")}, "zeroline": True,
                   "zerolinecolor": REMOVED},
        "yaxis3": {"domain": [0, 0.42], "range": [0, 1.18 * far_apart], "nticks": 6,
                   "title": {"text": text("axis.divergence")}},
        "coloraxis": {
            "cmin": 0,
            "cmax": _ceiling(np.array([columns.bits_a, columns.bits_b])),
            "colorscale": WEIGHTS,
            "showscale": not is_named,
            "colorbar": {"title": {"text": text("axis.bits")}, "y": 0.7, "yanchor": "bottom",
                         "len": 0.34, "lenmode": "fraction", "nticks": 3},
        },
        "shapes": [{
            "type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1,
            "x0": aligned - 0.5, "x1": aligned + 0.5, "line": {"color": INK, "width": 1.5},
        }],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _strips(columns: Columns, found: Contrasted, labels: list[str], text: Text) -> dict:
    """A's tokens over B's, as cells coloured by what they cost."""
    is_named = len(labels) <= MOST_NAMED
    sides = (
        (columns.places_a, found.tokens_a, columns.bits_a),
        (columns.places_b, found.tokens_b, columns.bits_b),
    )
    written = []
    for places, tokens, bits in sides:
        row = [
            f"{_short(tokens[place].visible)}<br>{number(float(cost), 1)}" if place >= 0 else ""
            for place, cost in zip(places[:-1], bits[:-1], strict=True)
        ]
        written.append([*row, labels[-1]])
    return {
        "type": "heatmap",
        # An ∞ is the darkest colour, as all beyond the scale is; JSON has no ∞.
        "z": np.array([columns.bits_a, columns.bits_b]).clip(max=1e4).astype(np.float32),
        "x": axis_labels(labels),
        "y": ["A", "B"],
        "text": written,
        "texttemplate": "%{text}" if is_named else "",
        "coloraxis": "coloraxis",
        "hoverongaps": False,
        "xgap": 1 if len(labels) <= 80 else 0,
        "ygap": 3,
        "customdata": [
            [[side, label, number(cost, 3)] for label, cost in zip(labels, bits, strict=True)]
            for side, (_, _, bits) in zip("AB", sides, strict=True)
        ],
        "meta": [text("column.side"), text("sum.token"), text("axis.bits")],
        "hovertemplate": text("ribbons.hover_strip"),
    }


def _bars(
    names: list[str],
    values: Float[ndarray, " position"],
    far: float,
    axis: str,
    name: str,
    text: Text,
) -> dict:
    """Bars; one of ∞ goes to the end of the axis and says so."""
    says = len(names) <= MOST_VALUES
    return {
        "type": "bar",
        "x": names,
        "y": np.clip(values, -0.92 * far, 0.92 * far).astype(np.float32),
        "yaxis": axis,
        "name": name,
        "text": [number(value) if np.isinf(value) and says else "" for value in values],
        "customdata": [
            [label, number(value, 3)] for label, value in zip(names, values, strict=True)
        ],
        "meta": [text("sum.token"), name],
        "hovertemplate": text("ribbons.hover_bar", name=name),
    }


def tokens(shown: Pair, named: Sequence[Token], text: Text) -> go.Figure:
    """The likeliest tokens in both predictions, and what each adds to both divergences."""
    labels = [f"{_short(token.visible, 16)}<sub>{rank}</sub>"
              for rank, token in enumerate(named, 1)]  # fmt: skip
    sums = [
        np.append(parts, rest)
        for parts, rest in zip((shown.forward_terms, shown.backward_terms), shown.rest, strict=True)
    ]
    far = max(0.1, _most(np.array(sums)))
    least = min(0.0, float(min(np.nanmin(part[np.isfinite(part)], initial=0.0) for part in sums)))
    with_rest = [*labels, text("column.rest")]
    data = [
        _row_bars(labels, part, "x", (name, colour), text("axis.probability"), text)
        for part, name, colour in ((shown.p, "A", A), (shown.q, "B", B))
    ] + [
        _row_bars(
            with_rest, part.clip(max=1.02 * far), "x2", (name, colour), text("axis.term"), text
        )
        | {"text": [number(cell) if np.isinf(cell) else "" for cell in part]}
        for part, name, colour in zip(sums, ("A · KL(A‖B)", "B · KL(B‖A)"), (A, B), strict=True)
    ]
    layout = {
        "height": 460,
        "barmode": "group",
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"t": 40},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "xaxis": {"domain": [0, 0.46], "title": {"text": text("axis.probability")},
                  "range": [0, 1.08 * max(0.01, float(max(shown.p.max(), shown.q.max())))]},
        "xaxis2": {"domain": [0.54, 1], "title": {"text": text("axis.term")}, "zeroline": True,
                   "zerolinecolor": REMOVED, "range": [1.15 * least - 0.03 * far, 1.15 * far]},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _row_bars(
    labels: list[str],
    values: Float[ndarray, " token"],
    axis: str,
    named: tuple[str, str],
    quantity: str,
    text: Text,
) -> dict:
    name, colour = named
    return {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "x": values.astype(np.float32),
        "xaxis": axis,
        "name": name,
        "showlegend": axis == "x2",
        "offsetgroup": colour,
        "marker": {"color": colour},
        "hovertemplate": text("tokens.hover", name=name, quantity=quantity),
    }


def sums(shown: Pair, named: Sequence[Token], text: Text) -> str:
    """KL(A‖B) as the sum that it is, in a table in Markdown: the largest terms line by line."""
    order = np.argsort(-np.abs(shown.forward_terms), kind="stable")[:MOST_ROWS]
    lines = [
        f"| {text('sum.token')} | $p$ | $q$ | $\\log_2 \\frac{{p}}{{q}}$ | "
        "$p \\log_2 \\frac{p}{q}$ |",
        "|---|---:|---:|---:|---:|",
    ]
    for place in order:
        p, q = float(shown.p[place]), float(shown.q[place])
        with np.errstate(divide="ignore"):
            ratio = float(np.log2(p) - np.log2(q)) if p or q else np.nan
        cells = f"{p:.4f} | {q:.4f}", number(ratio), number(float(shown.forward_terms[place]), 3)
        lines.append(f"| {_code(named[place].visible)} | {' | '.join(cells)} |")
    rest = shown.forward - float(shown.forward_terms[order].sum())
    rest = shown.forward if np.isinf(shown.forward) else rest
    lines.append(f"| {text('sum.others')} | | | | {number(rest, 3)} |")
    lines.append(f"| **KL(A‖B)** | | | | **{number(shown.forward, 3)}** |")
    return "\n".join(lines)


def _code(words: str) -> str:
    marks = "``" if "`" in words else "`"
    return f"{marks} {words} {marks}".replace("|", "\\|")


def bytes_in_words(along: tuple[AlongBytes, AlongBytes]) -> dict[str, object]:
    """The numbers of two networks with different tokens, as they are said."""
    a, b = along
    return {
        "per_byte_a": number(a.bits_per_byte, 3),
        "per_byte_b": number(b.bits_per_byte, 3),
        "per_token_a": number(a.bits_per_token),
        "per_token_b": number(b.bits_per_token),
        "n_tokens_a": len(a.stops),
        "n_tokens_b": len(b.stops),
        "total_a": number(a.total, 1),
        "total_b": number(b.total, 1),
        "n_bytes": int(a.stops[-1]),
        "first": a.first,
    }


def along_bytes(
    along: tuple[AlongBytes, AlongBytes],
    reads: tuple[Read, Read],
    names: tuple[str, str],
    text: Text,
) -> go.Figure:
    """The tokens of both networks over the bytes of the text, and the bits that they add up to."""
    every = np.concatenate([_per_byte(one) for one in along])
    chips = [
        _chips(one, read, row, text)
        for one, read, row in zip(along, reads, ("A", "B"), strict=True)
    ]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": one.stops.astype(np.float32),
            "y": one.so_far.astype(np.float32),
            "yaxis": "y2",
            "name": f"{row}: {name}",
            "line": {"color": colour, "shape": "hv"},
            "hovertemplate": text("bytes.hover_line", name=row),
        }
        for one, row, name, colour in zip(along, "AB", map(escape, names), (A, B), strict=True)
    ]
    most = max(1.0, *(float(one.so_far.max(initial=0)) for one in along))
    layout = {
        "height": 480,
        "bargap": 0.15,
        "barmode": "overlay",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 0.57, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.byte")}, "anchor": "y2", "showgrid": False,
                  "range": [0, max(1, int(along[0].stops[-1]))]},
        "yaxis": {"domain": [0.68, 1], "autorange": "reversed", "showgrid": False},
        "yaxis2": {"domain": [0, 0.56], "range": [0, 1.05 * most],
                   "title": {"text": text("axis.total")}},
        "coloraxis": {
            "cmin": 0,
            "cmax": _ceiling(every),
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.per_byte")}, "y": 0.66, "yanchor": "bottom",
                         "len": 0.36, "lenmode": "fraction", "nticks": 3},
        },
        "shapes": [{
            "type": "rect", "xref": "x", "yref": "y2 domain", "y0": 0, "y1": 1, "x0": 0,
            "x1": along[0].first, "fillcolor": GRID, "line": {"width": 0}, "layer": "below",
        }],
    }  # fmt: skip
    return go.Figure({"data": [*chips, *lines], "layout": layout})


def _chips(one: AlongBytes, read: Read, row: str, text: Text) -> dict:
    shades = _per_byte(one)
    words = [token.visible for token in read.tokens]
    named = len(words) <= MOST_CHIPS
    return {
        "type": "bar",
        "orientation": "h",
        "base": one.starts.astype(np.float32),
        "x": (one.stops - one.starts).astype(np.float32),
        "y": [row] * len(words),
        "marker": {
            "color": np.nan_to_num(shades).astype(np.float32),
            "coloraxis": "coloraxis",
            "line": {"color": PAPER, "width": 1},
        },
        "text": [_short(word) if named else "" for word in words],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "showlegend": False,
        "customdata": [
            [escape(word), number(float(bits), 3)]
            for word, bits in zip(words, one.surprisals, strict=True)
        ],
        "meta": [text("sum.token"), text("axis.bits")],
        "hovertemplate": text("bytes.hover_chip", name=row),
    }


def _per_byte(one: AlongBytes) -> Float[ndarray, " token"]:
    return one.surprisals / np.maximum(1, one.stops - one.starts)


def _short(words: str, longest: int = LONGEST) -> str:
    return escape(_cut(words, longest))


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _most(values: Float[ndarray, "..."]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max(initial=0.0))


def _tick(far: float) -> float:
    """The largest of 1, 2, 5, 10, 20 … up to a number from 1 on."""
    power = 10.0 ** np.floor(np.log10(far))
    return float(max(step * power for step in (1, 2, 5) if step * power <= far))


def _ceiling(values: Float[ndarray, "..."]) -> float:
    most = _most(values)
    return float(next((step for step in CEILINGS if most <= step), most))
