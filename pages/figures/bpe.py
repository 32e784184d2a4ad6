"""Figures of byte pair encoding: a training, step by step, and a word as a tree of merges."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int
from numpy import ndarray

from core import bpe
from core.bpe import BothWays, Encoding, Merge, Pieces, Symbol, Training, Vocabulary
from core.tokens import Token
from pages.figures import cells, reel
from pages.figures.style import ACCENT, INK, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

BARS = 8  # of the most frequent pairs
PLAYING = 700  # milliseconds a step
ALONE, EVEN, ODD, NEW = range(4)  # kinds of cells
TINTS = PAPER, WEIGHTS[1][1], WEIGHTS[2][1], SECOND
LONGEST_NAME = 8  # characters of a symbol beside a bar
NAMELESS = "□"  # a joiner, a direction mark: it has no shape of its own
LEAVES, CHARACTERS, ROW = -0.45, -1.2, 1.15  # below the tree, and from row to row
RANK_ROOM = 6.2  # of the axis of ranks, which is logarithmic
STRIP = {
    "type": "bar",
    "orientation": "h",
    "width": 0.9,
    "insidetextanchor": "middle",
    "textposition": "inside",
    "constraintext": "none",
    "hoverinfo": "skip",
}
LEFT, RIGHT = [0, 0.64], [0.82, 1]  # the tree, and the merges that are possible


def training(found: Training, words: list[Symbol], step: int, text: Text) -> go.Figure:
    """The pairs that are counted, what training has come to, and the beginning of the corpus.

    All steps are frames; what does not change is in the figure alone.
    """
    beginning = Beginning(found, words)
    frames = [
        reel.frame(made, [1, 2, 3, 4], _counted(found, beginning, made, int(n_tokens)))
        for made, n_tokens in enumerate(found.n_tokens)
    ]
    units = cells.lasting([unit_name(unit) for unit in beginning.units], TINTS)
    lasting = [_bars(text), _names(), _place(), units | {"xaxis": "x3", "yaxis": "y3"}]
    now = frames[step]["data"]
    data = [_course(found, text), *(a | b for a, b in zip(lasting, now, strict=True))]
    layout = _training_layout(found, beginning, text)
    if not found.steps:
        return go.Figure({"data": data, "layout": layout})
    labels = [str(made) for made in range(len(frames))]
    layout |= reel.controls(labels, step, text("merges.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _bars(text: Text) -> dict:
    return {
        "y": np.arange(BARS),
        "orientation": "h",
        "width": 0.8,
        "texttemplate": "%{x}",
        "constraintext": "none",
        "meta": [text("axis.pair"), text("axis.count")],
        "hovertemplate": text("merges.hover"),
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


def _course(found: Training, text: Text) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": found.n_vocab,
        "y": found.n_tokens,
        "xaxis": "x2",
        "yaxis": "y2",
        "line": {"color": ACCENT},
        "hovertemplate": text("merges.hover_course"),
    }


def _counted(found: Training, beginning: "Beginning", made: int, n_tokens: int) -> list[dict]:
    """What one step brings to the traces."""
    top = found.top(made)[:BARS]
    goes_on = made < len(found.steps)
    colours = [SECOND if goes_on and not rank else REMOVED for rank in range(BARS)]
    names = [pair_name(one.pair) for one in top]
    missing = BARS - len(top)
    counts = [one.count for one in top]
    return [
        {
            "type": "bar",
            "x": np.array(counts + [np.nan] * missing, np.float32),
            "marker": {"color": colours},
            "customdata": [[name, str(n)] for name, n in zip(names, counts, strict=True)],
        },
        {"type": "scatter", "text": [f"{name} " for name in names] + [""] * missing},
        {"type": "scatter", "x": found.n_vocab[[made]], "y": [n_tokens]},
        {"type": "heatmap", "z": beginning.kinds(made)},
    ]


def _training_layout(found: Training, beginning: "Beginning", text: Text) -> dict:
    most = max((one.count for made in (0, len(found.steps)) for one in found.top(made)), default=1)
    n_cells = len(beginning.units)
    edge = 0.31 * cells.n_rows(n_cells) / cells.ROWS
    top = [edge + 0.17, 1]
    vocabulary, tokens = found.n_vocab, found.n_tokens
    return cells.axes(3, edge, n_cells) | {
        "height": 560,
        "bargap": 0.2,
        "xaxis": {
            "title": {"text": text("axis.count")}, "domain": [0.2, 0.52], "anchor": "y",
            "range": [0, 1.18 * most], "showgrid": False, "showticklabels": False,
            "title_standoff": 4,
        },
        "yaxis": {
            "domain": top, "range": [BARS - 0.4, -0.6], "showticklabels": False,
            "showgrid": False, "zeroline": False,
        },
        "xaxis2": {
            "title": {"text": text("axis.vocabulary")}, "domain": [0.64, 1], "anchor": "y2",
            "range": [vocabulary[0] - 0.6, vocabulary[-1] + 0.6],
            "tick0": vocabulary[0], "dtick": max(1, 5 * (len(vocabulary) // 25)),
        },
        "yaxis2": {
            "title": {"text": text("axis.tokens")}, "domain": top, "anchor": "x2",
            "range": [0, 1.1 * float(tokens[0])], "nticks": 5,
        },
    }  # fmt: skip


class Beginning:
    """The beginning of the corpus, character by character or byte by byte."""

    def __init__(self, training: Training, words: list[Symbol]):
        self.training = training
        self.words, n_units = [], 0
        for word in words:
            self.words.append(word)
            n_units += len(word)
            if n_units >= cells.MOST:
                break
        self.units = [unit for word in self.words for unit in bpe.symbols_of(word)][: cells.MOST]

    def kinds(self, made: int) -> Int[ndarray, "row column"]:
        """How each cell is drawn after that many merges."""
        new = self.training.steps[made - 1].symbol if made else None
        kinds, is_odd = [], False
        for word in self.words:
            for part in self.training.cut(word, made):
                kind = ALONE if len(part) == 1 else (EVEN, ODD)[is_odd]
                kinds += [NEW if part == new else kind] * len(part)
                is_odd = not is_odd if len(part) > 1 else is_odd
        return cells.arranged(kinds, blank=ALONE)


def sizes(found: Training) -> dict[str, int]:
    """Vocabulary and corpus before and after, for the words around the figure."""
    return {
        "n_alphabet": len(found.alphabet),
        "n_vocab": len(found.vocabulary),
        "n_before": int(found.n_tokens[0]),
        "n_after": int(found.n_tokens[-1]),
    }


def tree(both: BothWays, vocabulary: Vocabulary, step: int, text: Text) -> go.Figure:
    """The merges of a word from the bottom up, and beside them those that were possible."""
    encoding = both.encoding
    shape = Shape(encoding)
    frames = [
        reel.frame(made, [0, 1, 2, 3, 4], _merged(shape, vocabulary, made, text))
        for made in range(len(encoding.merges) + 1)
    ]
    lasting = [shape.edges, shape.joints(text), STRIP, _options(text), _names_of_options()]
    now = frames[step]["data"]
    data = [a | b for a, b in zip(lasting, now, strict=True)]
    usual = set(pairwise(encoding.edges()))
    data += [*_leaves(encoding.word), STRIP | _parts(both.greedy, shape.rows[1], usual)]
    layout = _tree_layout(shape, text)
    if not encoding.merges:
        return go.Figure({"data": data, "layout": layout})
    labels = [str(made) for made in range(len(frames))]
    layout |= reel.controls(labels, step, text("merge_tree.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def told(both: BothWays, pieces: Pieces, text: Text) -> dict[str, object]:
    """What the words around the tree say about it."""
    word, parts = both.encoding.word, both.encoding.cut()
    named = {"by_rank": in_words(parts), "by_length": in_words(both.greedy)}
    shown = {"n_pieces": len(pieces.words) - 1, "n_differing": pieces.n_differing}
    where = "some" if pieces.n_differing else "none"
    return named | {
        "word": visible(word),
        "n_merges": len(both.encoding.merges),
        "verdict": text(f"verdict.{'differs' if both.differ else 'same'}", **named),
        "elsewhere": text(f"elsewhere.{where}", **shown),
        "agrees": text(f"agrees.{'yes' if both.is_the_librarys else 'no'}"),
        "pieces": text("ribbon.cut", shown=len(pieces.words) - 1, total=pieces.n_all)
        if len(pieces.words) - 1 < pieces.n_all
        else "",
        "beginning": text("beginning.cut", n_bytes=len(word)) if word in pieces.shortened else "",
    }


def in_words(parts: tuple[bytes, ...]) -> str:
    """Parts in a sentence."""
    return " | ".join(map(visible, parts))


class Shape:
    """Where the joints of the tree stand: above the middle of what they join, in their order."""

    def __init__(self, encoding: Encoding):
        self.encoding = encoding
        is_plain = encoding.word.isascii()
        first = (LEAVES if is_plain else CHARACTERS) - ROW
        self.rows = first, first - ROW  # the parts by rank, and by the longest match
        centres = {(n, n + 1): (float(n), 0.0) for n in range(len(encoding.word))}
        xs, ys, self.tops = [], [], []
        for height, merge in enumerate(encoding.merges, 1):
            left = centres[merge.start, merge.middle]
            right = centres[merge.middle, merge.stop]
            xs += [left[0], left[0], right[0], right[0], np.nan]
            ys += [left[1], height, height, right[1], np.nan]
            centres[merge.start, merge.stop] = ((left[0] + right[0]) / 2, float(height))
            self.tops.append(centres[merge.start, merge.stop])
        self.xs, self.ys = (np.array(part, np.float32) for part in (xs, ys))

    @property
    def edges(self) -> dict:
        """The lines, as far as all steps share them."""
        return {"mode": "lines", "x": self.xs, "line": {"color": ACCENT}, "hoverinfo": "skip"}

    def joints(self, text: Text) -> dict:
        """The ranks on the joints."""
        merges = self.encoding.merges
        return {
            "mode": "markers+text",
            "x": np.array([x for x, _ in self.tops], np.float32),
            "text": [f" {merge.rank:,} " for merge in merges],
            "textposition": [self._side(merge) for merge in merges],
            "cliponaxis": False,
            "marker": {"color": ACCENT},
            "meta": [text(f"axis.{name}") for name in ("order", "rank", "pair", "token")],
            "customdata": [
                [str(order), str(merge.rank), pair_name((merge.left, merge.right)),
                 escape(visible(merge.symbol))]
                for order, merge in enumerate(merges, 1)
            ],
            "hovertemplate": text("merge_tree.hover"),
        }  # fmt: skip

    def _side(self, merge: Merge) -> str:
        """Where the line that goes up from a joint leaves room for its number."""
        for parent in self.encoding.merges:
            if (parent.start, parent.middle) == (merge.start, merge.stop):
                return "top left"
            if (parent.middle, parent.stop) == (merge.start, merge.stop):
                return "top right"
        return "top center"

    def heights(self, made: int) -> tuple[np.ndarray, np.ndarray]:
        """Of the lines and of the joints that are there after so many merges."""
        lines, tops = self.ys.copy(), np.array([y for _, y in self.tops], np.float32)
        lines[5 * made :] = np.nan
        tops[made:] = np.nan
        return lines, tops


def _merged(shape: Shape, vocabulary: Vocabulary, made: int, text: Text) -> list[dict]:
    """What one step brings to the traces."""
    lines, tops = shape.heights(made)
    parts = shape.encoding.cut(made)
    merges = bpe.options(parts, vocabulary.rule)[:BARS]
    never = [pair for pair in pairwise(parts) if vocabulary.rule(pair) is None]
    pairs = [*((merge.left, merge.right) for merge in merges), *never][:BARS]
    ranks = [f"{merge.rank:,}" for merge in merges]
    ranks += ["\u2002" + text("merge_tree.never")] * (len(pairs) - len(ranks))
    lengths = [_length(merge) for merge in merges] + [0.0] * (len(pairs) - len(merges))
    names = [pair_name(pair) for pair in pairs]
    missing = BARS - len(pairs)
    return [
        {"type": "scatter", "y": lines},
        {"type": "scatter", "y": tops},
        _parts(parts, shape.rows[0]),
        {
            "type": "bar",
            "x": np.array(lengths + [np.nan] * missing, np.float32),
            "text": ranks + [""] * missing,
            "customdata": [[name, rank] for name, rank in zip(names, ranks, strict=True)],
        },
        {
            "type": "scatter",
            "text": ([f"{name} " for name in names] or [text("merge_tree.done")])
            + [""] * (missing - (not names)),
        },
    ]


def _length(merge: Merge) -> float:
    """A bar that can still be seen for rank 0, and told apart for rank 100,000."""
    return 0.1 + float(np.log10(1 + merge.rank))


def _options(text: Text) -> dict:
    return {
        "y": np.arange(BARS),
        "xaxis": "x2",
        "yaxis": "y2",
        "orientation": "h",
        "width": 0.8,
        "marker": {"color": [SECOND] + [REMOVED] * (BARS - 1)},
        "textposition": "outside",
        "constraintext": "none",
        "cliponaxis": False,
        "meta": [text("axis.pair"), text("axis.rank")],
        "hovertemplate": text("merge_tree.hover_option"),
    }


def _names_of_options() -> dict:
    return _names() | {"xaxis": "x2", "yaxis": "y2"}


def _parts(
    parts: tuple[bytes, ...], height: float, usual: set[tuple[int, int]] | None = None
) -> dict:
    """Parts side by side below the tree; those that are not among the usual ones stand out."""
    sizes = np.array([len(part) for part in parts])
    starts = np.cumsum(sizes) - sizes
    tints = [TINTS[1 + place % 2] for place in range(len(parts))]
    colours = [
        tint if usual is None or (start, start + size) in usual else SECOND
        for start, size, tint in zip(starts.tolist(), sizes.tolist(), tints, strict=True)
    ]
    return {
        "type": "bar",
        "x": sizes.astype(np.float32),
        "base": (starts - 0.5).astype(np.float32),
        "y": np.full(len(parts), height, np.float32),
        "text": [escape(visible(part)) for part in parts],
        "marker": {"color": colours, "line": {"color": PAPER, "width": 2}},
    }


def _leaves(word: bytes) -> list[dict]:
    """The bytes, and below those of longer characters, the character."""
    places, names, start = [], [], 0
    for character in word.decode("utf-8"):
        size = len(character.encode("utf-8"))
        if size > 1:
            places.append(start + (size - 1) / 2)
            names.append(escape(Token(0, character.encode("utf-8")).visible))
        start += size
    leaf = {"type": "scatter", "mode": "text", "hoverinfo": "skip", "textfont": {"color": INK}}
    return [
        leaf | {
            "x": np.arange(len(word)),
            "y": np.full(len(word), LEAVES, np.float32),
            "text": [unit_name(unit) for unit in bpe.symbols_of(word)],
        },
        leaf | {
            "x": np.array(places, np.float32),
            "y": np.full(len(places), CHARACTERS, np.float32),
            "text": names,
        },
    ]  # fmt: skip


def _tree_layout(shape: Shape, text: Text) -> dict:
    n_units, n_merges = len(shape.encoding.word), len(shape.encoding.merges)
    return {
        "height": 560,
        "barmode": "overlay",
        "xaxis": {
            "domain": LEFT, "range": [-0.6, n_units - 0.4], "showticklabels": False,
            "showgrid": False, "zeroline": False,
        },
        "yaxis": {
            "range": [shape.rows[1] - 0.6, max(n_merges, 6) + 0.9], "showgrid": False,
            "zeroline": False,
            "tickvals": shape.rows,
            "ticktext": [text("merge_tree.by_rank"), text("merge_tree.by_length")],
        },
        "xaxis2": {
            "title": {"text": text("axis.rank_next")}, "domain": RIGHT, "anchor": "y2",
            "range": [0, RANK_ROOM], "showticklabels": False, "showgrid": False,
        },
        "yaxis2": {
            "anchor": "x2", "range": [BARS - 0.4, -0.6], "showticklabels": False,
            "showgrid": False, "zeroline": False,
        },
    }  # fmt: skip


def visible(symbol: Symbol) -> str:
    """A symbol for the eye, of characters or of bytes."""
    return Token(0, symbol if isinstance(symbol, bytes) else symbol.encode("utf-8")).visible


def unit_name(unit: Symbol) -> str:
    """A single character or byte, for a place where there is little room."""
    token = Token(0, unit if isinstance(unit, bytes) else unit.encode("utf-8"))
    name = token.visible if token.is_whole else token.bytes.hex().upper()
    return escape(name) if len(name) <= 2 else NAMELESS


def pair_name(pair: tuple[Symbol, Symbol]) -> str:
    """Two neighbours, short enough to stand beside a bar."""
    return " + ".join(escape(_short(visible(symbol))) for symbol in pair)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]
