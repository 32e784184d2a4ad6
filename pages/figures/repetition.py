"""Figures of repetition: the written text with what repeats, its bits, the rounds of a loop."""

import numpy as np
import plotly.graph_objects as go

from core.repetition import Penalised, Rounds, Trial
from core.tokens import Token
from pages.figures import chips
from pages.figures.style import ACCENT, GRID, MANY, REMOVED, SECOND, WEIGHTS, axis_labels, escape
from pages.text import Text

FRESH = WEIGHTS[1][1]
COLOURS = {"greedy": SECOND, "penalty": ACCENT, "ngram": MANY[2]}
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}


def words(trial: Trial, text: Text) -> go.Figure:
    """What was written, as chips: the loop, what repeats otherwise, and the rest."""
    written = trial.written
    shown = [token.visible for token in written.tokens]
    in_loop = [trial.loop is not None and n >= trial.loop.start for n in range(len(shown))]
    kinds = [
        "loop" if loops else "repeated" if repeats else "fresh"
        for loops, repeats in zip(in_loop, trial.repeats, strict=True)
    ]
    colours = {"loop": SECOND, "repeated": REMOVED, "fresh": FRESH}
    rows = [
        [place, escape(word), f"{p:.2%}", rank, text(f"kind.{kind}")]
        for place, (word, p, rank, kind) in enumerate(
            zip(shown, written.probabilities, written.ranks.tolist(), kinds, strict=True), 1
        )
    ]
    columns = [text(f"loop_text.{name}") for name in ("place", "token", "p", "rank", "kind")]
    setting = chips.set_in_lines(shown)
    trace = chips.trace(setting, shown, [colours[kind] for kind in kinds], rows, columns)
    return go.Figure({"data": [trace], "layout": chips.layout(setting)})


def course(trials: list[Trial], chosen: str, text: Text) -> go.Figure:
    """The bits of each written token, by the network itself, for each way of writing."""
    lines = [
        {
            "type": "scatter",
            "name": text(f"way.{trial.name}"),
            "x": np.arange(1, len(trial.bits) + 1),
            "y": trial.bits.astype(np.float32),
            "mode": "lines",
            "line": {"color": COLOURS[trial.name], "width": 3 if trial.name == chosen else 1.5},
            "opacity": 1 if trial.name == chosen else 0.6,
            "customdata": [escape(token.visible) for token in trial.written.tokens],
            "hovertemplate": text("loop_course.hover"),
        }
        for trial in trials
    ]
    layout = {
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.written_place")}},
        "yaxis": {"title": {"text": text("axis.bits")}, "rangemode": "tozero"},
        "height": 320,
    }
    return go.Figure({"data": lines, "layout": layout})


def rounds(trial: Trial, found: Rounds, text: Text) -> go.Figure:
    """How probable each token of the loop was, round by round, and the mean of each round."""
    loop = trial.loop
    first = trial.written.tokens[loop.start : loop.start + loop.period]
    n_rounds = len(found.means)
    numbers = np.arange(1, n_rounds + 1)
    cells = {
        "type": "heatmap",
        "x": axis_labels([token.visible for token in first]),
        "y": numbers,
        "z": found.probabilities.astype(np.float32),
        "coloraxis": "coloraxis",
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": text("loop_rounds.hover"),
    }
    means = {
        "type": "bar",
        "orientation": "h",
        "x": found.means.astype(np.float32),
        "y": numbers,
        "xaxis": "x2",
        "marker": {"color": SECOND},
        "text": [f"{mean:.0%}" for mean in found.means],
        "hoverinfo": "skip",
    }
    layout = {
        "xaxis": {"domain": [0, 0.68], "tickangle": -45},
        "xaxis2": {"domain": [0.74, 0.98], "range": [0, 1.2], "tickformat": ".0%",
                   "title": {"text": text("axis.round_mean")}},
        "yaxis": {"autorange": "reversed", "title": {"text": text("axis.round")}, "dtick": 1},
        "coloraxis": {"colorscale": WEIGHTS, "cmin": 0, "cmax": 1, "showscale": False},
        "height": 170 + 28 * n_rounds,
    }  # fmt: skip
    return go.Figure({"data": [cells, means], "layout": layout})


def penalised(found: Penalised, tokens: list[Token], text: Text) -> go.Figure:
    """Each token's logit before and after the penalty, and by the paper's formula."""
    labels = axis_labels([token.visible for token in tokens])
    gap = np.full(len(labels), np.nan)
    line = {
        "type": "scatter",
        "x": np.stack([found.before, found.after, gap], axis=1).ravel().astype(np.float32),
        "y": [label for label in labels for _ in range(3)],
        "mode": "lines",
        "line": {"color": GRID, "width": 4},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    points = [
        {
            "type": "scatter",
            "name": text(f"penalty_signs.{name}"),
            "x": numbers.astype(np.float32),
            "y": labels,
            "mode": "markers",
            "marker": {"color": colour, "size": 11, "symbol": symbol},
            "customdata": found.probabilities[:, column],
            "hovertemplate": text(
                "penalty_signs.hover" if column >= 0 else "penalty_signs.hover_paper"
            ),
        }
        for name, numbers, colour, symbol, column in (
            ("paper", found.by_paper, REMOVED, "x-thin-open", -1),
            ("before", found.before, REMOVED, "circle", 0),
            ("after", found.after, SECOND, "circle", 1),
        )
    ]
    layout = {
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.logit")}, "zeroline": True, "zerolinewidth": 2},
        "yaxis": {"autorange": "reversed", "type": "category"},
        "height": 120 + 26 * len(labels),
    }
    return go.Figure({"data": [line, *points], "layout": layout})
