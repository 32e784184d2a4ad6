"""The figure of the home page: the way of a sentence through the network, with true miniatures."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

from core import attention, sampling, surprisal
from core.model.forward_pass import ForwardPass
from pages.figures.style import ACCENT, GRID, INK, PAPER, REMOVED, SECOND, SIGNED, WEIGHTS, escape
from pages.text import Text

MOST_POSITIONS = 32  # in a miniature
LINE_WIDTH = 14  # characters of the sentence in its card
MOST_LOGITS = 200  # points of the curve, along the ranking


@dataclass(frozen=True)
class Station:
    """One stop on the way, and the page where it is looked at closely."""

    name: str
    page: str


STATIONS = (
    Station("text", "tokens"),
    Station("tokens", "tokens"),
    Station("vectors", "rope"),
    Station("attention", "attention"),
    Station("logits", "sampling"),
    Station("next", "sampling"),
    Station("loss", "surprisal"),
)


class Sketch:
    """A figure in the making: put together in the end, because Plotly checks all at every call.

    With go.Figure's own add_… methods, this figure took eight times as long.
    """

    def __init__(self):
        self.traces, self.annotations, self.shapes, self.layout = [], [], [], {}

    def write(self, words: str, x: float, y: float, **style: object) -> None:
        """Words centred at a place, as shares of the figure."""
        self.annotations.append(
            {"text": words, "x": x, "y": y, "xref": "paper", "yref": "paper"}
            | {"xanchor": "center", "showarrow": False}
            | style
        )

    def finished(self, **layout: object) -> go.Figure:
        """The figure."""
        parts = {"annotations": self.annotations, "shapes": self.shapes}
        return go.Figure({"data": self.traces, "layout": self.layout | parts | layout})


def journey(forward: ForwardPass, text: Text) -> go.Figure:
    """The seven stations in a row, each with a number of this sentence and a small picture."""
    sketch = Sketch()
    values = _values(forward)
    for place, (station, miniature) in enumerate(zip(STATIONS, _miniatures(forward), strict=True)):
        _draw_card(sketch, place)
        _write_card(sketch, place, text, station.name, values)
        if station.name == "text":
            _write_sentence(sketch, place, forward)
        elif miniature is not None:
            _add_miniature(sketch, place, miniature)
    _add_targets(sketch, text, values)
    # Transparent: the ground of a later miniature would cover the card of an earlier one.
    return sketch.finished(
        height=300, margin={"l": 4, "r": 4, "t": 4, "b": 4}, plot_bgcolor="rgba(0,0,0,0)"
    )


def _values(forward: ForwardPass) -> dict[str, object]:
    probabilities = sampling.stage(forward.logits.astype(np.float64)).probabilities
    best = int(probabilities.argmax())
    loss = surprisal.course(forward.surprisals)
    return {
        "characters": len(forward.text),
        "tokens": len(forward.tokens),
        "width": forward.model.d_model,
        "layers": forward.model.n_layers,
        "heads": forward.model.n_heads,
        "vocabulary": forward.model.d_vocab,
        "next": escape(forward.token(best).visible),
        "probability": float(probabilities[best]),
        # A single token has no prediction, and so no perplexity.
        "perplexity": f"{loss.perplexity:,.1f}" if len(loss.surprisals) else "–",
    }


def _miniatures(forward: ForwardPass) -> Iterator[BaseTraceType | None]:
    first = slice(MOST_POSITIONS)
    ranked = np.sort(forward.logits)[::-1]
    along = np.unique(np.geomspace(1, len(ranked), MOST_LOGITS).astype(int) - 1)
    likely = np.sort(sampling.stage(forward.logits.astype(np.float64)).probabilities)[:-6:-1]
    middle = attention.head(forward, forward.model.n_layers // 2, 0).visible_weights[first, first]
    quiet = {"hoverinfo": "skip"}
    yield None
    yield go.Bar(y=[len(t.bytes) for t in forward.tokens[first]], marker={"color": ACCENT}, **quiet)
    if forward.queries is None:
        yield None
    else:
        yield go.Heatmap(
            z=forward.queries[0, 0, first], colorscale=SIGNED, zmid=0, showscale=False, **quiet
        )
    yield go.Heatmap(
        z=middle[::-1].astype(np.float32),
        colorscale=WEIGHTS,
        zmin=0,
        zmax=1,
        showscale=False,
        hoverongaps=False,
        **quiet,
    )
    yield go.Scatter(y=ranked[along], mode="lines", line={"color": ACCENT}, **quiet)
    yield go.Bar(y=likely, marker={"color": ACCENT}, **quiet)
    yield go.Bar(y=forward.surprisals[first], marker={"color": SECOND}, **quiet)


def _left(place: int) -> float:
    return place / len(STATIONS)


def _middle(place: int) -> float:
    return _left(place) + CARD / 2


CARD, PADDING = 0.88 / len(STATIONS), 0.012  # widths, as shares of the figure


def _draw_card(sketch: Sketch, place: int) -> None:
    left = _left(place)
    sketch.shapes.append(
        {
            "type": "rect",
            "xref": "paper",
            "yref": "paper",
            "x0": left,
            "x1": left + CARD,
            "y0": 0,
            "y1": 1,
            "line": {"color": GRID, "width": 1.5},
            "fillcolor": PAPER,
            "layer": "below",
        }
    )
    if place < len(STATIONS) - 1:
        middle_of_gap = left + CARD + 0.06 / len(STATIONS)
        sketch.write("→", middle_of_gap, 0.5, font={"color": REMOVED, "size": 22})


def _write_card(
    sketch: Sketch, place: int, text: Text, name: str, values: dict[str, object]
) -> None:
    lines = [
        (0.97, f"<b>{text(f'station.{name}.title', **values)}</b>", INK),
        (0.82, _large(text(f"station.{name}.number", **values)), ACCENT),
        (0.62, text(f"station.{name}.unit", **values), REMOVED),
    ]
    for y, words, colour in lines:
        sketch.write(words, _middle(place), y, yanchor="top", font={"color": colour})


def _large(words: str) -> str:
    return f'<span style="font-size: 1.4em"><b>{words}</b></span>'


def _write_sentence(sketch: Sketch, place: int, forward: ForwardPass) -> None:
    # Chinese, Japanese and Korean characters are twice as wide.
    has_wide = any(east_asian_width(character) in "WF" for character in forward.text)
    width = LINE_WIDTH // 2 if has_wide else LINE_WIDTH
    lines = textwrap.wrap(forward.text, width, max_lines=4, placeholder=" …")
    words = "<br>".join(map(escape, lines))
    sketch.write(words, _middle(place), 0.24, yanchor="middle", font={"color": INK})


def _add_miniature(sketch: Sketch, place: int, trace: BaseTraceType) -> None:
    axis = place + 1
    hidden = {"visible": False, "fixedrange": True}
    inside = [_left(place) + PADDING, _left(place) + CARD - PADDING]
    sketch.traces.append(trace.update(xaxis=f"x{axis}", yaxis=f"y{axis}"))
    sketch.layout |= {
        f"xaxis{axis}": {"domain": inside, "anchor": f"y{axis}", **hidden},
        f"yaxis{axis}": {"domain": [0.06, 0.44], "anchor": f"x{axis}", **hidden},
    }


def _add_targets(sketch: Sketch, text: Text, values: dict[str, object]) -> None:
    """Invisible bars over the cards: they take the pointer, so that a whole card can be clicked."""
    names = [station.name for station in STATIONS]
    targets = go.Bar(
        x=[_middle(place) * len(STATIONS) for place in range(len(STATIONS))],
        y=[1] * len(STATIONS),
        width=CARD * len(STATIONS),
        marker={"color": ACCENT, "opacity": 0},
        xaxis="x9",
        yaxis="y9",
        text=[text(f"station.{name}.hover") for name in names],
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
        # The bars' heights say nothing; these are the figure's numbers, with their columns' names.
        customdata=[
            [text(f"station.{name}.{part}", **values) for part in ("title", "number", "unit")]
            for name in names
        ],
        meta=[text("axis.station"), text("axis.number"), "–"],
    )
    sketch.traces.append(targets)
    hidden = {"visible": False, "fixedrange": True}
    sketch.layout |= {
        "xaxis9": {"range": [0, len(STATIONS)], "anchor": "y9", **hidden},
        "yaxis9": {"range": [0, 1], "anchor": "x9", **hidden},
    }
