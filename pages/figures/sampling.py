"""Figures of the next-token page: from the distribution's way through the filters to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.sampling import Sampling
from core.tokens import Token
from pages.figures.style import ACCENT, REMOVED, SECOND, escape
from pages.text import Text


def distribution(
    sampling: Sampling, shown: tuple[Token, ...], chosen: int, text: Text
) -> go.Figure:
    """The most likely tokens before the filters: what is kept and what is removed."""
    ids = np.array([token.id for token in shown])
    labels = [f"{escape(token.visible)}<sub>{rank}</sub>" for rank, token in enumerate(shown, 1)]
    kept = sampling.final.kept[ids]
    raw, before, after = (
        stage.probabilities[ids] for stage in (sampling.raw, sampling.tempered, sampling.final)
    )
    figure = go.Figure(
        [
            go.Bar(
                name=text(f"distribution.{part}"),
                x=labels,
                y=np.where(of_part, probabilities, np.nan).astype(np.float32),
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate=text("distribution.hover"),
            )
            for part, of_part, probabilities, colour in (
                ("removed", ~kept, before, REMOVED),
                ("kept", kept, after, ACCENT),
            )
        ]
    )
    figure.add_scatter(
        name=text("distribution.before"),
        x=labels,
        y=raw.astype(np.float32),
        mode="markers",
        marker={"color": SECOND, "symbol": "line-ew-open", "size": 18, "line": {"width": 3}},
        hovertemplate=text("distribution.hover"),
    )
    figure.add_annotation(
        x=chosen,
        y=0,
        yref="paper",
        text="▲",
        showarrow=False,
        yanchor="top",
        font={"color": ACCENT},
    )
    return figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        xaxis={"title": text("axis.token"), "categoryorder": "array", "categoryarray": labels},
        yaxis={"title": text("axis.probability"), "range": [0, _ceiling(raw, before, after)]},
        height=340,
    )


def _ceiling(*probabilities: Float[ndarray, " token"]) -> float:
    """The top of the axis, in few steps, so that it seldom jumps while a slider moves."""
    most = max(values.max() for values in probabilities)
    return 1.04 * next(top for top in (0.1, 0.2, 0.5, 1.0) if most <= top + 1e-9)


def columns(sampling: Sampling, shown: tuple[Token, ...], chosen: int, text: Text) -> go.Figure:
    """Each token's numbers on their way: logit, ÷ T, filtered, probability, side by side."""
    ids = np.array([token.id for token in shown])
    labels = [f"{escape(token.visible)}<sub>{rank}</sub>" for rank, token in enumerate(shown, 1)]
    steps = {
        "logit": sampling.raw.logits[ids],
        "tempered": sampling.tempered.logits[ids],
        "filtered": sampling.final.logits[ids],
        "probability": sampling.final.probabilities[ids],
    }
    colours = [ACCENT if one else REMOVED for one in sampling.final.kept[ids]]
    opacities = [1 if place == chosen else 0.6 for place in range(len(ids))]
    bars, notes, axes = [], [], {}
    for place, (step, values) in enumerate(steps.items()):
        number = "" if place == 0 else str(place + 1)  # Plotly counts axes x, x2, x3 …
        digits = 4 if step == "probability" else 2
        bars.append(
            go.Bar(
                x=np.where(np.isfinite(values), values, np.nan),
                y=labels,
                xaxis=f"x{number}",
                orientation="h",
                marker={"color": colours, "opacity": opacities},
                text=[_number(value, digits) for value in values],
                hovertemplate="%{y}: %{text}<extra></extra>",
            )
        )
        notes += [
            _minus_infinity(f"x{number}", label)
            for label in np.array(labels)[~np.isfinite(values)]  # no bar can be drawn
        ]
        axes[f"xaxis{number}"] = {
            "title": {"text": text(f"columns.{step}")},
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
    return go.Figure(bars, layout)


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
