"""Figures of the page about shared keys: from heads, caches and weights to Plotly."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.grouped_query import Cache, Group, Readers, in_units
from core.tokens import Token
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

MOST_NUMBERED = 32  # heads whose numbers fit into their marks
LONGEST = 2**20  # tokens, at the end of the growth


def readers(readers: Readers, by_remainder: bool, text: Text) -> go.Figure:
    """Query heads above, key-value heads below, a line from each head to the one that it reads."""
    n_heads = len(readers.shared)
    heads = np.arange(n_heads, dtype=np.float32)
    # Each key-value head stands in the middle below those that share it.
    spread = n_heads / readers.n_key_value_heads
    places = (np.arange(readers.n_key_value_heads) * spread + (spread - 1) / 2).astype(np.float32)
    # The mistake lies below, so that what is right stays blue where the two agree.
    data = [_lines(heads, places[readers.by_remainder], REMOVED, "dash")] if by_remainder else []
    data += [
        _lines(heads, places[readers.shared], ACCENT, "solid"),
        _nodes(places, 0, SECOND) | {"hoverinfo": "skip"},
        _nodes(heads, 1, ACCENT)
        | {
            "customdata": np.stack(
                [np.arange(n_heads), readers.shared, readers.by_remainder], axis=1
            ),
            "meta": [text(f"readers.{column}") for column in ("head", "shared", "remainder")],
            "hovertemplate": text("readers.hover"),
        },
    ]
    layout = {
        "xaxis": {"visible": False, "range": [-0.8, n_heads - 0.2]},
        "yaxis": {
            "range": [-0.3, 1.3],
            "tickvals": [0, 1],
            "ticktext": [text("readers.below"), text("readers.above")],
            "showgrid": False,
            "zeroline": False,
        },
        "height": 280,
    }
    return go.Figure({"data": data, "layout": layout})


def cache(cache: Cache, text: Text) -> go.Figure:
    """The memory of the cache with as many key-value heads as heads, as chosen, and with one."""
    bars = {"multi_query": REMOVED, "chosen": ACCENT, "multi_head": SECOND}
    caches = [cache.multi_query, cache, cache.multi_head]
    sizes = np.array([one.n_bytes for one in caches], dtype=np.float64)
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": sizes,
        "y": [
            text(f"cache.{name}", n=one.n_key_value_heads)
            for name, one in zip(bars, caches, strict=True)
        ],
        "text": [in_units(size) for size in sizes],
        "marker": {"color": list(bars.values()), "line": {"width": 0}},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    layout = {
        "xaxis": {
            "title": {"text": text("axis.bytes")},
            "range": [0, sizes.max() * 1.2],  # room for the number at the end of the longest bar
            "showticklabels": False,
            "showgrid": False,
        },
        "yaxis": {"showgrid": False},
        "bargap": 0.35,
        "height": 240,
    }
    return go.Figure({"data": [bar], "layout": layout})


def growth(cache: Cache, n_bytes_of_weights: int, name: str, text: Text) -> go.Figure:
    """The memory of the cache against the tokens of each person, beside that of the weights."""
    tokens = 2.0 ** np.arange(21)
    lines = {
        "multi_head": (cache.multi_head, SECOND),
        "multi_query": (cache.multi_query, REMOVED),
        "chosen": (cache, ACCENT),
    }
    data, words, ends = [], {}, {}
    for kind, (one, colour) in lines.items():
        sizes = tokens * one.bytes_per_token * one.n_people
        label = text(f"growth.{kind}")
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": label,
                "x": tokens.astype(np.float32),
                "y": sizes,
                "line": {"color": colour},
                "hovertemplate": text("growth.hover"),
                "customdata": [in_units(size) for size in sizes],
            }
        )
        # Lines that lie on each other share one name.
        words[one.n_bytes] = [*words.get(one.n_bytes, []), label]
        ends[one.n_bytes] = (sizes[-1], colour)
    data.append(_here(cache, text))
    low = np.log10(min(data[1]["y"][0], n_bytes_of_weights))
    high = np.log10(max(data[0]["y"][-1], n_bytes_of_weights))
    notes = [
        _note(LONGEST, size, " = ".join(words[key]), colour) for key, (size, colour) in ends.items()
    ]
    weights = text("growth.weights", name=escape(name), size=in_units(n_bytes_of_weights))
    notes.append(_note(1, n_bytes_of_weights, weights, REMOVED) | {"yanchor": "bottom"})
    layout = {
        "xaxis": {
            "title": {"text": text("axis.tokens")},
            "type": "log",
            "range": [0, float(np.log10(LONGEST)) + 1.1],
            "tickvals": [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
            "ticktext": ["1", "10", "100", "1,000", "10,000", "100,000", "1,000,000"],
        },
        "yaxis": _memory_axis(float(low) - 0.2, float(high) + 0.5, text),
        "shapes": [
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1,
                "y0": n_bytes_of_weights, "y1": n_bytes_of_weights,
                "line": {"color": REMOVED, "dash": "dash"},
            },
            {
                "type": "line", "yref": "paper", "y0": 0, "y1": 1,
                "x0": cache.n_tokens, "x1": cache.n_tokens,
                "line": {"color": GRID, "width": 6}, "layer": "below",
            },
        ],
        "annotations": notes,
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def group(group: Group, tokens: tuple[Token, ...], head: int, text: Text) -> go.Figure:
    """Where one token looks in each head of a group: one row per head, one column per key."""
    n_keys = group.attention_weights.shape[1]
    chosen = int(np.flatnonzero(group.heads == head)[0])
    heat_map = {
        "type": "heatmap",
        "z": group.attention_weights.astype(np.float32),
        "x": axis_labels([token.visible for token in tokens[:n_keys]]),
        "y": [text("group.head", number=number) for number in group.heads],
        "coloraxis": "coloraxis",
        "ygap": 3,
        "hovertemplate": text("group.hover"),
    }
    layout = {
        "xaxis": {
            "title": {"text": text("axis.key")}, "tickangle": -60, "showgrid": False
        },
        "yaxis": {
            "title": {"text": text("axis.head")}, "autorange": "reversed", "showgrid": False,
            "type": "category",
        },
        "coloraxis": {
            "cmin": 0,
            "cmax": 1,
            "colorscale": WEIGHTS,
            "colorbar": {"title": {"text": text("axis.weight")}},
        },
        "shapes": [
            {
                "type": "rect", "x0": -0.5, "x1": n_keys - 0.5,
                "y0": chosen - 0.5, "y1": chosen + 0.5, "line": {"color": ACCENT},
            }
        ],
        "height": 160 + min(34 * max(len(group.heads), 3), 500),
    }  # fmt: skip
    return go.Figure({"data": [heat_map], "layout": layout})


def _lines(
    heads: Float[ndarray, " head"], below: Float[ndarray, " head"], colour: str, dash: str
) -> dict[str, object]:
    blank = np.full_like(heads, np.nan)  # no line from the end of one to the start of the next
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.stack([heads, below, blank], axis=1).ravel(),
        "y": np.stack([np.ones_like(heads), np.zeros_like(heads), blank], axis=1).ravel(),
        # So many lines would run together if they were as wide as elsewhere.
        "line": {"color": colour, "dash": dash}
        | ({"width": 1} if len(heads) > MOST_NUMBERED else {}),
        "hoverinfo": "skip",
    }


def _nodes(x: Float[ndarray, " head"], y: int, colour: str) -> dict[str, object]:
    numbers = [str(number) for number in range(len(x))]
    return {
        "type": "scatter",
        "mode": "markers+text" if len(x) <= MOST_NUMBERED else "markers",
        "x": x,
        "y": np.full(len(x), y, dtype=np.float32),
        "text": numbers,
        "textfont": {"color": PAPER},
        "marker": {"color": colour, "size": min(28, max(5, 900 / len(x))), "opacity": 1},
    }


def _here(cache: Cache, text: Text) -> dict[str, object]:
    """The chosen length on the chosen line."""
    size = cache.n_bytes
    return {
        "type": "scatter",
        "mode": "markers",
        "name": text("growth.chosen"),
        "x": [cache.n_tokens],
        "y": [float(size)],
        "marker": {"color": ACCENT, "size": 13},
        "customdata": [in_units(size)],
        "hovertemplate": text("growth.hover"),
    }


def _memory_axis(low: float, high: float, text: Text) -> dict[str, object]:
    steps = [32.0**power for power in range(1, 15)]
    return {
        "title": {"text": text("axis.bytes")},
        "type": "log",
        "range": [low, high],
        "tickvals": steps,
        "ticktext": [in_units(step) for step in steps],
        "zeroline": False,
    }


def _note(x: float | int, y: float | int, words: str, colour: str) -> dict[str, object]:
    """Words beside a place; on logarithmic axes Plotly counts a note's place in powers."""
    return {
        "x": float(np.log10(x)),
        "y": float(np.log10(y)),
        "text": words,
        "xanchor": "left",
        "xshift": 8,
        "showarrow": False,
        "font": {"color": INK if colour == REMOVED else colour},  # grey is too pale to read
    }
