"""Figures of the next-token page: from the logits' way through the stages to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.sampling import Moved, Sampling, Step
from core.tokens import Token
from pages.figures.style import ACCENT, GRID, INK, MANY, PAPER, REMOVED, SECOND, escape
from pages.text import Text

FEW = 7  # columns of numbers side by side
LONGEST = 12  # characters of a token inside a bar
N_NAMED = 8  # tokens with a colour of their own in the flow
LOW = 0.045  # probability of a bar too low for its name
WIDE = 0.42  # of a stage's bar
CURVE = np.linspace(0, 1, 9)  # a ribbon's way from one bar to the next
SLOPE = CURVE**2 * (3 - 2 * CURVE)


def name_of(step: Step | None, text: Text) -> str:
    """A stage with its value, as short as it goes; None is the network itself."""
    if step is None:
        return text("stage.raw")
    value = "" if step.name == "bias" else f" {step.value:g}"
    return text(f"stage.{step.name}") + value


def labels_of(sampling: Sampling, shown: tuple[Token, ...]) -> list[str]:
    """The tokens, each with the rank that the network gave it, so that equal ones stay apart."""
    ranks = sampling.ranks(np.array([token.id for token in shown]))
    return [
        f"{escape(cut(token.visible))}<sub>{rank}</sub>"
        for token, rank in zip(shown, ranks, strict=True)
    ]


def cut(name: str) -> str:
    """A name that fits under or into a bar."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def distribution(
    sampling: Sampling, shown: tuple[Token, ...], chosen: int, text: Text
) -> go.Figure:
    """The most likely tokens: what is drawn from, what was removed, and what the network gave."""
    ids = np.array([token.id for token in shown])
    labels = labels_of(sampling, shown)
    kept = sampling.final.kept[ids]
    raw, last = sampling.raw.probabilities[ids], sampling.last_seen[ids]
    gone = sampling.removed_by[ids]
    by = [name_of(sampling.stages[place].step, text) if place else "" for place in gone]
    bars = [
        {
            "type": "bar",
            "name": text(f"distribution.{part}"),
            "x": labels,
            "y": np.where(of_part, last, np.nan).astype(np.float32),
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertext": by,
            "hovertemplate": text(f"distribution.hover_{part}"),
        }
        for part, of_part, colour in (("removed", ~kept, REMOVED), ("kept", kept, ACCENT))
    ]
    before = {
        "type": "scatter",
        "name": text("distribution.before"),
        "x": labels,
        "y": raw.astype(np.float32),
        "mode": "markers",
        "marker": {"color": SECOND, "symbol": "line-ew-open", "size": 18, "line": {"width": 3}},
        "hovertemplate": text("distribution.hover_kept"),
    }
    pointer = {
        "x": chosen, "y": 0, "yref": "paper", "text": "▲", "showarrow": False, "yanchor": "top",
        "font": {"color": ACCENT},
    }  # fmt: skip
    layout = {
        "barmode": "overlay",
        "bargap": 0.25,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "xaxis": {"title": {"text": text("axis.token")}, "categoryorder": "array",
                  "categoryarray": labels},
        "yaxis": {"title": {"text": text("axis.probability")},
                  "range": [0, _ceiling(raw, last)]},
        "annotations": [pointer],
        "height": 340,
    }  # fmt: skip
    return go.Figure({"data": [*bars, before], "layout": layout})


def _ceiling(*probabilities: Float[ndarray, " token"]) -> float:
    """The top of the axis, in few steps, so that it seldom jumps while a slider moves."""
    most = max(values.max() for values in probabilities)
    return 1.04 * next(top for top in (0.1, 0.2, 0.5, 1.0) if most <= top + 1e-9)


def flow(sampling: Sampling, shown: tuple[Token, ...], text: Text) -> go.Figure:
    """All of the probability after each stage, and where it goes in between.

    A stage is a bar of height 1: the first tokens by name, the rest at the bottom. What a stage
    removes narrows to nothing, and what is left widens to take its place.
    """
    named = shown[:N_NAMED]
    ids = np.array([token.id for token in named])
    names = [name_of(stage.step, text) for stage in sampling.stages]
    of_named = np.array([stage.probabilities[ids] for stage in sampling.stages])
    parts = np.hstack([of_named, np.clip(1 - of_named.sum(1, keepdims=True), 0, None)])
    tops = 1 - np.hstack([np.zeros((len(parts), 1)), np.cumsum(parts, axis=1)])
    bottoms, tops = tops[:, 1:], tops[:, :-1]
    labels = [*labels_of(sampling, named), text("flow.rest")]
    colours = [*MANY[: len(named)], GRID]
    ribbons, lost = _ribbons(sampling, ids, bottoms, tops)
    data = [_band(paths, colour, 0.35) for paths, colour in zip(ribbons, colours, strict=True)]
    data.append(_band(lost, REMOVED, 0.55))
    data.append(_bars(parts, bottoms, labels, colours, names, text))
    gone = [f"−{s.removed_mass:.1%}" if s.removed_mass >= 5e-4 else "" for s in sampling.stages]
    ticks = [
        f"{name.replace(' ', '<br>')}<br>{mass}" for name, mass in zip(names, gone, strict=True)
    ]
    layout = {
        "barmode": "overlay",
        "xaxis": {
            "title": {"text": text("axis.stage")},
            "tickvals": np.arange(len(parts)),
            "ticktext": ticks,
            "range": [-0.5, len(parts) - 0.5],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"title": {"text": text("axis.probability")}, "range": [0, 1.001],
                  "showgrid": False},
        "height": 420,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _bars(parts, bottoms, labels, colours, names, text):
    """All parts of all stages as one trace: Plotly takes its time over each."""
    n_stages = len(parts)
    of_stage = np.repeat(np.arange(n_stages), len(labels))
    is_told = (parts > LOW) & np.isin(np.arange(n_stages), (0, n_stages - 1))[:, None]
    inks = [INK if colour == GRID else PAPER for colour in colours]
    return {
        "type": "bar",
        "x": of_stage.astype(np.float32),
        "y": parts.ravel().astype(np.float32),
        "base": bottoms.ravel().tolist(),
        "width": WIDE,
        "marker": {"color": colours * n_stages, "line": {"width": 0}},
        "text": np.where(is_told, labels, "").ravel().tolist(),
        "textposition": "inside",
        "insidetextanchor": "middle",
        "insidetextfont": {"color": inks * n_stages},
        "constraintext": "none" if n_stages <= FEW else "inside",
        "customdata": [
            [names[stage], label, f"{size:.4f}"]
            for stage, label, size in zip(of_stage, labels * n_stages, parts.ravel(), strict=True)
        ],
        "meta": [text("axis.stage"), text("axis.token"), text("axis.probability")],
        "hovertemplate": "%{customdata[1]}: %{customdata[2]}<extra></extra>",
    }


def _ribbons(sampling, ids, bottoms, tops):
    """The outlines of each part's way, and of what is lost on it."""
    n_parts = bottoms.shape[1]
    ribbons, lost = [[] for _ in range(n_parts)], []
    for place, stage in enumerate(sampling.stages[1:]):
        gone = sampling.stages[place].kept[ids] & ~stage.kept[ids]
        of_rest = stage.removed_mass - sampling.stages[place].probabilities[ids][gone].sum()
        for part in range(n_parts):
            low, high = bottoms[place, part], tops[place, part]
            if part == n_parts - 1 and of_rest > 0:
                lost.append(_outline(place, low, low + of_rest, 0.0, 0.0))
                low = low + of_rest
            path = _outline(place, low, high, bottoms[place + 1, part], tops[place + 1, part])
            (lost if part < len(ids) and gone[part] else ribbons[part]).append(path)
    return ribbons, lost


def _outline(
    place: int, low: float, high: float, next_low: float, next_high: float
) -> Float[ndarray, "2 corner"]:
    """Around the way from one bar to the next one, with a gap after it."""
    across = place + WIDE / 2 + CURVE * (1 - WIDE)
    below, above = (a + SLOPE * (b - a) for a, b in ((low, next_low), (high, next_high)))
    x = np.concatenate([across, across[::-1], [np.nan]])
    return np.array([x, np.concatenate([below, above[::-1], [np.nan]])])


def _band(paths: list[Float[ndarray, "2 corner"]], colour: str, opacity: float) -> dict:
    x, y = np.hstack(paths) if paths else np.zeros((2, 0))
    return {
        "type": "scatter", "x": x.astype(np.float32), "y": y.astype(np.float32), "mode": "lines",
        "line": {"width": 0}, "fill": "toself", "fillcolor": colour, "opacity": opacity,
        "hoverinfo": "skip",
    }  # fmt: skip


MEASURES = ("kept", "removed", "entropy", "choices", "divergence")


def measures(sampling: Sampling, text: Text) -> go.Figure:
    """Each stage in five numbers, side by side."""
    stages = sampling.stages
    labels = [f"{place}. {name_of(stage.step, text)}" for place, stage in enumerate(stages)]
    most = len(sampling.raw.logits)
    bits = max(1.0, float(np.log2(most)))
    # Bars of counts are as long as their logarithm; the number at the end is the count.
    numbers = {
        "kept": [(np.log2(stage.n_kept), f"{stage.n_kept:,}") for stage in stages],
        "removed": [(stage.removed_mass, f"{stage.removed_mass:.1%}") for stage in stages],
        "entropy": [(stage.entropy, f"{stage.entropy:.2f}") for stage in stages],
        "choices": [(stage.entropy, f"{stage.n_choices:,.1f}") for stage in stages],
        "divergence": [(stage.divergence, f"{stage.divergence:.2f}") for stage in stages],
    }
    widest = max(2.0, *(stage.divergence for stage in stages))
    ends = {"kept": bits, "removed": 1.0, "entropy": bits, "choices": bits, "divergence": widest}
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "x": np.array([value for value, _ in numbers[measure]], np.float32),
            "y": labels,
            "xaxis": "x" if place == 0 else f"x{place + 1}",
            "marker": {"color": REMOVED if measure == "removed" else ACCENT},
            "text": [words for _, words in numbers[measure]],
            "customdata": [[label, text(f"measures.{measure}"), words]
                           for label, (_, words) in zip(labels, numbers[measure], strict=True)],
            "meta": [text("axis.stage"), text("measures.measure"), text("measures.number")],
            "hovertemplate": "%{y}: %{text}<extra></extra>",
        }
        for place, measure in enumerate(MEASURES)
    ]  # fmt: skip
    axes = {
        "xaxis" if place == 0 else f"xaxis{place + 1}": {
            "title": {"text": text(f"measures.{measure}")},
            "domain": [place / len(MEASURES), (place + 0.92) / len(MEASURES)],
            "side": "top",
            "range": [0, 1.5 * ends[measure]],
            "showticklabels": False,
            "showgrid": False,
        }
        for place, measure in enumerate(MEASURES)
    }
    layout = axes | {
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "bargap": 0.25,
        "height": 76 + 30 * len(stages),
    }
    return go.Figure({"data": bars, "layout": layout})


def columns(sampling: Sampling, shown: tuple[Token, ...], chosen: int, text: Text) -> go.Figure:
    """Each token's numbers on their way: its logit after each stage, then its probability."""
    ids = np.array([token.id for token in shown])
    labels = labels_of(sampling, shown)
    steps = [(name_of(stage.step, text), stage.logits[ids]) for stage in sampling.stages]
    steps[0] = text("columns.logit"), steps[0][1]
    steps.append((text("columns.probability"), sampling.final.probabilities[ids]))
    is_crowded = len(steps) > FEW
    bars, notes, axes = [], [], {}
    for place, (name, values) in enumerate(steps):
        number = "" if place == 0 else str(place + 1)  # Plotly counts axes x, x2, x3 …
        is_last = place == len(steps) - 1
        alive = values > 0 if is_last else np.isfinite(values)
        bars.append({
            "type": "bar",
            "x": np.where(np.isfinite(values), values, np.nan),
            "y": labels,
            "xaxis": f"x{number}",
            "orientation": "h",
            "marker": {
                "color": [ACCENT if one else REMOVED for one in alive],
                "opacity": [1 if one == chosen else 0.6 for one in range(len(ids))],
            },
            "text": [_number(value, 4 if is_last else 1 if is_crowded else 2) for value in values],
            "textfont": {"size": 10} if is_crowded else {},
            "hovertemplate": "%{y}: %{text}<extra></extra>",
        })  # fmt: skip
        notes += [
            _minus_infinity(f"x{number}", label)
            for label in np.array(labels)[~np.isfinite(values)]  # no bar can be drawn
        ]
        axes[f"xaxis{number}"] = {
            "title": {"text": name.replace(" ", "<br>") if is_crowded else name},
            "domain": [place / len(steps), (place + 0.9) / len(steps)],
            "side": "top",
            "range": _room(values),
            "showticklabels": False,
            "showgrid": False,
        }
    layout = axes | {
        "yaxis": {
            "title": {"text": text("axis.token")}, "autorange": "reversed", "showgrid": False
        },
        "annotations": notes,
        "bargap": 0.25,
        "height": 80 + 30 * len(ids),
    }  # fmt: skip
    return go.Figure({"data": bars, "layout": layout})


def penalised(moved: Moved, shown: tuple[Token, ...], text: Text) -> go.Figure:
    """The logits that the penalties and the bias moved, from where to where; 0 parts the signs."""
    labels = [escape(cut(token.visible)) for token in shown]
    banned = ~np.isfinite(moved.after)
    known = np.concatenate([moved.before, moved.after[~banned], [0.0]])
    known = known[np.isfinite(known)]
    low, high = known.min(), known.max()
    margin = 0.12 * max(high - low, 1.0)
    floor = low - margin  # where what is banned is marked: its logit is below all
    ends = np.where(banned, floor, moved.after)
    gaps = np.full(len(ends), np.nan)
    marks = {"before": (moved.before, SECOND, "circle-open"), "after": (ends, ACCENT, "circle")}
    lines = {
        "type": "scatter", "mode": "lines", "line": {"color": REMOVED}, "hoverinfo": "skip",
        "showlegend": False,
        "x": np.repeat(np.arange(len(labels), dtype=np.float32), 3),
        "y": np.column_stack([moved.before, ends, gaps]).ravel().astype(np.float32),
    }  # fmt: skip
    data = [lines] + [
        {
            "type": "scatter",
            "mode": "markers",
            "name": text(f"penalised.{when}"),
            "x": np.arange(len(labels), dtype=np.float32),
            "y": values.astype(np.float32),
            "marker": {
                "color": colour,
                "size": 10,
                "symbol": np.where(banned & (when == "after"), "x", symbol).tolist(),
                "line": {"width": 2},
            },
            "customdata": [
                [label, text(f"penalised.{when}"), "−∞" if gone and when == "after" else f"{z:.3f}"]
                for label, z, gone in zip(labels, values, banned, strict=True)
            ],
            "meta": [text("axis.token"), "–", text("axis.logit")],
            "hovertemplate": "%{customdata[0]}: %{customdata[2]}<extra></extra>",
        }
        for when, (values, colour, symbol) in marks.items()
    ]
    layout = {
        "height": 340,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.seen")}, "tickvals": list(range(len(labels))),
                  "ticktext": labels, "tickangle": -60, "range": [-0.6, len(labels) - 0.4]},
        "yaxis": {"title": {"text": text("axis.logit")}, "zeroline": True, "zerolinecolor": INK,
                  "range": [floor - margin / 2, high + margin]},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _minus_infinity(axis: str, label: str) -> dict[str, object]:
    return {
        "x": 0, "y": label, "xref": axis, "yref": "y", "text": "−∞", "xanchor": "left",
        "showarrow": False, "font": {"color": REMOVED},
    }  # fmt: skip


def _room(values: Float[ndarray, " token"]) -> list[float]:
    """An axis from zero that leaves room for the numbers at the ends of the bars."""
    finite = values[np.isfinite(values)]
    low, high = min(0.0, finite.min(initial=0)), max(0.0, finite.max(initial=0))
    if low == high:
        return [0.0, 1.0]  # greedy: the one logit that is left is 0
    margin = 0.45 * (high - low)
    return [low - margin * (low < 0), high + margin * (high > 0)]


def _number(value: float, digits: int) -> str:
    if value == 0:
        return "0"  # exactly, where a rounded number would be 0.0000
    return f"{value:.{digits}f}" if np.isfinite(value) else "−∞"
