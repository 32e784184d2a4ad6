"""Figures of the tokens page: what a text costs, and how a token came about."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from core.bpe import Encoding
from core.tokenizer.cut import Card
from core.tokens import METRICS, Counts, Token
from pages.figures.style import ACCENT, GRID, INK, PAPER, REMOVED, WEIGHTS, escape
from pages.text import Text

MOST_ROWS = 14  # states of a token in the making
BAR, MARGIN = 44, 84  # pixels
JOINED = WEIGHTS[1][1]
Named = tuple[str, Counts]  # a tokenizer's name, and what the text costs in it


def number(value: float | int) -> str:
    """A number to read: whole ones whole, others with three digits or two decimals."""
    if math.isnan(value):
        return "–"
    if float(value).is_integer() and abs(value) >= 1:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _exact(value: float | int) -> str:
    return "–" if math.isnan(value) else f"{value:.9g}"


def listed(found: Sequence[Named]) -> str:
    """Every tokenizer with its number of tokens, in one line."""
    return " · ".join(f"{name} {counts.n_tokens:,}" for name, counts in found)


def told(counts: Counts, metric: str, text: Text) -> str:
    """What a number means, or why the text has none."""
    is_absent = math.isnan(getattr(counts, metric))
    code = f"{metric}_absent" if is_absent else metric
    return text(f"told.{code}", n_words=counts.n_words, n_chinese=counts.n_chinese)


def totals(found: Sequence[Named], metric: str, text: Text) -> go.Figure:
    """One number of a text for each tokenizer; all of them in the table."""
    values = np.array([getattr(counts, metric) for _, counts in found], float)
    columns = [text("axis.tokenizer"), *(text(f"metric.{name}") for name in METRICS)]
    rows = [[name, *(getattr(counts, one) for one in METRICS)] for name, counts in found]
    title = text(f"metric.{metric}")
    return _bars([name for name, _ in found], values, title, columns, rows)


def bill(found: Sequence[Named], per_million: float, n_texts: int, text: Text) -> go.Figure:
    """What the text costs in each tokenizer."""
    values = np.array([counts.cost(per_million, n_texts) for _, counts in found], float)
    columns = [text("axis.tokenizer"), text("metric.n_tokens"), text("axis.cost")]
    rows = [
        [name, counts.n_tokens, cost] for (name, counts), cost in zip(found, values, strict=True)
    ]
    return _bars([name for name, _ in found], values, text("axis.cost"), columns, rows)


def _bars(names: list[str], values: np.ndarray, title: str, columns: list, rows: list) -> go.Figure:
    known = np.nan_to_num(values)
    marks = {
        "type": "bar",
        "orientation": "h",
        "x": known,
        "y": np.arange(len(names)),
        "text": [number(value) for value in values],
        "marker": {"color": ACCENT},
        "width": 0.62,
        "customdata": [[escape(name), *map(_exact, numbers)] for name, *numbers in rows],
        "meta": columns,
        "hoverinfo": "none",
    }
    layout = {
        "height": MARGIN + BAR * len(names),
        "bargap": 0,
        "xaxis": {
            "title": {"text": title},
            "range": [0, 1.18 * max(known.max(initial=0), 1e-12)],
            "zeroline": True,
        },
        "yaxis": {
            "range": [len(names) - 0.5, -0.5],
            "tickvals": list(range(len(names))),
            "ticktext": [escape(name) for name in names],
            "showgrid": False,
            "ticksuffix": " ",
        },
    }
    return go.Figure({"data": [marks], "layout": layout})


def how(encoding: Encoding | None, card: Card) -> str:
    """Which of the ways a token came about: a code for the words that say so."""
    if encoding is None:
        other = "long" if card.algorithm == "bpe" and card.is_byte_level else "other"
        return card.algorithm if card.algorithm != "bpe" else other
    if len(encoding.word) < 2:
        return "byte"
    return "merged" if len(encoding.cut()) == 1 else "whole"


def rank(encoding: Encoding | None) -> str:
    """The rank of the last merge, where it led to the token."""
    whole = encoding is not None and encoding.merges and len(encoding.cut()) == 1
    return f"{encoding.merges[-1].rank:,}" if whole else "–"


def making(token: Token, encoding: Encoding | None, text: Text) -> go.Figure:
    """A token's bytes, and below them each merge; of very many the last ones."""
    encoding = encoding or Encoding(token.bytes, ())
    n_merges = len(encoding.merges)
    states = [0, *range(max(1, n_merges - MOST_ROWS + 2), n_merges + 1)]
    kinds = {"apart": (GRID, INK), "joined": (JOINED, INK), "new": (ACCENT, PAPER)}
    boxes = {kind: [] for kind in kinds}
    for row, state in enumerate(states):
        merge = encoding.merges[state - 1] if state else None
        for start, stop in pairwise(encoding.edges(state)):
            is_new = merge is not None and merge.start == start
            kind = "new" if is_new else "joined" if stop - start > 1 else "apart"
            part = encoding.word[start:stop]
            boxes[kind].append((row, start, stop, part, state, merge.rank if is_new else ""))
    layout = {
        "height": 70 + 32 * len(states),
        "barmode": "overlay",
        "xaxis": {
            "title": {"text": text("axis.bytes")},
            "range": [-0.02 * len(token.bytes), max(1, len(token.bytes)) * 1.02],
            "showgrid": False,
            "zeroline": False,
            "nticks": 10,
        },
        "yaxis": {
            "range": [len(states) - 0.45, -0.55],
            "tickvals": list(range(len(states))),
            "ticktext": [
                text("making.rank", rank=encoding.merges[state - 1].rank)
                if state
                else text("making.bytes")
                for state in states
            ],
            "showgrid": False,
            "ticksuffix": " ",
        },
    }
    traces = [_boxes(boxes[kind], *colours, text) for kind, colours in kinds.items() if boxes[kind]]
    return go.Figure({"data": traces, "layout": layout})


def _boxes(boxes: list[tuple], colour: str, ink: str, text: Text) -> dict:
    parts = [Token(0, part) for _, _, _, part, _, _ in boxes]
    words = [one.visible if one.is_whole else one.bytes.hex(" ").upper() for one in parts]
    return {
        "type": "bar",
        "orientation": "h",
        "base": [start for _, start, *_ in boxes],
        "x": [stop - start for _, start, stop, *_ in boxes],
        "y": [row for row, *_ in boxes],
        "width": 0.82,
        "text": [escape(word) for word in words],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "constraintext": "none",
        "textfont": {"color": ink},
        "marker": {"color": colour, "line": {"color": PAPER, "width": 2}},
        "customdata": [
            [state, rank, escape(word), part.hex(" ").upper()]
            for (_, _, _, part, state, rank), word in zip(boxes, words, strict=True)
        ],
        "meta": [text(f"making.{name}") for name in ("step", "rank_column", "piece", "hex")],
        "hovertemplate": text("making.hover"),
    }


def neighbours(around: Sequence[Token], token_id: int, text: Text) -> go.Figure:
    """The entries of the vocabulary before and after one, by their numbers."""
    words = [token.visible for token in around]
    marks = {
        "type": "bar",
        "orientation": "h",
        "x": [len(token.bytes) for token in around],
        "y": list(range(len(around))),
        "text": [escape(word) for word in words],
        "marker": {"color": [ACCENT if one.id == token_id else REMOVED for one in around]},
        "width": 0.7,
        "customdata": [
            [token.id, escape(word), token.bytes.hex(" ").upper()]
            for token, word in zip(around, words, strict=True)
        ],
        "meta": [text(f"neighbours.{name}") for name in ("id", "token", "hex")],
        "hovertemplate": text("neighbours.hover"),
    }
    longest = max((len(token.bytes) for token in around), default=0)
    layout = {
        "height": 70 + 26 * len(around),
        "xaxis": {
            "title": {"text": text("axis.bytes")},
            "range": [0, max(4, 1.6 * longest)],
            "showgrid": False,
            "nticks": 6,
        },
        "yaxis": {
            "range": [len(around) - 0.5, -0.5],
            "tickvals": list(range(len(around))),
            "ticktext": [f"{token.id:,}" for token in around],
            "showgrid": False,
            "ticksuffix": " ",
        },
    }
    return go.Figure({"data": [marks], "layout": layout})
