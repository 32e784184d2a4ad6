"""Figures of the page about pre-tokenisation: pieces step by step, digits, forms of a word."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.pre_tokenisation import Pieces, edges
from core.tokenizer.cut import Cut
from core.tokenizer.steps import Span
from core.tokens import SPACE, Token
from pages.figures import chips
from pages.figures.style import ACCENT, GRID, INK, MANY, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

KINDS = {
    "letters": MANY[0],
    "signs": MANY[1],
    "digits": MANY[2],
    "capitals": MANY[3],
    "trailing": MANY[4],
    "spaces": MANY[5],
    "contraction": MANY[6],
    "line_ends": MANY[7],
    "end": MANY[8],
    "special": INK,
    "others": REMOVED,
    "unnamed": WEIGHTS[1][1],
    "rest": GRID,
}
TINTS = WEIGHTS[0][1], WEIGHTS[1][1]
WIDE = 1.7  # letters' widths for a character, so that it fits into a chip of its own
PART = 4.5  # for a token that holds a part of a character
ROOM, MOST_ROWS = 100.0, 40
MOST_CHARACTERS = int(ROOM / WIDE * MOST_ROWS)
ROW_HEIGHT = 32  # pixels
MOST_SAID = 60  # characters of a piece, under the pointer
LONGEST_PATTERN = 72  # characters on a line


def steps(found: Sequence[Pieces], cut: Cut, text: Text) -> go.Figure:
    """The text above, below it the pieces after each step, at the end the tokens; line by line."""
    shown, cut = _shown(found), _head(cut)
    ends = _ruler(cut)
    lines = _lines(shown[0], ends, len(shown) + 1)
    rows, labels = [], []
    for first, stop in lines:
        for step in shown:
            rows += _chips_of(step, first, stop, ends, len(labels), text)
            labels.append(text(f"step.{step.name}") if _has_name(step) else step.name)
        rows += _chips_of_tokens(cut, first, stop, ends, len(labels), text)
        labels.append(f"<b>{text('step.tokens')}</b>")
        labels.append("")  # a gap between two lines of the text
    columns = [text(f"steps.{name}") for name in ("step", "words", "kind", "from", "to")]
    drawn = _bars(rows, columns)
    places = np.arange(len(labels) - 1, dtype=np.float32)
    layout = {
        "xaxis": {"visible": False, "range": [0, ROOM], "fixedrange": True},
        "yaxis": {
            "range": [len(labels) - 1.4, -0.6],
            "tickvals": places,
            "ticktext": labels[:-1],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "height": 40 + ROW_HEIGHT * max(len(labels) - 1, 3),
    }
    return go.Figure({"data": [drawn], "layout": layout})


def drawn_characters(found: Sequence[Pieces], cut: Cut) -> int:
    """How much of the text the figure has room for."""
    shown = _shown(found)
    return _lines(shown[0], _ruler(_head(cut)), len(shown) + 1)[-1][1]


def _shown(found: Sequence[Pieces]) -> Sequence[Pieces]:
    """The steps that do something; at least one."""
    return [step for step in found if step.name != "special" or len(step) > 1] or found[:1]


def _head(cut: Cut) -> Cut:
    """The tokens that the figure can have room for: a long text has a hundred thousand."""
    n = max(1, int(np.searchsorted(cut.starts, MOST_CHARACTERS)))
    if n == len(cut):
        return cut
    return replace(
        cut,
        text=cut.text[: int(cut.stops[n - 1])],
        ids=cut.ids[:n],
        starts=cut.starts[:n],
        stops=cut.stops[:n],
        byte_stops=None if cut.byte_stops is None else cut.byte_stops[:n],
        tokens=cut.tokens[:n],
        names=cut.names[:n],
        is_unknown=cut.is_unknown[:n],
    )


def _has_name(step: Pieces) -> bool:
    return step.name in ("special", "digits", "byte_level", "pattern")


def _ruler(cut: Cut) -> Float[ndarray, " edge"]:
    """Where each character ends, in letters' widths; wider where several tokens share one."""
    widths = np.array([WIDE * max(1.0, chips.letters(_visible(one))) for one in cut.text])
    starts, stops = edges(cut)
    begun, ended = np.floor(starts), np.floor(stops)
    # Each token that begins or ends within a character needs room in it, but only once.
    within = [begun[starts > begun], ended[(stops > ended) & ((starts == begun) | (begun < ended))]]
    parts = np.bincount(np.concatenate(within).astype(np.int64), minlength=len(cut.text))
    return np.concatenate([[0.0], np.cumsum(np.maximum(widths, PART * parts))])


def _lines(coarse: Pieces, ends: Float[ndarray, " edge"], n_steps: int) -> list[Span]:
    """First and last character of each line; broken at a piece's edge where there is one."""
    lines, first = [], 0
    most = max(1, MOST_ROWS // (n_steps + 1))
    edges_of_pieces = np.union1d(coarse.starts, coarse.stops)
    while first < len(ends) - 1 and len(lines) < most:
        stop = int(np.searchsorted(ends, ends[first] + ROOM, side="right")) - 1
        stop = max(stop, first + 1)
        if stop < len(ends) - 1:
            before = edges_of_pieces[(edges_of_pieces > first) & (edges_of_pieces <= stop)]
            stop = int(before[-1]) if len(before) else stop
        lines.append((first, stop))
        first = stop
    return lines


def _chips_of(
    step: Pieces, first: int, stop: int, ends: Float[ndarray, " edge"], row: int, text: Text
) -> list[dict]:
    rows = []
    here = np.flatnonzero((step.starts < stop) & (step.stops > first))
    for piece in here.tolist():
        start, end = max(int(step.starts[piece]), first), min(int(step.stops[piece]), stop)
        kind = step.kind_of(piece)
        words = _visible(step.text[start:end])
        rows.append(
            {
                "row": row,
                "start": ends[start] - ends[first],
                "width": ends[end] - ends[start],
                "words": words,
                "colour": KINDS.get(kind, REMOVED),
                "known": (
                    step.name, escape(_short(step.words(piece))), text(f"kind.{kind}"),
                    int(step.starts[piece]), int(step.stops[piece]),
                ),
            }
        )  # fmt: skip
    return rows


def _chips_of_tokens(
    cut: Cut, first: int, stop: int, ends: Float[ndarray, " edge"], row: int, text: Text
) -> list[dict]:
    rows = []
    starts, stops = edges(cut)
    places = np.arange(len(ends), dtype=float)
    at = [
        np.interp(np.clip(side, first, stop), places, ends) - ends[first]
        for side in (starts, stops)
    ]
    for token in np.flatnonzero((starts < stop) & (stops > first)).tolist():
        one = cut.tokens[token]
        rows.append(
            {
                "row": row,
                "start": at[0][token],
                "width": at[1][token] - at[0][token],
                "words": one.visible.strip("⟨⟩") if not one.is_whole else one.visible,
                "colour": TINTS[token % 2] if one.is_whole else SECOND,
                "known": (
                    text("step.tokens"), escape(one.visible), f"{one.id}",
                    int(cut.starts[token]), int(cut.stops[token]),
                ),
            }
        )  # fmt: skip
    return rows


def _bars(rows: Sequence[Mapping], columns: Sequence[str]) -> dict[str, object]:
    return {
        "type": "bar",
        "orientation": "h",
        "base": np.array([one["start"] for one in rows], np.float32),
        "x": np.array([one["width"] for one in rows], np.float32),
        "y": np.array([one["row"] for one in rows], np.float32),
        "width": np.full(len(rows), 0.86, np.float32),
        "marker": {"color": [one["colour"] for one in rows], "line": {"color": PAPER, "width": 2}},
        "text": [escape(one["words"]) for one in rows],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "customdata": [list(one["known"]) for one in rows],
        "meta": list(columns),
        "hovertemplate": chips.hover(columns),
    }


def _visible(words: str) -> str:
    return Token(0, words.encode("utf-8")).visible


def _short(words: str) -> str:
    return _visible(words) if len(words) <= MOST_SAID else _visible(words[:MOST_SAID]) + "…"


def alternatives(step: Pieces, text: Text) -> go.Figure:
    """How many pieces each alternative of a regular expression cut; the expression beside it."""
    parts = step.alternatives
    names = [f"{place}  {text(f'kind.{one.kind}')}" for place, one in enumerate(parts, 1)]
    counts = step.counts
    most = max(1, int(counts.max(initial=0)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": counts.astype(np.float32),
        "y": names,
        "text": [str(count) for count in counts],
        "marker": {"color": [KINDS.get(one.kind, REMOVED) for one in parts]},
        "customdata": [[one.pattern, int(n)] for one, n in zip(parts, counts, strict=True)],
        "meta": [text("alternatives.pattern"), text("axis.n_pieces")],
        "hovertemplate": text("alternatives.hover"),
    }
    notes = [
        {
            "x": 0.36, "xref": "paper", "y": name, "text": f"<b>{_written(one.pattern)}</b>",
            "xanchor": "left", "align": "left", "showarrow": False,
        }
        for name, one in zip(names, parts, strict=True)
    ]  # fmt: skip
    layout = {
        "xaxis": {
            "title": {"text": text("axis.n_pieces")}, "range": [0, most * 1.25], "showgrid": False,
            "domain": [0, 0.33], "tickvals": [0, most],
        },
        "yaxis": {"autorange": "reversed", "title": {"text": text("axis.alternative")},
                  "showgrid": False},
        "annotations": notes,
        "height": 110 + 40 * max(len(parts), 2),
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def _written(pattern: str) -> str:
    """A regular expression with its spaces to be seen, in two lines where it is long."""
    middle = pattern.find("[", len(pattern) // 2)
    is_long = len(pattern) > LONGEST_PATTERN and middle > 0
    parts = [pattern[:middle], pattern[middle:]] if is_long else [pattern]
    return "<br>".join(escape(part).replace(" ", SPACE) for part in parts)


def digits(number: str, groups: Mapping[str, Sequence[Span]], text: Text) -> go.Figure:
    """The digits of a number in groups, a row for each way to group them."""
    colours = {"digits": MANY[2], "cl100k_base": ACCENT, "gpt2": REMOVED, "people": SECOND}
    rows = [
        {
            "row": row,
            "start": start,
            "width": stop - start,
            "words": number[start:stop],
            "colour": colours[name],
            "known": (text(f"digits.{name}"), number[start:stop], len(number) - stop),
        }
        for row, (name, spans) in enumerate(groups.items())
        for start, stop in spans
    ]
    columns = [text(f"digits.{name}") for name in ("rule", "group", "place")]
    places = np.arange(len(number))
    layout = {
        "xaxis": {
            "title": {"text": text("axis.place_value")},
            "range": [-0.1, max(len(number), 7) + 0.1],
            "tickvals": places + 0.5,
            "ticktext": [f"10<sup>{len(number) - 1 - place}</sup>" for place in places],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {
            "range": [len(groups) - 0.4, -0.6],
            "tickvals": np.arange(len(groups)),
            "ticktext": [text(f"digits.{name}") for name in groups],
            "showgrid": False,
            "zeroline": False,
        },
        "height": 110 + 36 * len(groups),
    }
    return go.Figure({"data": [_bars(rows, columns)], "layout": layout})


def forms(cuts: Sequence[Cut], text: Text) -> go.Figure:
    """A row for each form of a word: its tokens with their numbers."""
    words, colours, known, ends = [], [], [], []
    for cut in cuts:
        for place, token in enumerate(cut.tokens):
            words.append(f"{token.visible}  {token.id}")
            colours.append(TINTS[place % 2] if token.is_whole else SECOND)
            known.append((escape(_visible(cut.text)), escape(token.visible), token.id,
                          token.bytes.hex(" ").upper()))  # fmt: skip
            ends.append(place == len(cut.tokens) - 1)
    columns = [text(f"forms.{name}") for name in ("form", "token", "id", "bytes")]
    setting = chips.set_in_lines(words, ends)
    drawn = chips.trace(setting, words, colours, known, columns)
    last = np.flatnonzero(ends)[: len(cuts)]
    first = np.concatenate([[0], last[:-1] + 1])
    layout = chips.layout(setting)
    layout["yaxis"] = layout["yaxis"] | {
        "visible": True,
        "tickvals": [float(setting.lines[place]) for place in first if place < len(setting)],
        "ticktext": [f"“{escape(_visible(cut.text))}”" for cut in cuts],
        "showgrid": False,
        "zeroline": False,
    }
    return go.Figure({"data": [drawn], "layout": layout})
