"""Figures of entropy by hand: two distributions, what their outcomes cost, and a code for them."""

import unicodedata

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.entropy import Blocks, Code, Comparison, Information
from pages.figures.style import ACCENT, GRID, INK, PAPER, REMOVED, SECOND, escape, unescape
from pages.text import Text

LEFT, RIGHT = [0, 0.47], [0.57, 1]  # the two panels
# Where the axis of costs ends, for a few outcomes and for more; what is dearer is cut off and told.
HIGHEST = {"bits": (4.0, 6.0), "nats": (2.8, 4.2)}
FEWEST = 4  # outcomes that fit below the lower end
FEW = 6  # outcomes whose numbers fit above their bars
LETTER, SUM = 0.021, 0.2  # shares of a panel that a letter takes, and the line of a product
LONGEST = 8  # characters of a name
THREE_LINES = 0.24  # share of a panel's height that they take
NAMED = 3  # of the outcomes that never come
STEP = 0.01  # that a dragged bar snaps to
ALL_TERMS, SHOWN_TERMS = 4, 3  # of a sum that is written out
PANELS = ("cross", "forward", "backward", "middle")
ROOM = 1.45  # of the range, for the numbers beside the bars


def by_hand(
    one: Information, other: Information, names: tuple[str, ...], unit: str, text: Text
) -> go.Figure:
    """Both distributions, to be dragged; beside them the costs, as wide as they are likely.

    The area of each column is its summand p·(−log p), all of them together are the entropy.
    """
    labels = _labels(names)
    data = [
        _shares(one.probabilities, labels, "p", ACCENT, text),
        _shares(other.probabilities, labels, "q", SECOND, text),
        _columns(one, labels, unit, text),
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "bargroupgap": 0.06,
        "height": 430,
        "meta": {
            "drag_traces": [0, 1],
            "drag_step": STEP,
            "drag_sum": 1,
            "drag_low": 0,
            "drag_high": 1,
        },
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": text("axis.outcome")},
            "domain": LEFT,
            "showgrid": False,
            "type": "category",
        },
        "yaxis": {
            "title": {"text": text("axis.probability")},
            "range": [0, 1.08],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
        },
        "xaxis2": {
            "title": {"text": text("axis.widths")},
            "domain": RIGHT,
            "anchor": "y2",
            "range": [-0.005, 1.005],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "showgrid": False,
        },
        "yaxis2": {
            "title": {"text": text(f"axis.cost.{unit}")},
            "anchor": "x2",
            "range": [0, _highest(one, unit)],
        },
        "shapes": [
            _level(one.maximum, INK, "dot"),
            _level(one.entropy, SECOND, "solid"),
        ],
        "annotations": _levels(one, unit, text) + _unseen(one, labels, unit, text),
    }
    return go.Figure({"data": data, "layout": layout})


def divergences(found: Comparison, names: tuple[str, ...], unit: str, text: Text) -> go.Figure:
    """The summands of cross-entropy, of both divergences and of JS, and their sums below."""
    labels = [*_labels(names), text("divergences.sum")]
    rows = np.arange(len(labels))
    summands = [np.append(getattr(found, name), getattr(found, name).sum()) for name in PANELS]
    low, high = _ends(np.concatenate(summands))
    data, layout, notes = [], {}, []
    for place, (name, numbers) in enumerate(zip(PANELS, summands, strict=True)):
        axis = str(place + 1) if place else ""
        colours = [ACCENT if name == "cross" else SECOND] * len(names) + [INK]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": text(f"divergences.{name}"),
                "x": np.where(np.isfinite(numbers), numbers, high).astype(np.float32),
                "y": rows,
                "xaxis": f"x{axis}",
                "yaxis": "y",
                "marker": {
                    "color": colours,
                    "opacity": [1.0 if known else 0.45 for known in np.isfinite(numbers)],
                },
                "text": [
                    _number(float(number)) if np.isfinite(number) else "" for number in numbers
                ],
                "constraintext": "none",
                "meta": [text("axis.outcome"), text(f"divergences.{name}")],
                "customdata": [
                    [label, _number(float(number), 6)]
                    for label, number in zip(labels, numbers, strict=True)
                ],
                "hovertemplate": text("divergences.hover"),
            }
        )
        notes += [
            _note(high / 2, row, "<b>∞</b>", INK, xref=f"x{axis}")
            for row in np.flatnonzero(np.isinf(numbers)).tolist()
        ]
        layout[f"xaxis{axis}"] = {
            "title": {"text": text(f"divergences.{name}"), "standoff": 6},
            "domain": [place / 4 + 0.008, (place + 1) / 4 - 0.008],
            "range": [low, high],
            "side": "top",
            "nticks": 4,
        }
    layout |= {
        "height": 150 + 34 * len(labels),
        "bargap": 0.25,
        "yaxis": {
            "range": [len(labels) - 0.4, -0.6],
            "tickvals": rows,
            "ticktext": labels,
            "showgrid": False,
        },
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": len(names) - 0.5,
                "y1": len(names) - 0.5,
                "line": {"color": REMOVED, "width": 1},
            }
        ],
        "annotations": notes,
    }
    return go.Figure({"data": data, "layout": layout})


def _ends(numbers: Float[ndarray, " summand"]) -> tuple[float, float]:
    """Where the axes begin and end: in a few sizes, so that they seldom jump under the hand."""
    finite = numbers[np.isfinite(numbers)]
    high = float(2.0 ** np.ceil(np.log2(max(finite.max(), 0.25))))
    share = -float(finite.min()) / high
    return -ROOM * high * next(one for one in (0.0, 0.25, 0.5, 1.0) if share <= one), ROOM * high


def code_tree(code: Code, one: Information, names: tuple[str, ...], text: Text) -> go.Figure:
    """Huffman's tree from its root at the left, and each outcome's code word at its leaf."""
    depths, rows, order = _places(code)
    n_rows = max(len(order), 1)
    lines, digits = _branches(code, depths, rows)
    leaves = np.array([depths[outcome] for outcome in order], dtype=np.float32)
    n_levels = max(float(leaves.max(initial=0)), 1.0)
    forks = [merge.node for merge in code.merges]
    data = [
        lines | {"mode": "lines", "line": {"color": REMOVED, "width": 2}, "hoverinfo": "skip"},
        {
            "x": [depths[node] for node in forks],
            "y": [rows[node] for node in forks],
            "mode": "markers+text",
            "marker": {"color": INK, "size": 9},
            "text": [f"{merge.probability:.3g}" for merge in code.merges],
            "textposition": "top left",
            "hoverinfo": "skip",
        },
        {
            "x": leaves,
            "y": [rows[outcome] for outcome in order],
            "mode": "markers",
            "marker": {"color": ACCENT, "size": 13},
            "meta": [text(f"code_tree.{name}") for name in ("name", "p", "cost", "word")],
            "customdata": [
                [names[i], f"{code.probabilities[i]:.6f}", _number(float(one.costs[i])),
                 _word(code.words[i], text)]
                for i in order
            ],
            "hovertemplate": text("code_tree.hover"),
        },
        digits | {"mode": "text", "hoverinfo": "skip"},
        *_table(code, one, names, order, text),
    ]  # fmt: skip
    blank = {"showgrid": False, "zeroline": False, "showticklabels": False}
    layout = {
        "height": 90 + 36 * (n_rows + 1),
        "xaxis": {**blank, "domain": [0, 0.56], "range": [-0.25, n_levels + 0.15]},
        "yaxis": {**blank, "range": [n_rows - 0.4, -1.2]},
        "xaxis2": {**blank, "domain": [0.58, 1], "anchor": "y", "range": [0, 1]},
    }
    return go.Figure({"data": [{"type": "scatter"} | trace for trace in data], "layout": layout})


def block_lengths(found: Blocks, text: Text) -> go.Figure:
    """The mean length per symbol of the best code for blocks of k symbols, down to the entropy."""
    sizes = np.arange(1, len(found.lengths) + 1)
    band = np.concatenate([found.limits, np.full(len(sizes), found.entropy)])
    bits, end = found.entropy, sizes[-1] + 1.9  # room for the line's name
    data = [
        {
            "x": np.concatenate([sizes, sizes[::-1]]).astype(np.float32),
            "y": band.astype(np.float32),
            "fill": "toself",
            "fillcolor": GRID,
            "mode": "lines",
            "line": {"width": 0},
            "hoverinfo": "skip",
        },
        {
            "x": sizes.astype(np.float32),
            "y": found.lengths.astype(np.float32),
            "name": text("block_lengths.mean"),
            "mode": "lines+markers+text",
            "line": {"color": ACCENT},
            "marker": {"color": ACCENT, "size": 10},
            "text": [f"{length:.3f}" for length in found.lengths],
            "textposition": "top right",
            "hovertemplate": text("block_lengths.hover"),
        },
    ]
    layout = {
        "height": 360,
        "xaxis": {
            "title": {"text": text("axis.block")},
            "range": [0.8, end],
            "tickvals": sizes,
            "showgrid": False,
        },
        "yaxis": {"title": {"text": text("axis.per_symbol")}, "range": [bits - 0.12, bits + 1.12]},
        "shapes": [
            {"type": "line", "x0": 0.8, "x1": sizes[-1] + 0.7, "y0": bits, "y1": bits,
             "line": {"color": SECOND, "width": 2}}
        ],
        "annotations": [
            _note(sizes[-1] + 0.75, bits, text("block_lengths.entropy", bits=bits), SECOND,
                  xanchor="left"),
            _note(1.12, bits + 1, text("block_lengths.limit"), INK, xanchor="left"),
        ],
    }  # fmt: skip
    return go.Figure({"data": [{"type": "scatter"} | trace for trace in data], "layout": layout})


def worked(one: Information, other: Information, found: Comparison, unit: str) -> str:
    """The numbers put into the formulas, line by line, as LaTeX."""
    log = r"\log_2" if unit == "bits" else r"\ln"
    rows = [
        rf"{name} &= -\sum p\,{log} {of} = {_terms(found.p, costs)} = {_tex(total)}"
        for name, of, costs, total in (
            ("H(p)", "p", one.costs, one.entropy),
            ("H(p,q)", "q", other.costs, found.cross_entropy),
        )
    ]
    rows.append(
        rf"\mathrm{{KL}}(p\,\|\,q) &= H(p,q) - H(p) = {_tex(found.cross_entropy)} -"
        rf" {_tex(one.entropy)} = {_tex(found.divergence)}"
    )
    return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


def told(found: Comparison) -> dict[str, str]:
    """The sums as they stand in a sentence."""
    return {
        "cross": _number(found.cross_entropy),
        "forward": _number(found.divergence),
        "backward": _number(found.reverse_divergence),
        "js": _number(found.jensen_shannon),
    }


def _highest(one: Information, unit: str) -> float:
    return HIGHEST[unit][len(one.probabilities) > FEWEST]


def _labels(names: tuple[str, ...]) -> list[str]:
    # Apart even where two are cut to the same: an axis would put them in one place.
    short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]
    return [escape(name) + "\u200b" * short[:place].count(name) for place, name in enumerate(short)]


def _shares(
    shares: Float[ndarray, " outcome"], labels: list[str], name: str, colour: str, text: Text
) -> dict[str, object]:
    return {
        "type": "bar",
        "name": text(f"by_hand.{name}"),
        "x": labels,
        "y": shares.astype(np.float32),
        "marker": {"color": colour, "line": {"width": 0}},
        "texttemplate": "%{y:.2f}" if len(labels) <= FEW else "",
        "hovertemplate": text("by_hand.hover"),
    }


def _columns(one: Information, labels: list[str], unit: str, text: Text) -> dict[str, object]:
    """Columns as wide as p and as high as −log p, those that come at all."""
    comes = one.probabilities > 0
    p, costs = one.probabilities[comes], one.costs[comes]
    names = [label for label, here in zip(labels, comes, strict=True) if here]
    products = one.summands[comes]
    return {
        "type": "bar",
        "x": (np.cumsum(p) - p / 2).astype(np.float32),
        "y": np.minimum(costs, _highest(one, unit)).astype(np.float32),
        "width": p.astype(np.float32),
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {"color": ACCENT, "opacity": 0.85, "line": {"color": PAPER, "width": 2}},
        "text": [
            _in_column(name, share, cost, _highest(one, unit))
            for name, share, cost in zip(names, p, costs, strict=True)
        ],
        "textposition": "inside",
        "insidetextanchor": "start",
        "insidetextfont": {"color": PAPER},
        "constraintext": "none",
        "meta": [text("axis.outcome"), "p", text(f"axis.cost.{unit}"), text("by_hand.adds")],
        "customdata": [
            [name, f"{share:.6g}", _number(float(cost), 6), _number(float(product), 6)]
            for name, share, cost, product in zip(names, p, costs, products, strict=True)
        ],
        "hovertemplate": text(f"by_hand.column.{unit}"),
        "showlegend": False,
    }


def _in_column(name: str, share: float, cost: float, highest: float) -> str:
    if share < LETTER * (_width(name) + 0.5):
        return ""
    if share < SUM or cost < THREE_LINES * highest:
        return name
    return f"{name}<br>{share:.2f} × {cost:.2f}<br>= {share * cost:.2f}"


def _width(name: str) -> int:
    """In letters; Chinese characters are as wide as two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in unescape(name))


def _level(height: float, colour: str, dash: str) -> dict[str, object]:
    line = {"color": colour, "width": 2, "dash": dash}
    return {"type": "line", "xref": "x2", "yref": "y2", "x0": 0, "x1": 1, "y0": height,
            "y1": height, "line": line}  # fmt: skip


def _levels(one: Information, unit: str, text: Text) -> list[dict[str, object]]:
    """The names of the two lines, above the panel: below they would lie on the columns."""
    on = {"xref": "x2 domain", "yref": "y2 domain", "yanchor": "bottom"}
    maximum = text(f"by_hand.maximum.{unit}", n=len(one.probabilities), most=one.maximum)
    return [
        _note(0, 1.04, text(f"by_hand.entropy.{unit}", entropy=one.entropy), SECOND,
              xanchor="left", **on),
        _note(1, 1.04, maximum, INK, xanchor="right", **on),
    ]  # fmt: skip


def _unseen(one: Information, labels: list[str], unit: str, text: Text) -> list[dict[str, object]]:
    """What the columns cannot show: those that never come, and those that are cut off."""
    never = [label for label, p in zip(labels, one.probabilities, strict=True) if p == 0]
    cut = one.costs[(one.costs > _highest(one, unit)) & np.isfinite(one.costs)]
    said = [text("by_hand.cut", n=len(cut), highest=cut.max())] if len(cut) else []
    if never:
        names = ", ".join(never[:NAMED] + ["…"] * (len(never) > NAMED))
        said.append(text("by_hand.never", names=names))
    on = {"xref": "x2 domain", "yref": "y2 domain", "xanchor": "right", "yanchor": "top"}
    return [_note(1, 1, "<br>".join(said), INK, align="right", bgcolor=PAPER, **on)] if said else []


def _note(
    x: float | int, y: float | int, words: str, colour: str, **more: object
) -> dict[str, object]:
    return {"x": x, "y": y, "text": words, "showarrow": False, "font": {"color": colour}} | more


def _number(number: float, digits: int = 3) -> str:
    """A number as it is told, ∞ as ∞."""
    return "∞" if np.isinf(number) else f"{number + 0.0:.{digits}f}".replace("-", "−")


def _tex(number: float) -> str:
    return r"\infty" if np.isinf(number) else f"{number + 0.0:.3f}"


def _terms(weights: Float[ndarray, " outcome"], costs: Float[ndarray, " outcome"]) -> str:
    """p × cost + … of the first outcomes."""
    terms = [
        rf"{weight:.3g}\cdot {_tex(float(cost))}"
        for weight, cost in zip(weights, costs, strict=True)
    ]
    if len(terms) > ALL_TERMS:
        terms = [*terms[:SHOWN_TERMS], r"\cdots"]
    return " + ".join(terms)


def _places(code: Code) -> tuple[dict[int, int], dict[int, float], list[int]]:
    """Each node's depth and row, and the outcomes from the top row down."""
    order, rows, depths = [], {}, {}
    children = {merge.node: merge for merge in code.merges}

    def descend(node: int, depth: int) -> None:
        depths[node] = depth
        if node not in children:
            rows[node] = float(len(order))
            order.append(node)
            return
        below = children[node].zero, children[node].one
        for child in below:
            descend(child, depth + 1)
        rows[node] = sum(rows[child] for child in below) / 2

    coded = [outcome for outcome, word in enumerate(code.words) if word is not None]
    descend(code.merges[-1].node if code.merges else coded[0], 0)
    return depths, rows, order


def _branches(
    code: Code, depths: dict[int, int], rows: dict[int, float]
) -> tuple[dict[str, object], dict[str, object]]:
    """The lines from each fork to what is below it, and the digit on each of them."""
    x, y, at, digits = [], [], [], []
    for merge in code.merges:
        start = depths[merge.node], rows[merge.node]
        for digit, child in (("0", merge.zero), ("1", merge.one)):
            x += [start[0], start[0], depths[child], None]
            y += [start[1], rows[child], rows[child], None]
            at.append((start[0] + 0.2, rows[child]))
            digits.append(f"<b>{digit}</b>")
    lines = {"x": x, "y": y}
    return lines, {
        "x": [place[0] for place in at],
        "y": [place[1] for place in at],
        "text": digits,
        "textposition": "top center",
        "textfont": {"color": SECOND},
    }


def _table(
    code: Code, one: Information, names: tuple[str, ...], order: list[int], text: Text
) -> list[dict[str, object]]:
    """Name, probability, cost and code word of each leaf, in columns beside the tree."""
    columns = {
        "name": (0.0, [escape(names[i]) for i in order]),
        "p": (0.28, [f"{code.probabilities[i]:.3f}" for i in order]),
        "cost": (0.48, [_number(float(one.costs[i]), 2) for i in order]),
        "word": (0.7, [f"<b>{_word(code.words[i], text)}</b>" for i in order]),
    }
    rows = [-0.85, *range(len(order))]
    return [
        {
            "x": [x] * len(rows),
            "y": rows,
            "xaxis": "x2",
            "mode": "text",
            "text": [text(f"code_tree.{name}"), *cells],
            "textposition": "middle right",
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
        for name, (x, cells) in columns.items()
    ]


def _word(word: str | None, text: Text) -> str:
    return text("code_tree.empty") if word == "" else word or "–"
