"""The beginning of a text in cells, one for each character or byte, coloured by what it is."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from pages.figures.style import PAPER, SECOND, WEIGHTS

COLUMNS, ROWS = 48, 4
MOST = COLUMNS * ROWS  # cells
ALONE, EVEN, ODD, NEW = range(4)  # kinds of cells in a text that is cut into parts
PART_TINTS = PAPER, WEIGHTS[0][1], WEIGHTS[1][1], SECOND


def n_rows(n_cells: int) -> int:
    """Rows that so many cells fill; at least one, at most ROWS."""
    return min(ROWS, max(1, -(-n_cells // COLUMNS)))


def arranged(
    kinds: Sequence[int] | Int[ndarray, " cell"], blank: int
) -> Int[ndarray, "row column"]:
    """Kinds of cells in rows; what no cell is in is blank."""
    shown = np.asarray(kinds, np.int64)[:MOST]
    cells = np.full(n_rows(len(shown)) * COLUMNS, blank, np.int8)
    cells[: len(shown)] = shown
    return cells.reshape(-1, COLUMNS)


def alternating(parts: Sequence[str], new: str | None = None) -> list[int]:
    """A kind for each character of the parts: neighbours differ, and the new part stands out."""
    kinds, is_odd = [], False
    for part in parts:
        kind = ALONE if len(part) == 1 else (EVEN, ODD)[is_odd]
        kinds += [NEW if part == new else kind] * len(part)
        is_odd = not is_odd if len(part) > 1 else is_odd
    return kinds


def lasting(names: Sequence[str], tints: Sequence[str]) -> dict:
    """A heat map of cells without their kinds, which index the tints."""
    shown = list(names[:MOST])
    shown += [""] * (n_rows(len(shown)) * COLUMNS - len(shown))
    return {
        "type": "heatmap",
        "text": [shown[start : start + COLUMNS] for start in range(0, len(shown), COLUMNS)],
        "texttemplate": "%{text}",
        "zmin": 0,
        "zmax": len(tints) - 1,
        "colorscale": [
            (edge / len(tints), tint)
            for place, tint in enumerate(tints)
            for edge in (place, place + 1)
        ],
        "showscale": False,
        "ygap": 4,
        "hoverinfo": "skip",
    }


def axes(number: int, top: float, n_cells: int) -> dict:
    """The axes of the cells, from the bottom of the figure to `top` of its height."""
    hidden = {"visible": False, "fixedrange": True}
    return {
        f"xaxis{number}": hidden
        | {"domain": [0, 1], "anchor": f"y{number}", "range": [-0.5, COLUMNS - 0.5]},
        f"yaxis{number}": hidden
        | {"domain": [0, top], "anchor": f"x{number}", "range": [n_rows(n_cells) - 0.5, -0.5]},
    }
