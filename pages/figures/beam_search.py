"""Figures of beam search: its tree, what it finished, its width, and other ways beside it."""

from collections.abc import Callable, Mapping

import numpy as np
import plotly.graph_objects as go

from core import beam_search
from core.beam_search import Node, Search, Table, Widths
from core.model.beams import Beamed
from core.model.writing import Written
from pages.figures.style import ACCENT, GRID, INK, MANY, REMOVED, SECOND, escape
from pages.text import Text

Names = Callable[[tuple[int, ...]], str]  # token ids as they are shown
SHOWN = 8  # candidates of each step
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
COLOURS = {"kept": ACCENT, "finished": MANY[2], "dropped": REMOVED}


def of_table(table: Table) -> Names:
    """How the tokens of a made-up world are shown."""
    return lambda tokens: " ".join(table.names[number] for number in tokens)


def of_vocabulary(answer: Beamed) -> Names:
    """How the tokens of the network are shown."""
    return lambda tokens: "".join(answer.token(number).visible for number in tokens)


def in_words(table: Table) -> str:
    """The probabilities of a made-up world."""
    lines = [
        f"{of_table(table)(one) or '∅'} → " + " ".join(
            f"{name} {p:.2g}" for name, p in zip(table.names, row, strict=True))
        for one, row in table.probabilities.items()
    ]  # fmt: skip
    return " · ".join(lines)


def tree(found: Search, names: Names, text: Text) -> go.Figure:
    """The candidates of each step, joined with what they continue."""
    nodes = beam_search.tree(found, SHOWN)
    traces = [_joins(nodes, on_best=False), _joins(nodes, on_best=True)]
    for fate, colour in COLOURS.items():
        some = [node for node in nodes if node.candidate.fate == fate]
        ends = [node.candidate.hypothesis for node in some]
        traces.append(
            {
                "type": "scatter",
                "name": text(f"fate.{fate}"),
                "x": np.array([node.step for node in some], np.float32),
                "y": np.array([node.place for node in some], np.float32),
                "mode": "markers+text",
                "marker": {
                    "color": colour,
                    "size": [16 if node.is_on_best else 10 for node in some],
                    "symbol": "square" if fate == "finished" else "circle",
                    "opacity": 1,
                },
                "text": [escape(names(one.tokens[-1:])) for one in ends],
                "textposition": "top right",
                "textfont": {"color": REMOVED if fate == "dropped" else INK},
                "customdata": [
                    [escape(names(one.tokens)), f"{np.exp(one.log_probability):.3g}",
                     f"{beam_search.bits(one.log_probability):.2f}",
                     f"{one.score(found.length_penalty):.3f}"]
                    for one in ends
                ],
                "hovertemplate": text("beam_tree.hover"),
            }
        )  # fmt: skip
    deepest = max(node.place for node in nodes)
    layout = {
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.step")}, "dtick": 1,
                  "range": [-0.2, len(found.rounds) + 0.9], "showgrid": False},
        "yaxis": {"title": {"text": text("axis.place")}, "range": [deepest + 0.6, -0.8],
                  "showgrid": False, "zeroline": False, "showticklabels": False},
        "height": 130 + 30 * (deepest + 1),
    }  # fmt: skip
    return go.Figure({"data": traces, "layout": layout})


def _joins(nodes: tuple[Node, ...], on_best: bool) -> dict[str, object]:
    some = [node for node in nodes if node.is_on_best == on_best]
    x = [(node.step - 1, node.step, np.nan) for node in some]
    y = [(max(node.parent, 0), node.place, np.nan) for node in some]
    return {
        "type": "scatter",
        "x": np.array(x, np.float32).ravel(),
        "y": np.array(y, np.float32).ravel(),
        "mode": "lines",
        "line": {"color": SECOND if on_best else GRID, "width": 4 if on_best else 1.5},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def finished(found: Search, names: Names, text: Text) -> go.Figure:
    """The finished texts, the best score first, and what each costs in bits."""
    labels = [
        f"{escape(names(one.tokens))}<sub>{n}</sub>" for n, one in enumerate(found.finished, 1)
    ]
    lost = np.array([beam_search.bits(one.log_probability) for one in found.finished])
    scores = [one.score(found.length_penalty) for one in found.finished]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": lost.astype(np.float32),
        "y": labels,
        "marker": {"color": [SECOND, *[ACCENT] * (len(labels) - 1)]},
        "text": [f"{bits:.2f}" for bits in lost],
        "customdata": [f"{score:.3f}" for score in scores],
        "hovertemplate": text("beam_finished.hover"),
    }
    layout = {
        "xaxis": {
            "title": {"text": text("axis.total_bits")},
            "range": [0, 1.15 * max(lost.max(), 1)],
        },
        "yaxis": {"autorange": "reversed", "type": "category"},
        "height": 110 + 34 * max(len(labels), 2),
    }
    return go.Figure({"data": [bars], "layout": layout})


def widths(found: Widths, chosen: int, text: Text) -> go.Figure:
    """What a search of each width returns, in bits, and the least that is possible."""
    numbers = sorted(found.bits)
    lost = np.array([found.bits[width] for width in numbers])
    colours = [SECOND if width in found.worse else ACCENT for width in numbers]
    bars = {
        "type": "bar",
        "x": [str(width) for width in numbers],
        "y": lost.astype(np.float32),
        "marker": {"color": colours,
                   "line": {"color": INK, "width": [3 if n == chosen else 0 for n in numbers]}},
        "text": [f"{bits:.2f}" for bits in lost],
        "hovertemplate": text("beam_widths.hover"),
        "showlegend": False,
    }  # fmt: skip
    traces = [bars]
    if found.least_bits is not None:
        traces.append(
            {
                "type": "scatter",
                "name": text("beam_widths.least"),
                "x": bars["x"],
                "y": np.full(len(numbers), found.least_bits, np.float32),
                "mode": "lines",
                "line": {"color": INK, "dash": "dash", "width": 2},
                "hovertemplate": text("beam_widths.hover_least"),
                "showlegend": True,
            }
        )
    layout = {
        "xaxis": {"title": {"text": text("axis.width")}, "type": "category"},
        "yaxis": {"title": {"text": text("axis.total_bits")}, "range": [0, 1.25 * lost.max()]},
        "showlegend": True,
        "legend": LEGEND,
        "height": 320,
    }
    return go.Figure({"data": traces, "layout": layout})


def verdict(found: Widths, names: Names, text: Text) -> dict[str, str]:
    """What the widths show, and what the search for certain came to, in a sentence each."""
    worse = "worse" if found.worse else "never_worse"
    said = {"wider": text(f"verdict.{worse}", widths=", ".join(map(str, found.worse)))}
    if found.optimum is None:
        return said | {"least": text("verdict.not_searched")}
    n_read = found.optimum.n_read
    if found.optimum.best is None:
        return said | {"least": text("verdict.given_up", n_read=n_read)}
    best, bits = names(found.optimum.best.tokens), found.least_bits
    return said | {"least": text("verdict.least", n_read=n_read, bits=bits, best=best)}


def beside(found: Search, names: Names, ways: Mapping[str, Written], text: Text) -> go.Figure:
    """Greedy decoding, beam search and one draw: the bits so far, token by token."""
    steps = [one.hypothesis for one in _path(found)]
    so_far = [beam_search.bits(one.log_probability) for one in steps]
    lines = {"beam": (names(found.best.tokens), so_far, [names(one.tokens[-1:]) for one in steps])}
    for way, written in ways.items():
        shown = [token.visible for token in written.tokens]
        lines[way] = "".join(shown), np.cumsum(-np.log2(written.probabilities)), shown
    colours = {"beam": SECOND, "greedy": ACCENT, "drawn": MANY[2]}
    traces = [
        {
            "type": "scatter",
            "name": f"{text(f'way.{way}')}: {escape(whole)}",
            "x": np.arange(1, len(total) + 1),
            "y": np.array(total, np.float32),
            "mode": "lines+markers",
            "line": {"color": colours[way], "dash": "dot" if way == "drawn" else "solid"},
            "marker": {"color": colours[way], "size": 8},
            "customdata": list(map(escape, shown)),
            "hovertemplate": text("beam_beside.hover"),
        }
        for way, (whole, total, shown) in lines.items()
    ]
    layout = {
        "showlegend": True,
        "legend": {
            "x": 0.01,
            "y": 0.99,
            "yanchor": "top",
            "xanchor": "left",
            "bgcolor": "rgba(0,0,0,0)",
        },
        "xaxis": {"title": {"text": text("axis.step")}, "dtick": 1},
        "yaxis": {"title": {"text": text("axis.total_bits")}, "rangemode": "tozero"},
        "height": 340,
    }
    return go.Figure({"data": traces, "layout": layout})


def _path(found: Search) -> list[beam_search.Candidate]:
    """The beginnings of the best text, step by step."""
    best = found.best.tokens
    return [
        next(c for c in one.candidates if c.hypothesis.tokens == best[:length])
        for length, one in enumerate(found.rounds[: len(best)], 1)
    ]
