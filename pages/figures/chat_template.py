"""Figures of the page about chat templates: a conversation in tokens, and who wrote how many."""

import numpy as np
import plotly.graph_objects as go

from core.chat_template import KINDS, Marked
from pages.figures import chips
from pages.figures.style import ACCENT, INK, MANY, SECOND, WEIGHTS, escape
from pages.text import Text

COLOURS = {
    "system": MANY[3],
    "user": ACCENT,
    "assistant": MANY[2],
    "template": WEIGHTS[1][1],
    "marker": INK,
    "injected": SECOND,
}


def tokens(found: Marked, text: Text) -> go.Figure:
    """The tokens in the colours of those who wrote them; a line below those that are learnt."""
    words = [token.visible for token in found.cut.tokens]
    ends_line = [token.bytes.endswith(b"\n") for token in found.cut.tokens]
    setting = chips.set_in_lines(words, ends_line)
    rows = [
        (
            escape(token.visible), token.id, text(f"kind.{kind}"),
            text("loss.yes" if learnt else "loss.no"),
        )
        for token, kind, learnt in zip(found.cut.tokens, found.kinds, found.in_loss, strict=True)
    ]  # fmt: skip
    columns = [text(f"chat_tokens.{name}") for name in ("token", "id", "writer", "loss")]
    drawn = chips.trace(setting, words, [COLOURS[kind] for kind in found.kinds], rows, columns)
    learnt = np.flatnonzero(found.in_loss[: len(setting)])
    line = {
        "type": "bar", "orientation": "h", "hoverinfo": "skip", "showlegend": False,
        "base": setting.starts[learnt].astype(np.float32),
        "x": setting.widths[learnt].astype(np.float32),
        "y": (setting.lines[learnt] + 0.44).astype(np.float32),
        "width": np.full(len(learnt), 0.1, np.float32),
        "marker": {"color": MANY[4], "line": {"width": 0}},
    }  # fmt: skip
    layout = chips.layout(setting) | {
        "barmode": "overlay",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    }
    layout["height"] += 30
    drawn["showlegend"] = False
    return go.Figure({"data": [drawn, line, *_legend(found, text)], "layout": layout})


def _legend(found: Marked, text: Text) -> list[dict]:
    """A mark outside the picture for each kind that there is, and for the line."""
    names = [(COLOURS[kind], text(f"kind.{kind}")) for kind in KINDS if kind in found.kinds]
    names += [(MANY[4], text("legend.loss"))] if found.n_in_loss else []
    return [
        {
            "type": "scatter", "x": [-10], "y": [0], "mode": "markers", "name": name,
            "hoverinfo": "skip", "marker": {"color": colour, "symbol": "square", "size": 12},
        }
        for colour, name in names
    ]  # fmt: skip


def shares(found: Marked, text: Text) -> go.Figure:
    """How many tokens each of the writers has, and how many of them are learnt."""
    kinds = [kind for kind in KINDS if found.counts[kind]]
    learnt = [int(found.in_loss[[one == kind for one in found.kinds]].sum()) for kind in kinds]
    counts = np.array([found.counts[kind] for kind in kinds], np.float32)
    names = [text(f"kind.{kind}") for kind in kinds]
    bars = {
        "type": "bar", "orientation": "h", "x": counts, "y": names,
        "text": [
            text("chat_shares.label", n=int(count), n_learnt=part) if part else f"{int(count)}"
            for count, part in zip(counts, learnt, strict=True)
        ],
        "marker": {"color": [COLOURS[kind] for kind in kinds]},
        "customdata": list(zip(names, counts.astype(int).tolist(), learnt, strict=True)),
        "meta": [text(f"chat_shares.{name}") for name in ("writer", "n", "n_learnt")],
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }  # fmt: skip
    layout = {
        "xaxis": {
            "title": {"text": text("axis.n_tokens")},
            "range": [0, float(counts.max()) * 1.35],
            "rangemode": "tozero",
        },
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "height": 100 + 36 * max(len(kinds), 2),
    }
    return go.Figure({"data": [bars], "layout": layout})
