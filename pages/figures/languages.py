"""Figures of the page about languages: what a paragraph costs, why, and how it is cut."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from numpy import ndarray

from core.languages import MEASURES, OWN, Costs
from core.tokenizer.cut import spans_of_bytes
from core.tokens import Token
from pages.figures import chips
from pages.figures.style import ACCENT, INK, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

DIGITS = {"tokens": 0}  # after the point; 2 for every other measure
LONGEST_NAME = 14  # letters above a column
TINTS = WEIGHTS[0][1], WEIGHTS[1][1]  # of chips beside each other
KINDS = {"characters": REMOVED, "bytes": SECOND, "tokens": ACCENT}


def costs(
    found: Costs, measure: str, chosen: tuple[int, int], labels: tuple[str, ...], text: Text
) -> go.Figure:
    """A row per language, a column per tokenizer; the chosen row and column are framed."""
    values = found.of(measure)
    drawn = {
        "type": "heatmap",
        "z": values.astype(np.float32),
        "x": [escape(name) for name in found.tokenizers],
        "y": [escape(label) for label in labels],
        "text": [[_number(value, measure) for value in row] for row in values],
        "texttemplate": "%{text}",
        "coloraxis": "coloraxis",
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": text("costs.hover"),
    }
    row, column = chosen
    layout = {
        "xaxis": {
            "side": "top",
            "title": {"text": text("axis.tokenizer")},
            "tickvals": np.arange(len(found.tokenizers)),
            "ticktext": [
                f"{_in_two(escape(name))}<br>{text('cut.live' if live else 'cut.stored')}"
                for name, live in zip(found.tokenizers, found.is_live, strict=True)
            ],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": text("axis.language")},
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
        },
        "coloraxis": {
            "colorscale": WEIGHTS,
            "cmin": 1.0 if measure == "relative" else 0.0,
            "cmax": float(np.nanmax(values)),
            "colorbar": {"title": {"text": text(f"measure.{measure}")}},
        },
        "shapes": [
            {
                "type": "rect", "x0": column - 0.5, "x1": column + 0.5,
                "y0": row - 0.5, "y1": row + 0.5, "line": {"color": SECOND, "width": 3},
            }
        ],
        "annotations": _blanks(values, labels, text),
        "height": 130 + 34 * len(labels),
    }  # fmt: skip
    return go.Figure({"data": [drawn], "layout": layout})


def _in_two(name: str) -> str:
    """A long name in two lines, broken after a hyphen or a slash."""
    breaks = [place for place, sign in enumerate(name, 1) if sign in "-/_" and place < len(name)]
    if len(name) <= LONGEST_NAME or not breaks:
        return name
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}<br>{name[middle:]}"


def _blanks(
    values: Float[ndarray, "language tokenizer"], labels: tuple[str, ...], text: Text
) -> list[dict]:
    return [
        {
            "x": int(column), "y": int(row), "text": text("costs.blank"), "showarrow": False,
            "font": {"color": REMOVED},
        }
        for row, column in np.argwhere(np.isnan(values))
    ]  # fmt: skip


def _number(value: float, measure: str) -> str:
    return "" if np.isnan(value) else f"{value:.{DIGITS.get(measure, 2)}f}"


def numbers(found: Costs, language: int, tokenizer: int, text: Text) -> dict[str, str]:
    """The chosen cell in every measure, in words: a dash where it is not known."""
    return {
        f"cell_{measure}": _number(found.of(measure)[language, tokenizer], measure)
        or text("costs.blank")
        for measure in MEASURES
    }


def reasons(found: Costs, tokenizer: int, labels: tuple[str, ...], text: Text) -> go.Figure:
    """Characters, bytes and tokens of each language, each against English."""
    shown = [place for place, language in enumerate(found.languages) if language != OWN]
    names = [escape(labels[place]) for place in shown]
    shares = found.shares(tokenizer)[:, shown].astype(np.float32)
    # A line from the bytes to the tokens: what the vocabulary gains, or not.
    gaps = {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
        "x": np.stack([shares[1], shares[2], np.full(len(names), np.nan)], axis=1).ravel(),
        "y": [name for name in names for _ in range(3)],
        "line": {"color": REMOVED, "width": 1},
    }  # fmt: skip
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": text(f"reasons.{kind}"),
            "x": values,
            "y": names,
            "marker": {"color": colour, "size": 13, "symbol": symbol},
            "hovertemplate": text("reasons.hover"),
        }
        for (kind, colour), values, symbol in zip(
            KINDS.items(), shares, ("line-ns-open", "diamond", "circle"), strict=True
        )
    ]
    points[0]["marker"]["line"] = {"width": 3}
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": text("axis.relative")},
            "range": [float(np.log10(0.2)), float(np.log10(12))],
            "tickvals": [0.25, 0.5, 1, 2, 4, 8],
            "ticktext": ["¼", "½", "1", "2", "4", "8"],
        },
        "yaxis": {"autorange": "reversed", "title": {"text": text("axis.language")}},
        "shapes": [
            {
                "type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": INK, "width": 1}, "layer": "below",
            }
        ],
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "height": 110 + 30 * len(names),
    }  # fmt: skip
    return go.Figure({"data": [gaps, *points], "layout": layout})


def cut(parts: tuple[bytes, ...], text: Text) -> go.Figure:
    """The text as its tokens; those that hold a part of a character in another colour."""
    tokens = [Token(place, part) for place, part in enumerate(parts[: chips.MOST])]
    owners = _owners(parts[: chips.MOST])
    words = [
        token.visible if token.is_whole else f"{token.bytes.hex(' ').upper()}\n{owner}"
        for token, owner in zip(tokens, owners, strict=True)
    ]
    colours = [TINTS[place % 2] if token.is_whole else SECOND for place, token in enumerate(tokens)]
    rows = [
        (escape(token.visible), escape(owner), len(token.bytes), token.bytes.hex(" ").upper())
        for token, owner in zip(tokens, owners, strict=True)
    ]
    columns = [text(f"language_cut.{name}") for name in ("token", "of", "n_bytes", "bytes")]
    setting = chips.set_in_lines(words)
    drawn = chips.trace(setting, words, colours, rows, columns)
    height = chips.LINE_HEIGHT + 18 * any("\n" in word for word in words)
    layout = chips.layout(setting, height=height) | {"annotations": [] if parts else [_said(text)]}
    return go.Figure({"data": [drawn], "layout": layout})


def _owners(parts: tuple[bytes, ...]) -> list[str]:
    """The characters that each part holds, those included of which it has only some bytes."""
    raw = b"".join(parts)
    text = raw.decode("utf-8", errors="ignore")  # the last of a long text may be cut
    sizes = np.array([len(part) for part in parts], np.int64)
    starts, stops, _ = spans_of_bytes(raw, sizes)
    return [
        Token(0, text[start:stop].encode("utf-8")).visible
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
    ]


def _said(text: Text) -> dict[str, object]:
    return {
        "text": text("language_cut.none"), "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper",
        "showarrow": False,
    }  # fmt: skip
