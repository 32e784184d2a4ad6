"""Figures of Unigram: the vocabulary shrinking, a word's lattice, and its cuts drawn at random."""

from collections import Counter

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int
from numpy import ndarray

from core.unigram import SPACE, Arc, Marginals, PieceCost, Training, Way
from pages.figures import cells, reel
from pages.figures.bpe import unit_name, visible
from pages.figures.style import ACCENT, GRID, INK, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

DEAREST, LAST_KEPT, FIRST_GONE = (
    3,
    3,
    4,
)  # bars: of the dearest pieces, and on both sides of the cut
BARS = DEAREST + LAST_KEPT + FIRST_GONE
PLAYING = 1_200  # milliseconds a round
BEST = 10  # cuts
LONGEST_NAME = 22  # characters beside a bar
LEFT, RIGHT = [0.26, 0.56], [0.68, 1]
ROW, MARGINS = 46, 60  # pixels
BEAM = 0.78  # of a row's height
ALONG, SECOND_ONLY, BESIDE = ACCENT, SECOND, WEIGHTS[0][1]
ROOM = 2.1  # of the axis of costs: bars are drawn by their logarithms, with numbers beside them


def pruning(found: Training, words: list[str], step: int, text: Text) -> go.Figure:
    """What pieces cost, what the training has come to, and the corpus; all rounds are frames."""
    words = beginning(words)
    frames = [
        reel.frame(gone, list(range(5)), _round(found, words, gone))
        for gone in range(len(found.steps) + 1)
    ]
    lasting = [_bars(text), _names(), _place("y2"), _place("y3"), _corpus(words)]
    now = frames[step]["data"]
    data = [a | b for a, b in zip(lasting, now, strict=True)]
    data += [_course(found.n_vocab, found.n_tokens, "y2", text("pruning.hover_tokens"))]
    data += [_course(found.n_vocab, found.losses, "y3", text("pruning.hover_loss"))]
    layout = _layout(found, words, text)
    if not found.steps:
        return go.Figure({"data": data, "layout": layout})
    labels = [str(gone) for gone in range(len(frames))]
    layout |= reel.controls(labels, step, text("pruning.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def _bars(text: Text) -> dict:
    return {
        "y": np.arange(BARS),
        "orientation": "h",
        "width": 0.8,
        "constraintext": "none",
        "textposition": "outside",
        "cliponaxis": False,
        "meta": [text(f"axis.{name}") for name in ("piece", "parts", "count", "cost", "fate")],
        "hovertemplate": text("pruning.hover"),
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


def _place(y: str) -> dict:
    return {
        "mode": "markers",
        "xaxis": f"x{y[1:]}",
        "yaxis": y,
        "marker": {"color": SECOND, "size": 11},
        "hoverinfo": "skip",
    }


def _course(across: np.ndarray, up: np.ndarray, y: str, hover: str) -> dict:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": across,
        "y": up,
        "xaxis": f"x{y[1:]}",
        "yaxis": y,
        "line": {"color": ACCENT},
        "marker": {"size": 5},
        "hovertemplate": hover,
    }


def beginning(words: list[str]) -> list[str]:
    """The words that fill the cells of the corpus."""
    shown, n_cells = [], 0
    for word in words:
        shown.append(word)
        n_cells += len(word)
        if n_cells >= cells.MOST:
            break
    return shown


def _corpus(words: list[str]) -> dict:
    names = [unit_name(letter) for letter in "".join(words)]
    return cells.lasting(names, cells.PART_TINTS) | {"xaxis": "x4", "yaxis": "y4"}


def kinds(found: Training, words: list[str], gone: int) -> Int[ndarray, "row column"]:
    """How the cells of the corpus are drawn after so many rounds."""
    parts = [part for word in words for part in found.cut(word, gone)]
    return cells.arranged(cells.alternating(parts), blank=cells.ALONE)


def _round(found: Training, words: list[str], gone: int) -> list[dict]:
    """What one round brings to the traces."""
    fates = Fates(found, gone)
    shown = fates.shown(found.rankings[gone])
    missing = BARS - len(shown)
    names = [_name(cost) if cost else "⋮" for cost in shown]
    bits = [cost.bits if cost else np.nan for cost in shown]
    rows = [
        [visible(cost.piece), _joined(cost.parts), cost.count, f"{cost.bits:.2f}",
         fates.mark(cost)] if cost else ["", "", "", "", ""]
        for cost in shown
    ]  # fmt: skip
    most = max((cost.bits for cost in shown if cost), default=1)
    scale = 1 / np.log10(1 + max(most, 1))
    return [
        {
            "type": "bar",
            "x": np.array(
                [np.log10(1 + max(value, 0)) * scale for value in bits] + [np.nan] * missing,
                np.float32,
            ),
            "text": [
                f"{value:,.1f}" if cost else "" for cost, value in zip(shown, bits, strict=True)
            ]
            + [""] * missing,
            "marker": {"color": [fates.colour(cost) if cost else REMOVED for cost in shown]},
            "customdata": rows,
        },
        {"type": "scatter", "text": [f"{name} " for name in names] + [""] * missing},
        {"type": "scatter", "x": found.n_vocab[[gone]], "y": found.n_tokens[[gone]]},
        {"type": "scatter", "x": found.n_vocab[[gone]], "y": found.losses[[gone]]},
        {"type": "heatmap", "z": kinds(found, words, gone)},
    ]


class Fates:
    """What becomes of the pieces in the round to come."""

    def __init__(self, found: Training, gone: int):
        self.after = found.vocabularies[min(gone + 1, len(found.steps))].log_p
        pruned = found.steps[gone].pruned if gone < len(found.steps) else ()
        self.pruned = {cost.piece for cost in pruned}

    def colour(self, cost: PieceCost) -> str:
        """Kept, given up for its cost, or dropped by EM."""
        if cost.piece in self.after:
            return ACCENT
        return SECOND if cost.piece in self.pruned else REMOVED

    def mark(self, cost: PieceCost) -> str:
        """The same in one sign."""
        return {ACCENT: "✓", SECOND: "✗", REMOVED: "–"}[self.colour(cost)]

    def shown(self, ranking: tuple[PieceCost, ...]) -> list[PieceCost | None]:
        """The dearest pieces, and those on both sides of the cut; None where some are left out."""
        priced = [cost for cost in ranking if cost.parts and cost.count]
        kept = [cost for cost in priced if cost.piece in self.after]
        pruned = [cost for cost in priced if cost.piece in self.pruned]
        dropped = [cost for cost in priced if self.colour(cost) == REMOVED]
        gone = (pruned or dropped)[:FIRST_GONE]
        if len(kept) < DEAREST + LAST_KEPT:
            return [*kept, *gone]
        return [*kept[:DEAREST], None, *kept[1 - LAST_KEPT :], *gone]


def _name(cost: PieceCost) -> str:
    return escape(_short(f"{visible(cost.piece)} → {_joined(cost.parts)}"))


def _joined(parts: tuple[str, ...]) -> str:
    return "|".join(map(visible, parts))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _layout(found: Training, words: list[str], text: Text) -> dict:
    n_cells = len("".join(words))
    grid_top = 0.28 * cells.n_rows(n_cells) / cells.ROWS
    bottom = grid_top + 0.16
    middle = bottom + (1 - bottom) / 2
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    # Not the last and the first: characters that EM had dropped come back at the end.
    ends = found.n_vocab.min(), found.n_vocab.max()
    sizes = {
        "type": "log",
        "domain": RIGHT,
        # From many on the left to few on the right, as the training goes.
        "range": [np.log10(ends[1]) + 0.06, np.log10(ends[0]) - 0.06],
        "tickvals": sorted(set(map(int, ends))),
        "ticktext": [f"{size:,}" for size in sorted(set(map(int, ends)))],
        "showgrid": False,
    }
    up = {"nticks": 4, "title_standoff": 6}
    tokens, losses = found.n_tokens.astype(float), found.losses
    return cells.axes(4, grid_top, n_cells) | {
        "height": 620,
        "bargap": 0.2,
        "xaxis": {
            "title": {"text": text("axis.cost")}, "domain": LEFT, "anchor": "y",
            "range": [0, 1.3], "title_standoff": 4,
        } | bare,
        "yaxis": {"domain": [bottom, 1], "anchor": "x", "range": [BARS - 0.4, -0.6]} | bare,
        "xaxis2": sizes | {"anchor": "y2", "showticklabels": False},
        "yaxis2": up | {
            "title": {"text": text("axis.tokens")}, "domain": [middle + 0.03, 1], "anchor": "x2",
            "range": [0, 1.12 * tokens.max()],
        },
        "xaxis3": sizes | {"anchor": "y3", "title": {"text": text("axis.vocabulary")}},
        "yaxis3": up | {
            "title": {"text": text("axis.loss")}, "domain": [bottom, middle - 0.03],
            "anchor": "x3", "range": [0, 1.12 * losses.max()],
        },
    }  # fmt: skip


def sizes(found: Training, asked: int, text: Text) -> dict[str, object]:
    """What the training begins with and comes to, for the words around the figure."""
    last = int(found.n_vocab[-1])
    ending = "asked" if last <= asked else "characters"
    if not any(step.pruned for step in found.steps):
        ending = "nothing"
    return {
        "n_seeds": int(found.n_vocab[0]) - 1,
        "n_after_em": int(found.n_vocab[1]),
        "n_last": last,
        "first_tokens": int(found.n_tokens[0]),
        "last_tokens": int(found.n_tokens[-1]),
        "first_loss": float(found.losses[1]),
        "last_loss": float(found.losses[-1]),
        "ending": text(f"ending.{ending}", n_vocab=last, asked=asked),
    }


def lattice(found: Marginals, best: list[Way], text: Text) -> go.Figure:
    """Every piece of the word as a beam from edge to edge, with its bits; the two best ways."""
    arcs = [arc for arcs in found.lattice.ending for arc in arcs]
    rows = _rows(arcs)
    first = set(best[0].arcs)
    second = set(best[1].arcs) - first if len(best) > 1 else set()
    colours = [ALONG if arc in first else SECOND_ONLY if arc in second else BESIDE for arc in arcs]
    beams = {
        "type": "bar",
        "orientation": "h",
        "base": np.array([arc.start + 0.03 for arc in arcs], np.float32),
        "x": np.array([arc.stop - arc.start - 0.06 for arc in arcs], np.float32),
        "y": np.array(rows, np.float32),
        "width": np.full(len(arcs), BEAM, np.float32),
        "marker": {"color": colours},
        "text": [f"{escape(visible(arc.piece))}<br>{arc.bits:.1f}" for arc in arcs],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textfont": {"color": [INK if colour == BESIDE else PAPER for colour in colours]},
        "meta": [text(f"axis.{name}") for name in ("piece", "start", "stop", "bits", "share")],
        "customdata": [
            [escape(visible(arc.piece)), arc.start, arc.stop, f"{arc.bits:.3f}",
             f"{found.share(arc):.4f}"]
            for arc in arcs
        ],
        "hovertemplate": text("lattice.hover"),
    }  # fmt: skip
    n_letters, n_rows = len(found.lattice.text), max(rows) + 1
    layout = {
        "height": MARGINS + ROW * max(n_rows, 3),
        "bargap": 0,
        "barmode": "overlay",
        "xaxis": {
            "range": [0, n_letters], "tickvals": np.arange(n_letters) + 0.5,
            "ticktext": [unit_name(letter) for letter in found.lattice.text],
            "showgrid": False, "zeroline": False, "ticks": "",
        },
        "yaxis": {"range": [-0.6, max(n_rows, 3) - 0.4], "showticklabels": False,
                  "showgrid": False, "zeroline": False, "ticks": ""},
        "shapes": [
            {"type": "line", "x0": edge, "x1": edge, "y0": 0, "y1": 1, "yref": "paper",
             "layer": "below", "line": {"color": GRID, "width": 1}}
            for edge in range(n_letters + 1)
        ],
    }  # fmt: skip
    return go.Figure({"data": [beams], "layout": layout})


def _rows(arcs: list[Arc]) -> list[int]:
    """A row for each arc, the short ones below, so that no two lie over each other."""
    ends: list[list[tuple[int, int]]] = []
    rows = dict.fromkeys(arcs, 0)
    for arc in sorted(arcs, key=lambda one: (one.stop - one.start, one.start)):
        lowest = 1 if arc.stop - arc.start > 1 else 0
        row = next(
            (
                row
                for row in range(lowest, len(ends))
                if all(arc.start >= stop or arc.stop <= start for start, stop in ends[row])
            ),
            max(len(ends), lowest),
        )
        while len(ends) <= row:
            ends.append([])
        ends[row].append((arc.start, arc.stop))
        rows[arc] = row
    return [rows[arc] for arc in arcs]


def cuts(
    found: Marginals, best: list[Way], drawn: Counter[tuple[str, ...]], text: Text
) -> go.Figure:
    """The best cuts with their probabilities, and how often each of them was drawn."""
    n_drawn = drawn.total()
    shares = [found.share_of(way) for way in best]
    others = max(0.0, 1 - sum(shares))
    counts = [drawn[way.parts] for way in best]
    has_others = found.lattice.n_ways > len(best)
    names = [_cut_name(way) for way in best] + [text("cuts.others")] * has_others
    shares += [others] * has_others
    counts += [n_drawn - sum(counts)] * has_others
    rows = np.arange(len(names))
    bits = [f"{way.bits:.2f}" for way in best] + [""] * has_others
    exact = {
        "type": "bar",
        "orientation": "h",
        "x": np.array(shares, np.float32),
        "y": rows,
        "width": 0.62,
        "marker": {"color": [ACCENT, SECOND, *[REMOVED] * len(names)][: len(names)]},
        "meta": [text(f"axis.{name}") for name in ("cut", "bits", "exact", "drawn")],
        "customdata": [
            [name, one_bits, f"{share:.5f}", count]
            for name, one_bits, share, count in zip(names, bits, shares, counts, strict=True)
        ],
        "hovertemplate": text("cuts.hover"),
    }
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": np.array(counts, np.float32) / n_drawn,
        "y": rows,
        "marker": {"color": INK, "symbol": "line-ns-open", "size": 20, "line": {"width": 3}},
        "hoverinfo": "skip",
    }
    most = max(*shares, max(counts) / n_drawn)
    numbers = [
        {
            "x": max(share, count / n_drawn), "y": row, "xanchor": "left", "xshift": 10,
            "showarrow": False, "text": text("cuts.numbers", share=share, count=count),
        }
        for row, (share, count) in enumerate(zip(shares, counts, strict=True))
    ]  # fmt: skip
    layout = {
        "height": 100 + 30 * max(len(names), 4),
        "xaxis": {"title": {"text": text("axis.share")}, "range": [0, 1.35 * most], "nticks": 6},
        "yaxis": {"range": [max(len(names), 4) - 0.4, -0.6], "tickvals": rows, "ticktext": names,
                  "showgrid": False, "ticks": ""},
        "annotations": numbers,
    }  # fmt: skip
    return go.Figure({"data": [exact, marks], "layout": layout})


def _cut_name(way: Way) -> str:
    name = "|".join(visible(part) for part in way.parts)
    return escape(name if len(name) <= 40 else name[:39] + "…")


def told(found: Marginals, best: list[Way], whole: str, text: Text) -> dict[str, object]:
    """What the words around the lattice say about it."""
    word = found.lattice.text
    unknown = [arc.piece for arc in best[0].arcs if not arc.is_known]
    second = (
        text("lattice.second", parts=_in_words(best[1]), bits=best[1].bits)
        if len(best) > 1
        else text("lattice.only")
    )
    return {
        "shown": visible(word.replace(SPACE, " ")),
        "n_ways": found.lattice.n_ways,
        "n_arcs": len(found.lattice.arcs),
        "first": _in_words(best[0]),
        "first_bits": best[0].bits,
        "first_share": found.share_of(best[0]),
        "second": second,
        "unknown": text("lattice.unknown", letters=" ".join(map(visible, unknown)))
        if unknown
        else "",
        "cut_off": text("lattice.cut", n_letters=len(word)) if len(word) < len(whole) else "",
    }


def _in_words(way: Way) -> str:
    return " | ".join(map(visible, way.parts))
