"""Figures of the page on self-supervision: the pairs of a text, and how they are written down."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core import self_supervision
from core.self_supervision import EMPTY, END, IGNORED, Lesson, Masked, Shift
from core.tokens import SPACE, Token
from pages.figures import chips
from pages.figures.style import (
    ACCENT,
    INK,
    MANY,
    PAPER,
    REMOVED,
    SECOND,
    WEIGHTS,
    escape,
)  # fmt: skip
from pages.text import Text

MOST_PAIRS, ROOM = 16, 102  # drawn at once; letters in the widest row of the staircase
MOST_POSITIONS = 10  # of the labels that are drawn at once
LONGEST = 12  # letters of a token
BORDER = 2.0  # letters' widths, around a token
ROW = 30  # pixels
PALE = WEIGHTS[0][1]
STAIRS, BARS = [0, 0.7], [0.8, 1]  # the two panels
FATES = {"masked": ACCENT, "replaced": SECOND, "left": MANY[2], "kept": PALE}
LINES = ("inputs", "labels", "targets", "twice")


def drawn_pairs(tokens: Sequence[Token], first: int) -> range:
    """The pairs that fit into the figure, from `first` on; at least one."""
    # More than these cannot fit.
    widths = [_width(_short(token)) for token in tokens[first : first + ROOM]]
    ends = np.cumsum(widths) + (0 if first == 0 else _width("…"))
    n_shown = max(2, min(int((ends <= ROOM).sum()), MOST_PAIRS + 1))
    return range(first, min(first + n_shown, len(tokens)) - 1)


def pairs(lesson: Lesson, tokens: tuple[Token, ...], first: int, text: Text) -> go.Figure:
    """A row for each pair: the prefix, its target as the next step of a staircase, and its loss."""
    shown = drawn_pairs(tokens, first)
    seen = tokens[first : shown.stop + 1]
    words = [_short(token) for token in seen]
    before = [] if first == 0 else ["…"]
    widths = np.array([_width(word) for word in [*before, *words]])
    starts = np.concatenate([[0.0], np.cumsum(widths)[:-1]])
    rows = np.arange(len(shown))
    counts, losses = lesson.counts[first : shown.stop], lesson.losses[first : shown.stop]
    # Row r has everything before token r + 1 of those that are seen.
    prefix = [(row, place) for row in rows for place in range(len(before) + row + 1)]
    targets = rows + len(before) + 1
    bar = {"type": "bar", "orientation": "h", "textposition": "inside", "textangle": 0,
           "insidetextanchor": "middle"}  # fmt: skip
    all_words = [escape(word) for word in [*before, *words]]
    of_prefix, in_row = (
        np.array([place for _, place in prefix]),
        np.array([row for row, _ in prefix]),
    )
    stairs = bar | {
        "base": starts[of_prefix].astype(np.float32),
        "x": widths[of_prefix].astype(np.float32),
        "y": in_row.astype(np.float32),
        "width": np.full(len(prefix), 0.8, np.float32),
        "text": [all_words[place] for place in of_prefix],
        "marker": {"color": PALE, "line": {"color": PAPER, "width": 2}},
        "hoverinfo": "skip",
    }
    steps = bar | {
        "base": starts[targets].astype(np.float32),
        "x": widths[targets].astype(np.float32),
        "y": rows.astype(np.float32),
        "width": np.full(len(rows), 0.8, np.float32),
        "text": [all_words[place] for place in targets],
        "marker": {"color": np.where(counts, ACCENT, REMOVED).tolist(),
                   "line": {"color": PAPER, "width": 2}},
        "customdata": [
            [first + row + 1, escape(" ".join([*before, *words[: row + 1]])),
             escape(seen[row + 1].visible), f"{loss:.4f}", f"{loss / np.log(2):.4f}",
             text("pairs.yes" if is_counted else "pairs.no")]
            for row, loss, is_counted in zip(rows, losses, counts, strict=True)
        ],
        "meta": [text(f"pairs.{name}")
                 for name in ("number", "prefix", "target", "nats", "bits", "counts")],
        "hovertemplate": text("pairs.hover"),
    }  # fmt: skip
    bars = {
        "type": "bar", "orientation": "h", "xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip",
        "y": rows.astype(np.float32),
        "x": losses.astype(np.float32),
        "width": np.full(len(rows), 0.7, np.float32),
        "marker": {"color": np.where(counts, ACCENT, REMOVED).tolist()},
    }  # fmt: skip
    data = [stairs, steps, bars]
    spelled = self_supervision.characters(seen)
    if spelled:
        data.append(bar | _spelled(spelled, starts[len(before) :], widths[len(before) :]))
    top = -1.6 if spelled else -0.6
    most = float(max(lesson.losses.max(), 1.0)) * 1.05
    rises = {
        "range": [len(rows) - 0.4, top],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickvals": rows,
        "fixedrange": True,
    }
    numbers = [
        f"{loss:.2f}" if is_counted else text("pairs.left_out", loss=loss)
        for loss, is_counted in zip(losses, counts, strict=True)
    ]
    hidden = {"visible": False, "fixedrange": True}
    layout = {
        "barmode": "overlay",
        "bargap": 0,
        "height": 130 + ROW * (len(rows) + bool(spelled)),
        "xaxis": hidden | {"domain": STAIRS, "range": [0, max(ROOM, starts[-1] + widths[-1])]},
        "xaxis2": {"domain": BARS, "range": [0, most], "title": {"text": text("axis.loss")},
                   "anchor": "y2"},
        "yaxis": rises | {
            "ticktext": [str(first + row + 1) for row in rows],
            "title": {"text": text("axis.pair")},
        },
        "yaxis2": rises | {"anchor": "x2", "ticktext": numbers},
        "margin": {"t": 38},
    }  # fmt: skip
    if lesson.n_counted:
        layout |= _mean(lesson.mean, most, text)
    return go.Figure({"data": data, "layout": layout})


def _spelled(found: list[tuple[int, int, str]], starts: np.ndarray, widths: np.ndarray) -> dict:
    """A row of brackets: the characters that neighbouring tokens spell only together."""
    begins = np.array([starts[begin] for begin, _, _ in found])
    ends = np.array([starts[stop - 1] + widths[stop - 1] for _, stop, _ in found])
    return {
        "base": begins.astype(np.float32),
        "x": (ends - begins).astype(np.float32),
        "y": np.full(len(found), -1, np.float32),
        "width": np.full(len(found), 0.7, np.float32),
        "text": [escape(words) for _, _, words in found],
        "marker": {"color": PAPER, "line": {"color": REMOVED, "width": 1}},
        "insidetextfont": {"color": INK},
        "hoverinfo": "skip",
    }


def _mean(mean: float, most: float, text: Text) -> dict:
    return {
        "shapes": [{
            "type": "line", "xref": "x2", "x0": mean, "x1": mean, "yref": "paper", "y0": 0,
            "y1": 1, "line": {"color": SECOND, "dash": "dash"}, "layer": "below",
        }],
        "annotations": [{
            "x": mean, "xref": "x2", "y": 1, "yref": "paper", "yanchor": "bottom",
            "xanchor": "center" if mean < 0.8 * most else "right", "showarrow": False,
            "text": text("pairs.mean", mean=mean), "font": {"color": SECOND},
        }],
    }  # fmt: skip


def shifted(found: Shift, tokens: tuple[Token, ...], first: int, text: Text) -> go.Figure:
    """What the library is given, position by position, and what each position then predicts."""
    first = min(first, max(0, len(tokens) - MOST_POSITIONS))
    names = {token.id: token for token in tokens}
    shown = slice(first, first + MOST_POSITIONS)
    numbers = np.array([getattr(found, line)[shown] for line in LINES])
    words = [[_label(int(number), names) for number in row] for row in numbers]
    counts = (numbers != IGNORED).astype(np.float32)
    counts[3] *= 2  # the bug has a colour of its own
    positions = np.arange(first, first + numbers.shape[1])
    lines = [text(f"line.{line}") for line in LINES]
    cells = {
        "type": "heatmap",
        "x": positions.astype(np.float32),
        "y": np.arange(len(LINES), dtype=np.float32),
        "z": counts,
        "zmin": 0,
        "zmax": 2,
        "colorscale": [(0, PALE), (0.25, PALE), (0.25, "#A9CBEA"), (0.75, "#A9CBEA"),
                       (0.75, SECOND), (1, SECOND)],
        "showscale": False,
        "xgap": 2,
        "ygap": 6,
        "text": words,
        "texttemplate": "%{text}",
        "customdata": [
            [[int(position), line.replace("<br>", " "), word.replace("<br>", " "), int(number)]
             for position, word, number in zip(positions, row, ids, strict=True)]
            for line, row, ids in zip(lines, words, numbers, strict=True)
        ],
        "meta": [text(f"label_shift.{name}") for name in ("position", "line", "token", "id")],
        "hovertemplate": "%{customdata[1]}, %{customdata[0]}: %{customdata[2]}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 360,
        "xaxis": {
            "title": {"text": text("axis.position")}, "side": "top", "showgrid": False,
            "zeroline": False, "ticks": "", "tickvals": positions,
            "range": [first - 0.5, first + max(numbers.shape[1], 4) - 0.5],
        },
        "yaxis": {
            "range": [len(LINES) - 0.5, -0.5], "showgrid": False, "zeroline": False, "ticks": "",
            "tickvals": np.arange(len(LINES)), "ticktext": lines,
        },
    }  # fmt: skip
    return go.Figure({"data": [cells], "layout": layout})


def _label(number: int, names: dict[int, Token]) -> str:
    if number == IGNORED:
        return "−100"
    return f"{escape(_short(names[number]))}<br>{number}"


def masked(
    found: Masked, tokens: tuple[Token, ...], vocabulary: tuple[bytes, ...], text: Text
) -> go.Figure:
    """What a masked language model reads, and under it what it is to say."""
    read = [
        "[MASK]" if number == IGNORED else Token(int(number), vocabulary[number]).visible
        for number in found.shown
    ]
    words = [
        f"{one}\n " if fate == "kept" else f"{one}\n→ {token.visible}"
        for one, fate, token in zip(read, found.fates, tokens, strict=True)
    ]
    setting = chips.set_in_lines(words)
    rows = [
        (place, escape(token.visible), escape(one), text(f"fate.{fate}"),
         "−100" if fate == "kept" else escape(token.visible))
        for place, (token, one, fate) in enumerate(zip(tokens, read, found.fates, strict=True))
    ]  # fmt: skip
    columns = [text(f"masked_words.{name}")
               for name in ("position", "token", "read", "fate", "label")]  # fmt: skip
    drawn = chips.trace(setting, words, [FATES[fate] for fate in found.fates], rows, columns)
    drawn["showlegend"] = False
    legend = [
        {"type": "scatter", "x": [-10], "y": [0], "mode": "markers", "hoverinfo": "skip",
         "name": text(f"fate.{fate}"),
         "marker": {"color": colour, "symbol": "square", "size": 12}}
        for fate, colour in FATES.items()
    ]  # fmt: skip
    layout = chips.layout(setting, height=58) | {
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    }
    layout["height"] += 30
    return go.Figure({"data": [drawn, *legend], "layout": layout})


def packing(lengths: tuple[int, ...], width: int, text: Text) -> go.Figure:
    """The same texts one to a row, and one after the other."""
    colours = [PAPER, INK, *MANY[: len(lengths)]]  # EMPTY, END, the texts
    panels = self_supervision.padded(lengths, width), self_supervision.packed(lengths, width)
    n_rows = [len(rows) for rows in panels]
    share = n_rows[0] / (sum(n_rows) + 2)
    domains = [1 - share, 1], [0, n_rows[1] / (sum(n_rows) + 2)]
    names = {EMPTY: text("packed_rows.empty"), END: text("packed_rows.end")}
    names |= {n: text("packed_rows.text", number=n + 1) for n in range(len(lengths))}
    data = [
        {
            "type": "heatmap",
            "x": np.arange(1, width + 1, dtype=np.float32),
            "y": np.arange(len(rows), dtype=np.float32),
            "z": (rows - EMPTY).astype(np.float32),
            "yaxis": f"y{number}",
            "zmin": -0.5,
            "zmax": len(colours) - 0.5,
            "colorscale": _steps(colours),
            "showscale": False,
            "xgap": 2,
            "ygap": 4,
            "text": _begin(rows),
            "texttemplate": "%{text}",
            "customdata": [
                [[row + 1, place + 1, names[int(one)]] for place, one in enumerate(line)]
                for row, line in enumerate(rows)
            ],
            "meta": [text(f"packed_rows.{name}") for name in ("row", "place", "what")],
            "hovertemplate": "%{customdata[2]}<extra></extra>",
        }
        for number, rows in zip((1, 2), panels, strict=True)
    ]
    data[0]["yaxis"] = "y"
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "showticklabels": False}
    layout = {
        "height": 130 + 30 * (sum(n_rows) + 2),
        "plot_bgcolor": PALE,
        "xaxis": {"title": {"text": text("axis.place")}, "range": [0.5, width + 0.5],
                  "anchor": "y2", "showgrid": False, "zeroline": False, "ticks": ""},
        "yaxis": plain | {"domain": domains[0], "range": [n_rows[0] - 0.5, -0.5]},
        "yaxis2": plain | {"domain": domains[1], "range": [n_rows[1] - 0.5, -0.5]},
        "annotations": [
            {"xref": "paper", "yref": "paper", "x": 0, "y": domain[1], "showarrow": False,
             "xanchor": "left", "yanchor": "bottom",
             "text": text(f"packed_rows.{name}", n_rows=len(rows),
                          empty=self_supervision.share_empty(rows))}
            for name, rows, domain in zip(("apart", "together"), panels, domains, strict=True)
        ],
    }  # fmt: skip
    layout["margin"] = {"t": 36}
    return go.Figure({"data": data, "layout": layout})


def _begin(rows: np.ndarray) -> list[list[str]]:
    """The number of a text where it begins, and a mark for each end token."""
    line = rows.reshape(-1)
    is_new = np.concatenate([[True], line[1:] != line[:-1]]) & (line >= 0)
    words = [
        "×" if one == END else str(one + 1) if new else ""
        for one, new in zip(line, is_new, strict=True)
    ]
    return np.array(words, object).reshape(rows.shape).tolist()


def _steps(colours: list[str]) -> list[tuple[float, str]]:
    n = len(colours)
    return [
        (edge / n, colour) for at, colour in enumerate(colours) for edge in (at, at + 1)
    ]  # fmt: skip


def _width(word: str) -> float:
    """In letters' widths, with a border; the mark for a space is a wide one."""
    return chips.letters(word) + 0.8 * word.count(SPACE) + BORDER


def _short(token: Token) -> str:
    word = token.visible
    return word if chips.letters(word) <= LONGEST else word[: LONGEST - 1] + "…"


def told(lengths: tuple[int, ...], width: int) -> dict[str, object]:
    """How much of the rows is computed for nothing, and what padding cuts off."""
    apart, together = (
        way(lengths, width) for way in (self_supervision.padded, self_supervision.packed)
    )
    return {
        "n_texts": len(lengths),
        "n_padded": len(apart),
        "n_packed": len(together),
        "empty_padded": self_supervision.share_empty(apart),
        "empty_packed": self_supervision.share_empty(together),
        "n_lost": int((together != EMPTY).sum() - (apart != EMPTY).sum()),
    }
