"""Figures of the page on bits per byte: other units, other tokenizers, other cuts."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.bits_per_byte import COMPRESSORS, N_BASELINES, Codes, Cuts, Marginal, Recut, Sample
from core.tokens import Token
from pages.figures.powers import power_ticks, short
from pages.figures.style import ACCENT, INK, REMOVED, SECOND, escape
from pages.text import Text

KINDS = ("usual", "divided", "longest", "characters", "bytes")
LEAST_BITS = 0.1  # on a logarithmic axis


def bits_per_byte(found: Codes, text: Text) -> go.Figure:
    """Ways to write the same bytes down, by bits per byte, and per character."""
    order = np.argsort(found.per_byte, kind="stable")
    colours = [ACCENT, *[SECOND] * (found.n_networks - 1), *[REMOVED] * N_BASELINES]
    names = [
        name if place < found.n_networks else text(f"code.{name}")
        for place, name in enumerate(found.names)
    ]
    values = found.per_byte[order]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": values.astype(np.float32),
        "y": [escape(names[n]) for n in order],
        "marker": {"color": [colours[n] for n in order]},
        "text": [
            text("bits_per_byte.label", byte=byte, character=_rounded(character))
            for byte, character in zip(values, found.per_character[order], strict=True)
        ],
        "customdata": [[f"{found.totals[n]:,.1f}", f"{found.n_bytes[n]:,}"] for n in order],
        "hovertemplate": text("bits_per_byte.hover"),
    }
    layout = {
        "height": 90 + 34 * len(names),
        "xaxis": {"title": {"text": text("axis.per_byte")},
                  "range": [0, 1.5 * max(float(values.max()), 8.0)]},
        "yaxis": {"type": "category", "autorange": "reversed"},
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def _rounded(number: float) -> str:
    return f"{number:.2f}" if np.isfinite(number) else "∞"


def same_bits(found: Recut, own: str, text: Text) -> go.Figure:
    """The same bits spread over more and more tokens."""
    names = [
        text(f"unit.{name}") if name in ("characters", "bytes") else name for name in found.names
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": found.bits.astype(np.float32),
        "y": [escape(name) for name in names],
        "marker": {"color": [ACCENT if name == own else REMOVED for name in found.names]},
        "text": [
            text("same_bits.label", n=int(n), bits=bits, perplexity=short(value))
            for n, bits, value in zip(found.n_tokens, found.bits, found.perplexities, strict=True)
        ],
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }
    layout = {
        "height": 90 + 34 * len(names),
        "xaxis": {"title": {"text": text("axis.per_token")},
                  "range": [0, 2.1 * max(float(found.bits.max()), 0.1)]},
        "yaxis": {"type": "category", "autorange": "reversed"},
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def other_cuts(
    found: Marginal, cuts: Cuts, pieces: Sequence[Sequence[bytes]], text: Text
) -> go.Figure:
    """The bits of each cut of the same text, by its kind, and of all together; a log axis."""
    names = ["|".join(Token(0, raw).visible for raw in row) for row in pieces]
    kinds = [kind for kind in KINDS if kind in cuts.kinds]
    label = {kind: text(f"cut.{kind}") for kind in kinds}
    ends = np.maximum([found.totals.min(), found.totals.max()], LEAST_BITS)
    low, high = np.log10(ends)
    span = max(high - low, 0.3)
    usual = [kind == "usual" for kind in cuts.kinds]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": found.totals.astype(np.float32),
        "y": [label[kind] for kind in cuts.kinds],
        "marker": {"size": 11, "color": [ACCENT if one else REMOVED for one in usual],
                   "line": {"color": INK, "width": 1}},
        "customdata": [[escape(name), f"{bits:,.2f}", len(row) - 1] for name, bits, row in
                       zip(names, found.totals, cuts.rows, strict=True)],
        "meta": [text("hover.bits"), text("hover.tokens")],
        "hovertemplate": text("other_cuts.hover"),
    }  # fmt: skip
    alone = [cuts.kinds.index(kind) for kind in kinds if cuts.kinds.count(kind) == 1]
    notes = [
        {"x": np.log10(max(found.totals[n], LEAST_BITS)), "y": label[cuts.kinds[n]],
         "showarrow": False, "xanchor": "left", "xshift": 12,
         "text": text("other_cuts.bits", bits=found.totals[n], n=len(cuts.rows[n]) - 1)}
        for n in alone
    ]  # fmt: skip
    together = max(found.together, LEAST_BITS)
    ticks = power_ticks(low - 0.06 * span, high + 0.34 * span)
    layout = {
        "height": 110 + 48 * len(kinds),
        "xaxis": {"title": {"text": text("axis.total")}, "type": "log",
                  "tickvals": 10 ** ticks["tickvals"], "ticktext": ticks["ticktext"],
                  "range": [low - 0.06 * span, high + 0.34 * span]},
        "yaxis": {"type": "category", "categoryarray": [label[kind] for kind in reversed(kinds)],
                  "range": [-0.6, len(kinds) - 0.4]},
        "shapes": [{"type": "line", "x0": together, "x1": together, "yref": "paper",
                    "y0": 0, "y1": 1, "line": {"color": SECOND, "width": 2, "dash": "dot"}}],
        "annotations": notes,
    }  # fmt: skip
    return go.Figure({"data": [dots], "layout": layout})


def codes_in_words(found: Codes, sample: Sample) -> dict[str, object]:
    """What the sentences about other units are filled with."""
    return {
        "n_bytes": len(sample.raw),
        "n_characters": sample.n_characters,
        "n_measured": len(sample.surprisals),
        "sample_total": sample.total,
        "per_byte": float(found.per_byte[0]),
        "per_character": _rounded(float(found.per_character[0])),
        "best_compressor": float(found.per_byte[-len(COMPRESSORS) :].min()),
    }


def cuts_in_words(found: Marginal, cuts: Cuts) -> dict[str, object]:
    """What the sentences about other cuts are filled with."""
    return {
        "n_cuts": len(cuts.rows),
        "n_cut_tokens": len(cuts.rows[0]),
        "usual": float(found.totals[0]),
        "together": found.together,
        "gain": float(found.totals[0] - found.together),
        "share": found.share,
        "worst": float(found.totals.max()),
    }
