"""Figures of vocabulary extension: what Chinese costs, and what it costs with added words."""

import numpy as np
import plotly.graph_objects as go

from core.vocabulary_extension import ADDED, KINDS, OTHER, UNKNOWN, Extension, Writing
from pages.figures import cells, reel
from pages.figures.bpe import unit_name
from pages.figures.style import ACCENT, INK, MANY, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

BARS = 8  # words to be added next
MOST_OTHERS = 3  # tokenizers to compare with
PLAYING = 500  # milliseconds a step
COLOURS = dict(
    zip(KINDS, (ACCENT, WEIGHTS[1][1], MANY[4], SECOND, REMOVED, MANY[2], PAPER), strict=True)
)


def costs(writings: list[Writing], text: Text) -> go.Figure:
    """A bar for each tokenizer: in how many tokens it writes which part of the characters."""
    names = [escape(one.name) for one in writings]
    shares = np.stack([one.shares for one in writings]).T
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "x": share.astype(np.float32),
            "y": names,
            "name": text(f"kind.{kind}"),
            "marker": {"color": COLOURS[kind], "line": {"color": PAPER, "width": 1}},
            "hovertemplate": text("chinese_costs.hover", kind=text(f"kind.{kind}")),
            "showlegend": bool(share.any()),
        }
        for kind, share in zip(KINDS[:ADDED], shares, strict=False)
    ]
    numbers = {
        "type": "scatter",
        "mode": "text",
        "x": np.ones(len(names), np.float32),
        "y": names,
        "text": [f"  {one.tokens_per_character:.2f}" for one in writings],
        "textposition": "middle right",
        "textfont": {"color": INK},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    layout = {
        "height": 150 + 44 * len(names),
        "barmode": "stack",
        "bargap": 0.3,
        "xaxis": {
            "title": {"text": text("axis.share")}, "range": [0, 1.12], "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1], "showgrid": False, "zeroline": False,
        },
        "yaxis": {"title": {"text": text("axis.tokenizer")}, "autorange": "reversed"},
        "showlegend": True,
        "legend": {
            "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal",
        },
    }  # fmt: skip
    return go.Figure({"data": [*bars, numbers], "layout": layout})


def spread(writings: list[Writing]) -> dict[str, float]:
    """The cheapest and the dearest of those that lose nothing."""
    whole = [one for one in writings if not one.shares[UNKNOWN]] or writings
    numbers = [one.tokens_per_character for one in whole]
    return {"cheapest": min(numbers), "dearest": max(numbers)}


def usual_step(found: Extension) -> int:
    """A step that shows both: words that were added, and words that are still to come."""
    return -(-len(found.words) // 5)


def added_words(
    found: Extension, beginning: str, others: list[Writing], d_model: int, step: int, text: Text
) -> go.Figure:
    """What comes next and saves how much, what a character costs, and the text as it is cut."""
    frames = [
        reel.frame(n_added, [1, 2, 3, 4, 5], _changing(found, d_model, n_added, text))
        for n_added in range(len(found.words) + 1)
    ]
    # One that writes [UNK] for what it does not know is no measure.
    others = [one for one in others if not one.shares[UNKNOWN]][:MOST_OTHERS]
    names = [unit_name(character) for character in beginning]
    tints = [COLOURS[kind] for kind in KINDS]
    lasting = [
        _bars(text),
        _names(),
        _place(),
        _sum(found, _top(found, others)),
        cells.lasting(names, tints) | {"xaxis": "x3", "yaxis": "y3"},
    ]
    now = frames[step]["data"]
    compared = [_compared(one, len(found.words)) for one in others]
    data = [_course(found, text), *(a | b for a, b in zip(lasting, now, strict=True)), *compared]
    layout = _layout(found, _top(found, others), len(names), text)
    if not found.words:
        return go.Figure({"data": data, "layout": layout})
    labels = [str(n_added) for n_added in range(len(frames))]
    layout |= reel.controls(labels, step, text("added_words.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def sizes(found: Extension, n_added: int, d_model: int) -> dict[str, float | int]:
    """The numbers at one step, for the words around the figure."""
    return {
        "n_added": n_added,
        "before": float(found.tokens_per_character[0]),
        "after": float(found.tokens_per_character[n_added]),
        "last": float(found.tokens_per_character[-1]),
        "numbers": n_added * d_model,
    }


def _bars(text: Text) -> dict:
    return {
        "y": np.arange(BARS),
        "orientation": "h",
        "width": 0.8,
        "marker": {"color": [SECOND] + [REMOVED] * (BARS - 1)},
        "texttemplate": "%{x}",
        "constraintext": "none",
        "meta": [text("axis.word"), text("axis.occurrences"), text("axis.saved")],
        "hovertemplate": text("added_words.hover_word"),
    }


def _names() -> dict:
    return {
        "x": np.zeros(BARS, np.float32),
        "y": np.arange(BARS),
        "mode": "text",
        "textposition": "middle left",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _place() -> dict:
    return {
        "mode": "markers",
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {"color": SECOND, "size": 12},
        "hoverinfo": "skip",
    }


def _sum(found: Extension, top: float) -> dict:
    """What it has come to, in words above the curve."""
    return {
        "mode": "text",
        "x": [max(1, len(found.words))],
        "y": [top],
        "xaxis": "x2",
        "yaxis": "y2",
        "textposition": "bottom left",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _course(found: Extension, text: Text) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.arange(len(found.n_tokens)),
        "y": found.tokens_per_character.astype(np.float32),
        "xaxis": "x2",
        "yaxis": "y2",
        "line": {"color": ACCENT},
        "hovertemplate": text("added_words.hover"),
    }


def _compared(one: Writing, n_words: int) -> dict:
    """What another tokenizer comes to, as a line across."""
    return {
        "type": "scatter",
        "mode": "lines+text",
        "x": [0, max(1, n_words)],
        "y": np.full(2, one.tokens_per_character, np.float32),
        "xaxis": "x2",
        "yaxis": "y2",
        "line": {"color": REMOVED, "dash": "dot", "width": 1.5},
        "text": ["", escape(one.name)],
        "textposition": "top left",
        "hoverinfo": "skip",
    }


def _changing(found: Extension, d_model: int, n_added: int, text: Text) -> list[dict]:
    """What one step brings to the traces."""
    words = found.words[n_added : n_added + BARS]
    saved = found.saved[n_added : n_added + BARS]
    missing = BARS - len(words)
    so_far = text(
        "added_words.so_far",
        per_character=float(found.tokens_per_character[n_added]),
        n_tokens=int(found.n_tokens[n_added]),
        n_numbers=n_added * d_model,
    )
    return [
        {
            "type": "bar",
            "x": np.array([*saved, *[np.nan] * missing], np.float32),
            "customdata": [
                [word.text, str(word.n_occurrences), str(n)]
                for word, n in zip(words, saved, strict=True)
            ],
        },
        {
            "type": "scatter",
            "text": ([f"{word.text} " for word in words] or [text("added_words.done")])
            + [""] * (missing - (not words)),
        },
        {
            "type": "scatter",
            "x": [n_added],
            "y": found.tokens_per_character[[n_added]].astype(np.float32),
        },
        {"type": "scatter", "text": [so_far]},
        {"type": "heatmap", "z": cells.arranged(found.kinds[n_added], blank=OTHER)},
    ]


def _top(found: Extension, others: list[Writing]) -> float:
    """Of the axis of tokens per character, with room for what it has come to."""
    levels = [one.tokens_per_character for one in others]
    return 1.3 * max([float(found.tokens_per_character[0]), *levels])


def _layout(found: Extension, most_tokens: float, n_cells: int, text: Text) -> dict:
    n_words = max(1, len(found.words))
    edge = 0.31 * cells.n_rows(n_cells) / cells.ROWS
    top = [edge + 0.17, 1]
    most = float(found.saved.max(initial=1))
    return cells.axes(3, edge, n_cells) | {
        "height": 560,
        "bargap": 0.2,
        "xaxis": {
            "title": {"text": text("axis.saved")}, "domain": [0.16, 0.46], "anchor": "y",
            "range": [0, 1.2 * most], "showgrid": False, "showticklabels": False,
        },
        "yaxis": {
            "domain": top, "range": [BARS - 0.4, -0.6], "showticklabels": False,
            "showgrid": False, "zeroline": False,
        },
        "xaxis2": {
            "title": {"text": text("axis.added")}, "domain": [0.58, 1], "anchor": "y2",
            "range": [-0.02 * n_words, 1.02 * n_words], "tick0": 0,
            "dtick": max(1, 5 * (n_words // 25)), "zeroline": False,
        },
        "yaxis2": {
            "title": {"text": text("axis.per_character")}, "domain": top, "anchor": "x2",
            "range": [0, most_tokens], "nticks": 5,
        },
    }  # fmt: skip
