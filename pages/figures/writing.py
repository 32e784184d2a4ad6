"""Figures of writing: the branches as a score, line under line, and what each token cost."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool
from numpy import ndarray

from core.tokens import Token
from core.writing import ROOT, Choices, Passage, Tree
from pages.figures import chips
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

SHADES = ("probability", "rank")
# The further from the paper's colour, the less likely. A token is of the first class whose bound
# it reaches.
BOUNDS = {"probability": (0.5, 0.1, 0.01, 0.001), "rank": (1, 3, 10, 100)}
COLOURS = [colour for _, colour in WEIGHTS]
LONGEST = 14  # characters of a token; the whole one is told under the pointer
MOST_LINES = 48
LINE_HEIGHT = 31  # pixels
GAP = 0.75  # lines, between two systems
EVERY = 5  # places are numbered
MOST_LABELS = 60


def class_of(probability: float, rank: int, shade: str) -> int:
    """The colour of a token, by its number."""
    if shade == "rank":
        return int(np.searchsorted(BOUNDS["rank"], rank))
    return sum(probability < bound for bound in BOUNDS["probability"])


def classes(shade: str, text: Text) -> list[str]:
    """What each colour stands for."""
    bounds = [f"{bound:g}" for bound in BOUNDS[shade]]
    ranges = [text(f"class.{shade}", bound=bound) for bound in bounds]
    if shade == "rank":
        ranges[0] = bounds[0]
    return [*ranges, text(f"class.{shade}_last", bound=bounds[-1])]


def written_tree(
    tree: Tree, passages: Sequence[Passage], current: int, shade: str, text: Text
) -> go.Figure:
    """All branches as in a score: a place is one column, a branch one line, and lines wrap."""
    score = _Score(tree, passages)
    marks = score.marks()
    words = [cut(passages[b].answer.tokens[p].visible) for b, p in marks]
    on_path = [tree.owners(current)[p : p + 1] == (b,) for b, p in marks]
    rows = [_row(passages[b], b, p, text) for b, p in marks]
    answers = [(passages[b].answer, p) for b, p in marks]
    colours = [
        COLOURS[class_of(float(answer.probabilities[p]), int(answer.ranks[p]), shade)]
        for answer, p in answers
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "base": np.array([score.starts[p] for _, p in marks], np.float32),
        "x": np.array([chips.letters(word) + chips.BORDER for word in words], np.float32),
        "y": np.array([score.lines[mark] for mark in marks], np.float32),
        "width": np.full(len(marks), 0.78, np.float32),
        "marker": {
            "color": colours,
            "line": {
                "color": [SECOND if here else PAPER for here in on_path],
                "width": np.where(on_path, 2, 0).astype(np.float32),
            },
        },
        "text": [escape(word) for word in words],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "constraintext": "none",
        "customdata": rows,
        "meta": columns(text),
        "hovertemplate": chips.hover(columns(text)),
    }
    layout = _score_layout(score.n_lines)
    layout["yaxis"] |= {
        "visible": True,
        "showgrid": False,
        "zeroline": False,
        "title": {"text": text("axis.branch")},
        "tickvals": list(score.labels),
        "ticktext": [str(branch) for branch in score.labels.values()],
    }
    if score.n_left_out:
        layout["annotations"] = [_note(text("written_tree.cut", n=score.n_left_out))]
    return go.Figure({"data": [bars, score.ties(), score.numbers()], "layout": layout})


def mark(figure: go.Figure, number: int) -> tuple[int, int]:
    """The branch and the place of one of the tree's marks."""
    branch, place = figure.data[0].customdata[number][:2]
    return int(branch), int(place)


def choices(found: Choices, tokens: Sequence[Token], text: Text) -> go.Figure:
    """Nothing is written: what stands to choose, one under the other."""
    words = [cut(token.visible) for token in tokens]
    names = [text("axis.token"), text("axis.probability")]
    wide = max(map(chips.letters, words)) + 2 * chips.BORDER
    bars = {
        "type": "bar",
        "orientation": "h",
        "base": wide,
        "x": (found.probabilities * (chips.ROOM - 2 * wide)).astype(np.float32),
        "y": np.arange(len(words), dtype=np.float32),
        "width": 0.6,
        "marker": {"color": REMOVED},
        "text": [f"{p:.3f}" for p in found.probabilities],
        "textposition": "outside",
        "customdata": [[escape(t.visible), f"{p:.6f}"] for t, p in
                       zip(tokens, found.probabilities, strict=True)],
        "meta": names,
        "hovertemplate": chips.hover(names),
    }  # fmt: skip
    labels = {
        "type": "scatter",
        "mode": "text",
        "x": np.full(len(words), wide - chips.BORDER, np.float32),
        "y": np.arange(len(words), dtype=np.float32),
        "text": [escape(word) for word in words],
        "textposition": "middle left",
        "hoverinfo": "skip",
    }
    return go.Figure({"data": [bars, labels], "layout": _score_layout(float(len(words)))})


def written_course(passages: Sequence[Passage], current: int, place: int, text: Text) -> go.Figure:
    """What each token of a branch cost, beside what was to be expected; the others thin."""
    of = passages[current]
    places = np.arange(len(of), dtype=np.float32)
    names = columns(text)
    rows = [_row(of, int(of.owners[p]), p, text) for p in range(len(of))]
    told = {"customdata": rows, "meta": names, "hovertemplate": chips.hover(names)}
    others = [
        trace
        for number, other in enumerate(passages)
        if number != current
        for trace in _thin(of, other)
    ]
    bars = {
        "type": "bar",
        "x": places,
        "y": of.bits.astype(np.float32),
        "marker": {"color": [SECOND if p == place else ACCENT for p in range(len(of))]},
        "name": text("written_course.bits"),
    }
    expected = {
        "type": "scatter",
        "x": places,
        "y": of.answer.entropies.astype(np.float32),
        "mode": "lines",
        "line": {"color": INK, "width": 2, "dash": "dot", "shape": "hvh"},
        "name": text("written_course.entropy"),
        "hoverinfo": "skip",
    }
    ranks = {
        "type": "scatter",
        "x": places,
        "y": of.answer.ranks.astype(np.float32),
        "yaxis": "y2",
        "mode": "lines+markers",
        "line": {"color": ACCENT, "width": 1},
        "marker": {"color": [SECOND if p == place else ACCENT for p in range(len(of))], "size": 8},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return go.Figure(
        {
            "data": [bars | told, expected, ranks, *others],
            "layout": _course_layout(passages, of, text),
        }
    )


def columns(text: Text) -> list[str]:
    """The names of what is told of a token."""
    names = ("branch", "place", "token", "token_id", "probability", "drawn_with", "rank", "bits",
             "entropy", "how")  # fmt: skip
    return [text(f"axis.{name}") for name in names]


def cut(word: str) -> str:
    """A token that fits into its column."""
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"


def _row(passage: Passage, branch: int, place: int, text: Text) -> list[object]:
    answer = passage.answer
    return [
        branch,
        place,
        escape(answer.tokens[place].visible),
        answer.tokens[place].id,
        f"{answer.probabilities[place]:.4g}",
        f"{answer.drawn_with[place]:.4g}",
        int(answer.ranks[place]),
        f"{passage.bits[place]:.3f}",
        f"{answer.entropies[place]:.3f}",
        text("how.by_hand" if passage.is_chosen[place] else "how.drawn"),
    ]


def _thin(of: Passage, other: Passage) -> list[dict]:
    """Another branch's bits and ranks, from the last token that it shares with the current one."""
    shared = int((np.cumprod(_equal(of, other))).sum())
    start = max(shared - 1, 0)
    if start >= len(other):
        return []
    places = np.arange(start, len(other), dtype=np.float32)
    thin = {"type": "scatter", "x": places, "mode": "lines", "hoverinfo": "skip",
            "line": {"color": REMOVED, "width": 1.2}, "showlegend": False}  # fmt: skip
    return [
        thin | {"y": other.bits[start:].astype(np.float32)},
        thin | {"y": other.answer.ranks[start:].astype(np.float32), "yaxis": "y2"},
    ]


def _equal(of: Passage, other: Passage) -> Bool[ndarray, " step"]:
    n = min(len(of), len(other))
    return np.array(of.answer.ids[:n]) == np.array(other.answer.ids[:n])


def _course_layout(passages: Sequence[Passage], of: Passage, text: Text) -> dict:
    longest = max(map(len, passages))
    drawn = [*(one.bits for one in passages), of.answer.entropies]
    highest = max(float(bits.max(initial=1)) for bits in drawn)
    every = -(-len(of) // MOST_LABELS)
    labels = axis_labels([token.visible for token in of.answer.tokens])[::every]
    largest = max(int(one.answer.ranks.max(initial=1)) for one in passages)
    axis = {"gridcolor": GRID, "zeroline": False}
    return {
        "height": 460,
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.01, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": text("axis.token")},
            "tickvals": list(range(0, len(of), every)),
            "ticktext": labels,
            "tickangle": -60,
            "range": [-0.7, longest - 0.3],
            "showgrid": False,
            "anchor": "y2",
        },
        "yaxis": axis
        | {
            "title": {"text": text("axis.bits")},
            "domain": [0.42, 1],
            "range": [0, 1.06 * min(highest, 40)],
        },
        "yaxis2": axis
        | {
            "title": {"text": text("axis.rank")},
            "domain": [0, 0.34],
            "type": "log",
            "range": [np.log10(max(largest, 10)) + 0.15, -0.2],
            "tickvals": [1, 10, 100, 1_000, 10_000, 100_000],
        },
    }


class _Score:
    """Where each token of a tree stands: the column of its place, the line of its branch."""

    def __init__(self, tree: Tree, passages: Sequence[Passage]):
        self._tree = tree
        self.n_places = max(branch.end for branch in tree.branches)
        self.starts, systems = _columns(tree, passages, self.n_places)
        order = _in_order(tree)
        self.lines: dict[tuple[int, int], float] = {}  # of a branch's own token at a place
        self.labels: dict[float, int] = {}  # of each line, its branch
        self.tops: dict[int, float] = {}  # the first line of the system that begins at a place
        line = 0.0
        for first, end in systems:
            shown = [b for b in order if self._is_in(b, first, end)]
            if len(self.labels) + len(shown) > MOST_LINES and self.labels:
                break
            self.tops[first] = line
            for branch in shown:
                self.labels[line] = branch
                for place in self._own(branch, first, end):
                    self.lines[branch, place] = line
                line += 1
            line += GAP
        self.n_lines = line - GAP
        self.n_left_out = tree.n_tokens - len(self.lines)

    def _own(self, branch: int, first: int, end: int) -> range:
        one = self._tree.branches[branch]
        return range(max(one.place, first), min(one.end, end))

    def _is_in(self, branch: int, first: int, end: int) -> bool:
        return len(self._own(branch, first, end)) > 0

    def marks(self) -> list[tuple[int, int]]:
        """All tokens that are shown, as branch and place."""
        return list(self.lines)

    def ties(self) -> dict:
        """From each branch up to the token instead of which, or after which, it begins."""
        x, y = [], []
        for number, branch in enumerate(self._tree.branches):
            above = self.lines.get((branch.parent, branch.place))
            own = self.lines.get((number, branch.place))
            if branch.parent == ROOT or own is None:
                continue
            if above is None:  # the parent ends here
                above = self.lines.get((branch.parent, branch.place - 1))
                if above is None or above > own:
                    continue
            at = self.starts[branch.place] + 0.5
            x += [at, at, np.nan]
            y += [above + 0.39, own - 0.39, np.nan]
        return {
            "type": "scatter",
            "x": np.array(x, np.float32),
            "y": np.array(y, np.float32),
            "mode": "lines",
            "line": {"color": INK, "width": 2},
            "hoverinfo": "skip",
        }

    def numbers(self) -> dict:
        """The places, now and then, above the lines."""
        firsts = sorted(self.tops)
        shown = [
            (place, max(first for first in firsts if first <= place))
            for place in range(self.n_places)
            if place % EVERY == 0 or place in self.tops
        ]
        shown = [(p, first) for p, first in shown if (p == first or p - first > 1)
                 and any((b, p) in self.lines for b in range(len(self._tree)))]  # fmt: skip
        return {
            "type": "scatter",
            "x": np.array([self.starts[p] + 0.5 for p, _ in shown], np.float32),
            "y": np.array([self.tops[first] - 0.62 for _, first in shown], np.float32),
            "mode": "text",
            "text": [str(p) for p, _ in shown],
            "textposition": "middle center",
            "textfont": {"color": REMOVED, "size": 11},
            "hoverinfo": "skip",
        }


def _columns(
    tree: Tree, passages: Sequence[Passage], n_places: int
) -> tuple[list[float], list[tuple[int, int]]]:
    """Where each place begins, and from which to which place the systems reach."""
    widths = [0.0] * n_places
    for number, branch in enumerate(tree.branches):
        for place in range(branch.place, branch.end):
            word = cut(passages[number].answer.tokens[place].visible)
            widths[place] = max(widths[place], chips.letters(word) + chips.BORDER)
    starts, firsts, start = [], [0], 0.0
    for place, width in enumerate(widths):
        if start + width > chips.ROOM and start:
            firsts.append(place)
            start = 0.0
        starts.append(start)
        start += width + 0.3
    return starts, list(zip(firsts, [*firsts[1:], n_places], strict=True))


def _in_order(tree: Tree) -> list[int]:
    """Each branch after its parent; of those on one parent the latest first: no tie crosses."""
    below: dict[int, list[int]] = {number: [] for number in range(ROOT, len(tree))}
    for number, branch in enumerate(tree.branches):
        below[branch.parent].append(number)
    order, waiting = [], below[ROOT][::-1]
    while waiting:
        number = waiting.pop()
        order.append(number)
        waiting += sorted(below[number], key=lambda one: tree.branches[one].place)
    return order


def _score_layout(n_lines: float) -> dict:
    hidden = {"visible": False, "fixedrange": True}
    return {
        "xaxis": hidden | {"range": [-0.5, chips.ROOM + 0.5]},
        "yaxis": hidden | {"range": [max(n_lines, 3) - 0.4, -1.05]},
        "bargap": 0,
        "height": int(50 + LINE_HEIGHT * max(n_lines, 3)),
    }


def _note(words: str) -> dict:
    return {"text": words, "x": 1, "xref": "paper", "xanchor": "right", "y": 0, "yref": "paper",
            "yanchor": "bottom", "showarrow": False, "font": {"color": REMOVED}}  # fmt: skip
