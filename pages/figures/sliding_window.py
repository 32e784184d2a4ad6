"""Figures of the page on windows: how they are laid, what they come to, and why."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.sliding_window import ByContext, Plan, Slid
from pages.figures.style import ACCENT, REMOVED, SECOND, WEIGHTS
from pages.text import Text

N_LAID = 9  # windows of the drawing
TINT = WEIGHTS[0][1]


def sliding_windows(found: Plan, text: Text) -> go.Figure:
    """The first windows over the text, and below what each token has before it when scored."""
    n_laid = min(N_LAID, len(found.starts))
    starts, stops, firsts = (part[:n_laid] for part in (found.starts, found.stops, found.firsts))
    shown = int(stops[-1])
    contexts = found.contexts[:shown].astype(np.float32)
    contexts[contexts < 0] = np.nan
    numbers = np.arange(1, n_laid + 1, dtype=np.float32)
    parts = [("read", TINT, starts, firsts), ("scored", ACCENT, firsts, stops)]
    data = [
        {"type": "bar", "orientation": "h", "y": numbers, "base": a.astype(np.float32),
         "x": (b - a).astype(np.float32), "name": text(f"sliding_windows.{name}"), "width": 0.72,
         "marker": {"color": colour, "line": {"color": REMOVED, "width": 1}},
         "customdata": [[int(c), int(d)] for c, d in zip(a + 1, b, strict=True)],
         "hovertemplate": text("sliding_windows.hover", part=text(f"sliding_windows.{name}"))}
        for name, colour, a, b in parts
    ] + [
        {"type": "scatter", "mode": "lines", "x": np.arange(1, shown + 1, dtype=np.float32),
         "y": contexts, "yaxis": "y2", "line": {"color": ACCENT, "shape": "linear"},
         "showlegend": False, "hovertemplate": text("sliding_windows.hover_context")},
    ]  # fmt: skip
    layout = {
        "height": 480,
        "barmode": "overlay",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": text("axis.position")}, "range": [0, shown * 1.01],
                  "anchor": "y2"},
        "yaxis": {"title": {"text": text("axis.window")}, "domain": [0.46, 1], "dtick": 1,
                  "range": [n_laid + 0.6, 0.4], "showgrid": False, "zeroline": False},
        "yaxis2": {"title": {"text": text("axis.context")}, "domain": [0, 0.38],
                   "range": [0, 1.08 * found.width]},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def strides(found: Sequence[Slid], text: Text) -> go.Figure:
    """Perplexity by stride, by the tokens that are scored and by the recipe; and what it costs."""
    plans = [one.plan for one in found]
    labels = [
        text(f"strides.{'blocks' if one.stride == one.width else 'name'}", stride=one.stride)
        for one in plans
    ]
    ours = np.array([one.perplexity for one in found])
    recipe = np.array([one.by_recipe for one in found])
    low, high = float(min(ours.min(), recipe.min())), float(max(ours.max(), recipe.max()))
    room = max(0.35 * (high - low), 0.02 * high)
    about = [[f"{one.n_scored:,}", f"{one.least_context:,}", f"{one.n_read:,}"] for one in plans]
    data = [
        {"type": "scatter", "mode": "markers", "name": text("strides.recipe"), "x": labels,
         "y": recipe.astype(np.float32), "hovertemplate": text("strides.hover_recipe"),
         "marker": {"color": SECOND, "size": 17, "symbol": "circle-open", "line": {"width": 3}}},
        {"type": "scatter", "mode": "lines+markers+text", "name": text("strides.ours"),
         "x": labels, "y": ours.astype(np.float32),
         "text": [f"<b>{one:.2f}</b><br> " for one in ours],
         "textposition": "top center", "line": {"color": ACCENT},
         "marker": {"color": ACCENT, "size": 9}, "customdata": about, "cliponaxis": False,
         "meta": [text("strides.scored"), text("strides.least"), text("strides.read")],
         "hovertemplate": text("strides.hover")},
        {"type": "bar", "x": labels, "y": np.array([one.cost for one in plans], np.float32),
         "xaxis": "x2", "yaxis": "y2", "marker": {"color": REMOVED}, "showlegend": False,
         "text": [f"×{one.cost:.1f}" for one in plans], "hoverinfo": "skip"},
    ]  # fmt: skip
    across = {"title": {"text": text("axis.stride")}, "type": "category",
              "range": [-0.5, len(labels) - 0.5]}  # fmt: skip
    layout = {
        "height": 400,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": across | {"domain": [0, 0.56]},
        "yaxis": {"title": {"text": text("axis.perplexity")}, "range": [low - room, high + room]},
        "xaxis2": across | {"domain": [0.68, 1], "anchor": "y2"},
        "yaxis2": {"title": {"text": text("axis.cost")}, "anchor": "x2",
                   "range": [0, 1.2 * max(one.cost for one in plans)]},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def contexts(found: ByContext, text: Text) -> go.Figure:
    """Mean bits by how much stands before a token in its window."""
    labels = [
        f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in zip(found.least, found.most, strict=True)
    ]
    bars = {
        "type": "bar",
        "x": labels,
        "y": found.bits.astype(np.float32),
        "text": [f"{bits:.2f}" for bits in found.bits],
        "marker": {"color": ACCENT},
        "hovertemplate": text("contexts.hover"),
    }
    layout = {
        "height": 340,
        "xaxis": {"title": {"text": text("axis.before")}, "type": "category"},
        "yaxis": {"title": {"text": text("axis.mean_bits")},
                  "range": [0, 1.15 * max(float(found.bits.max()), 0.1)]},
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def plan_in_words(found: Plan) -> dict[str, object]:
    """What the sentences about windows are filled with."""
    return {
        "width": found.width,
        "stride": found.stride,
        "n_most": found.n_tokens,
        "n_windows": len(found.starts),
        "n_scored": found.n_scored,
        "n_unscored": found.n_tokens - found.n_scored,
        "least": found.least_context,
        "cost": found.cost,
    }


def slid_in_words(found: Sequence[Slid]) -> dict[str, object]:
    """What the sentences about measured windows are filled with."""
    blocks, finest = found[0], found[-1]
    return {
        "n_long": blocks.plan.n_tokens,
        "blocks": f"{blocks.perplexity:.3f}",
        "finest": f"{finest.perplexity:.3f}",
        "finest_stride": finest.plan.stride,
        "finest_cost": finest.plan.cost,
        "blocks_scored": blocks.plan.n_scored,
        "finest_scored": finest.plan.n_scored,
        "by_recipe": f"{finest.by_recipe:.3f}",
    }
