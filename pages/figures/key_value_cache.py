"""Figures of the KV cache: time, readings and memory along a text that grows."""

import numpy as np
import plotly.graph_objects as go

from core.key_value_cache import Growth, Readings, Speeds
from pages.figures.style import ACCENT, SECOND
from pages.text import Text

WAYS = ("with_cache", "without_cache")
COLOURS = {"with_cache": ACCENT, "without_cache": SECOND}
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}


def times(speeds: Speeds, text: Text) -> go.Figure:
    """What each written token took, in both ways."""
    numbers = {"with_cache": speeds.with_cache, "without_cache": speeds.without_cache}
    most = float(max(values.max() for values in numbers.values()))
    return _lines(speeds.readings, numbers, text("axis.ms"), most, text("cache_times.hover"), text)


def readings(found: Readings, text: Text) -> go.Figure:
    """How many tokens go through the network at each step, in both ways."""
    numbers = {"with_cache": found.with_cache, "without_cache": found.without_cache}
    most = float(found.without_cache.max())
    hover = text("cache_readings.hover")
    return _lines(found, numbers, text("axis.readings"), most, hover, text)


def _lines(found: Readings, numbers: dict, title: str, most: float, hover: str, text: Text):
    lines = [
        {
            "type": "scatter",
            "name": text(f"way.{way}"),
            "x": found.positions + 1,
            "y": numbers[way].astype(np.float32),
            "mode": "lines+markers",
            "line": {"color": COLOURS[way]},
            "marker": {"color": COLOURS[way], "size": 7},
            "hovertemplate": hover,
        }
        for way in WAYS
    ]
    layout = {
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.written_place")}},
        "yaxis": {"title": {"text": title}, "range": [0, 1.08 * most]},
        "height": 340,
    }
    return go.Figure({"data": lines, "layout": layout})


def memory(growth: Growth, text: Text) -> go.Figure:
    """The formula's line up to the length that the network was made for, and what was measured."""
    line = {
        "type": "scatter",
        "name": text("memory.formula"),
        "x": growth.n_tokens,
        "y": growth.formula.astype(np.float32),
        "mode": "lines",
        "line": {"color": ACCENT},
        "hovertemplate": text("cache_memory.hover"),
    }
    points = {
        "type": "scatter",
        "name": text("memory.measured"),
        "x": growth.measured_at,
        "y": growth.measured.astype(np.float32),
        "mode": "markers",
        "marker": {"color": SECOND, "size": 8},
        "hovertemplate": text("cache_memory.hover"),
    }
    layout = {
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.tokens_kept")}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": text("axis.megabytes")}, "rangemode": "tozero"},
        "height": 320,
    }
    return go.Figure({"data": [line, points], "layout": layout})
