"""Figures of WordPiece: both ways to choose a pair, and the search for the longest beginning."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int
from numpy import ndarray

from core.wordpiece import CRITERIA, INSIDE, UNKNOWN, PairScore, Search, Training
from pages.figures import cells, reel
from pages.figures.bpe import pair_name, unit_name, visible
from pages.figures.style import ACCENT, INK, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

BARS = 8  # pairs by each criterion
PLAYING = 700  # milliseconds a step
MOST_TRIES = 30  # that are drawn
PANELS = {"frequency": ("x", "y", [0.12, 0.3]), "likelihood": ("x2", "y2", [0.46, 0.64])}
LEFT_OUT, CUT, TRIED, FOUND, LOST = range(5)  # kinds of cells
TINTS = PAPER, WEIGHTS[0][1], REMOVED, ACCENT, SECOND
ROW, MARGINS = 26, 70  # pixels


def likelihood(found: Training, words: list[str], step: int, text: Text) -> go.Figure:
    """The best pairs by frequency and by likelihood side by side; all steps are frames."""
    words = beginning(words)
    frames = [
        reel.frame(made, list(range(6)), _step(found, words, made, text))
        for made in range(len(found.steps) + 1)
    ]
    lasting = [part for name in PANELS for part in _panel(name, text)]
    lasting += [_place(), _corpus(words)]
    now = frames[step]["data"]
    data = [a | b for a, b in zip(lasting, now, strict=True)] + [_course(found, text)]
    layout = _layout(found, words, text)
    if not found.steps:
        return go.Figure({"data": data, "layout": layout})
    labels = [str(made) for made in range(len(frames))]
    layout |= reel.controls(labels, step, text("likelihood.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _panel(name: str, text: Text) -> list[dict]:
    x, y, _ = PANELS[name]
    axes = {"xaxis": x, "yaxis": y, "y": np.arange(BARS)}
    bars = axes | {
        "orientation": "h",
        "width": 0.8,
        "constraintext": "none",
        "textposition": "outside",
        "cliponaxis": False,
        "meta": [text(f"axis.{part}") for part in ("pair", "count", "n_left", "n_right", "score")],
        "hovertemplate": text("likelihood.hover"),
    }
    names = axes | {
        "x": np.zeros(BARS, np.float32),
        "mode": "text",
        "textposition": "middle left",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    return [bars, names]


def _place() -> dict:
    return {
        "mode": "markers",
        "xaxis": "x3",
        "yaxis": "y3",
        "marker": {"color": SECOND, "size": 12},
        "hoverinfo": "skip",
    }


def beginning(words: list[str]) -> list[str]:
    """The words that fill the cells of the corpus."""
    shown, n_cells = [], 0
    for word in words:
        shown.append(word)
        n_cells += len(word) + 1
        if n_cells >= cells.MOST:
            break
    return shown


def _corpus(words: list[str]) -> dict:
    names = [unit_name(letter) if letter != " " else "" for letter in " ".join(words)]
    return cells.lasting(names, cells.PART_TINTS) | {"xaxis": "x4", "yaxis": "y4"}


def kinds(found: Training, words: list[str], made: int) -> Int[ndarray, "row column"]:
    """How the cells of the corpus are drawn after so many merges."""
    new = found.steps[made - 1].symbol.removeprefix(INSIDE) if made else None
    parts = []
    for word in words:
        parts += [part.removeprefix(INSIDE) for part in found.cut(word, made)] + [" "]
    return cells.arranged(cells.alternating(parts[:-1], new), blank=cells.ALONE)


def _course(found: Training, text: Text) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": found.n_vocab,
        "y": found.n_tokens,
        "xaxis": "x3",
        "yaxis": "y3",
        "line": {"color": ACCENT},
        "hovertemplate": text("likelihood.hover_course"),
    }


def _step(found: Training, words: list[str], made: int, text: Text) -> list[dict]:
    """What one step brings to the traces."""
    goes_on = made < len(found.steps)
    brought = []
    for name in PANELS:
        top = getattr(found.steps[made], f"by_{name}")[:BARS] if goes_on else ()
        chosen = found.steps[made].pair if goes_on else None
        brought += _bars(top, name, chosen, text)
    place = {"x": found.n_vocab[[made]], "y": found.n_tokens[[made]]}
    return [
        *brought,
        {"type": "scatter"} | place,
        {"type": "heatmap", "z": kinds(found, words, made)},
    ]


def _bars(
    top: tuple[PairScore, ...], name: str, chosen: tuple[str, str] | None, text: Text
) -> list[dict]:
    missing = BARS - len(top)
    values = [one.count if name == "frequency" else one.score for one in top]
    shares = [value / values[0] for value in values]  # the best bar fills the panel
    told = [f"{value:,}" if name == "frequency" else f"{value:.3g}" for value in values]
    names = [pair_name(one.pair) for one in top] or [text("likelihood.none")]
    rows = [
        [pair_name(one.pair), one.count, one.n_left, one.n_right, f"{one.score:.6g}"] for one in top
    ]
    return [
        {
            "type": "bar",
            "x": np.array(shares + [np.nan] * missing, np.float32),
            "text": told + [""] * missing,
            "marker": {"color": [SECOND if one.pair == chosen else REMOVED for one in top]},
            "customdata": rows,
        },
        {"type": "scatter", "text": [f"{one} " for one in names] + [""] * (BARS - len(names))},
    ]


def _layout(found: Training, words: list[str], text: Text) -> dict:
    n_cells = len(" ".join(words))
    grid_top = 0.28 * cells.n_rows(n_cells) / cells.ROWS
    top = [grid_top + 0.17, 0.97]
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    layout = {"height": 580, "bargap": 0.2}
    for name, (x, y, domain) in PANELS.items():
        axis = {"domain": domain, "anchor": y, "range": [0, 1.35], "title_standoff": 4}
        axis["title"] = {"text": text(f"axis.by_{name}")}
        layout[f"xaxis{x[1:]}"] = axis | bare
        layout[f"yaxis{y[1:]}"] = {"domain": top, "anchor": x, "range": [BARS - 0.4, -0.6]} | bare
    vocabulary, tokens = found.n_vocab, found.n_tokens
    return layout | cells.axes(4, grid_top, n_cells) | {
        "xaxis3": {
            "title": {"text": text("axis.vocabulary")}, "domain": [0.75, 1], "anchor": "y3",
            "range": [vocabulary[0] - 0.6, vocabulary[-1] + 0.6], "nticks": 5,
        },
        "yaxis3": {
            "title": {"text": text("axis.tokens")}, "domain": top, "anchor": "x3",
            "range": [0, 1.1 * float(tokens[0])], "nticks": 5,
        },
    }  # fmt: skip


def criteria(found: dict[str, Training], criterion: str, text: Text) -> go.Figure:
    """Tokens over the size of the vocabulary, by either criterion."""
    colours = {name: SECOND if name == criterion else REMOVED for name in CRITERIA}
    lines = [
        {
            "type": "scatter",
            "mode": "lines" if found[name].steps else "markers",
            "x": found[name].n_vocab,
            "y": found[name].n_tokens,
            "name": text(f"criterion.{name}"),
            "line": {"color": colours[name]},
            "hovertemplate": text("criteria.hover", name=text(f"criterion.{name}")),
        }
        for name in CRITERIA
    ]
    # Above and below: the ends of the two may meet.
    ends = [
        (found[name].n_vocab[-1], found[name].n_tokens[-1], name, shift)
        for name, shift in zip(CRITERIA, (11, -11), strict=True)
    ]
    first = found[criterion]
    last = max(int(end) for end, *_ in ends)
    annotations = [
        {
            "x": x, "y": y, "text": text(f"criterion.{name}"), "showarrow": False,
            "xanchor": "left", "xshift": 6, "yshift": shift, "font": {"color": INK},
        }
        for x, y, name, shift in ends
    ]  # fmt: skip
    width = max(last - int(first.n_vocab[0]), 1)
    layout = {
        "height": 340,
        "xaxis": {
            "title": {"text": text("axis.vocabulary")},
            "range": [first.n_vocab[0] - 0.5, last + 0.2 * width],
            "dtick": max(1, 5 * (width // 35)),
        },
        "yaxis": {"title": {"text": text("axis.tokens")}, "rangemode": "tozero",
                  "range": [0, 1.08 * float(first.n_tokens[0])]},
        "annotations": annotations,
    }  # fmt: skip
    return go.Figure({"data": lines, "layout": layout})


def sizes(found: dict[str, Training], text: Text) -> dict[str, object]:
    """Vocabulary and corpus before and after, for the words around the figures."""
    one, other = (found[name] for name in CRITERIA)
    return {
        "n_alphabet": int(one.n_vocab[0]),
        "n_before": int(one.n_tokens[0]),
        "n_likelihood": int(one.n_tokens[-1]),
        "n_frequency": int(other.n_tokens[-1]),
        "n_vocab_likelihood": int(one.n_vocab[-1]),
        "n_vocab_frequency": int(other.n_vocab[-1]),
        "first": _first(one, other, text),
    }


def _first(one: Training, other: Training, text: Text) -> str:
    if not one.steps:
        return text("first.nothing")
    likely, frequent = one.steps[0].by_likelihood[0], one.steps[0].by_frequency[0]
    values = {
        "likely": pair_words(likely),
        "score": likely.score,
        "likely_count": likely.count,
        "frequent": pair_words(frequent),
        "count": frequent.count,
        "frequent_score": frequent.score,
    }
    return text("first.same" if likely == frequent else "first.differ", **values)


def pair_words(one: PairScore) -> str:
    """A pair in a sentence."""
    return " + ".join(map(visible, one.pair))


def prefixes(search: Search, text: Text) -> go.Figure:
    """A row for each try: the letters that it covers, and whether the vocabulary holds it."""
    tries = search.tries[:MOST_TRIES]
    n_columns = max(len(search.word), 1) if tries else 1
    states = np.zeros((max(len(tries), 1), n_columns), np.uint8)
    words = np.full(states.shape, "", object)
    for row, one in enumerate(tries):
        states[row, : one.start] = CUT
        found = LOST if search.is_unknown else FOUND
        states[row, one.start : one.stop] = found if one.is_known else TRIED
        words[row, : one.stop] = [unit_name(letter) for letter in search.word[: one.stop]]
    marks = [text("prefixes.known" if one.is_known else "prefixes.unknown") for one in tries]
    rows = np.arange(len(states))
    letters = {
        "type": "heatmap",
        "z": states,
        "text": words.tolist(),
        "texttemplate": "%{text}",
        "zmin": LEFT_OUT,
        "zmax": LOST,
        "colorscale": [
            (edge / len(TINTS), tint)
            for place, tint in enumerate(TINTS)
            for edge in (place, place + 1)
        ],
        "showscale": False,
        "xgap": 1,
        "ygap": 3,
        "meta": [text(f"axis.{name}") for name in ("order", "tried", "held")],
        "hoverinfo": "skip",
    }
    told = {
        "type": "scatter",
        "mode": "text",
        "x": np.full(len(tries), n_columns - 0.4, np.float32),
        "y": rows[: len(tries)],
        "text": marks,
        "textposition": "middle right",
        "cliponaxis": False,
        "meta": [text(f"axis.{name}") for name in ("order", "tried", "held")],
        "customdata": [
            [order, escape(visible(one.piece)), mark]
            for order, (one, mark) in enumerate(zip(tries, marks, strict=True), 1)
        ],
        "hovertemplate": text("prefixes.hover"),
    }
    names = [escape(_short(visible(one.piece))) for one in tries] or [text("prefixes.unread")]
    layout = {
        "height": MARGINS + ROW * max(len(states), 5),
        # Room for the marks at the right.
        "xaxis": {"visible": False, "fixedrange": True,
                  "range": [-0.5, 1.2 * n_columns - 0.5]},
        "yaxis": {"range": [max(len(states), 5) - 0.5, -0.5], "tickvals": rows, "ticktext": names,
                  "showgrid": False, "zeroline": False, "ticks": ""},
    }  # fmt: skip
    return go.Figure({"data": [letters, told], "layout": layout})


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def told(search: Search, text: Text) -> dict[str, object]:
    """What the words around a search say about it."""
    found = [visible(one.piece) for one in search.found]
    if search.is_too_long:
        verdict = text("verdict.too_long", n_letters=len(search.word))
    elif search.is_unknown:
        first, start = visible(search.impossible), search.tries[-1].start
        thrown = text("verdict.thrown", found=" ".join(found)) if found else ""
        verdict = text("verdict.unknown", letter=first, start=start, thrown=thrown)
    else:
        verdict = text("verdict.known", pieces=" ".join(found), n_pieces=len(found))
    return {
        "word": search.word,
        "shown": _short(visible(search.word)),
        "n_tries": len(search.tries),
        "verdict": verdict,
        "becomes": UNKNOWN if search.is_unknown else " ".join(found),
        "cut_off": text("prefixes.cut", n_drawn=MOST_TRIES, n_tries=len(search.tries))
        if len(search.tries) > MOST_TRIES
        else "",
    }
