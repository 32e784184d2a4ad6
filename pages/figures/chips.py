"""Pieces of a text as coloured chips, that go on from line to line as writing does."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from pages.figures.style import PAPER, escape

ROOM = 112  # letters that a line takes, with the borders of the chips
BORDER = 1.2  # letters' widths, around the words of a chip
MOST_LINES = 40
MOST = 2_000  # chips that 40 lines can hold
LINE_HEIGHT = 34  # pixels


@dataclass(frozen=True, eq=False)
class Setting:
    """Where each chip stands. Those beyond the last line are left out."""

    lines: Int[ndarray, " token"]
    starts: Float[ndarray, " token"]  # in letters' widths
    widths: Float[ndarray, " token"]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def n_lines(self) -> int:
        """Lines that are filled; at least one."""
        return int(self.lines.max(initial=0)) + 1


def set_in_lines(
    words: Sequence[str], ends_line: Sequence[bool] | None = None, room: float = ROOM
) -> Setting:
    """Chips one after the other, a new line where the next does not fit or one ends its line."""
    lines, starts, widths = [], [], []
    line, start = 0, 0.0
    for place, word in enumerate(words):
        width = min(letters(word) + BORDER, room)
        if start + width > room:
            line, start = line + 1, 0.0
        if line >= MOST_LINES:
            break
        lines.append(line)
        starts.append(start)
        widths.append(width)
        start += width
        if ends_line is not None and ends_line[place]:
            line, start = line + 1, 0.0
    return Setting(np.array(lines, np.int64), *(np.array(part, float) for part in (starts, widths)))


def letters(words: str) -> float:
    """How wide words are at their widest line, in widths of a Latin letter."""
    if "\n" in words:
        return max(map(letters, words.split("\n")))
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in words)
    marks = sum(unicodedata.combining(character) > 0 for character in words)
    return float(len(words) + wide - marks)


def trace(
    setting: Setting,
    words: Sequence[str],
    colours: Sequence[str],
    rows: Sequence[Sequence[object]],
    columns: Sequence[str],
) -> dict[str, object]:
    """The chips as bars; `rows` holds what is known of each, under the names of the columns.

    A line end in words begins a second line in the chip.
    """
    shown = len(setting)
    return {
        "type": "bar",
        "orientation": "h",
        "base": setting.starts.astype(np.float32),
        "x": setting.widths.astype(np.float32),
        "y": setting.lines.astype(np.float32),
        "width": np.full(shown, 0.8, np.float32),
        "marker": {"color": list(colours[:shown]), "line": {"color": PAPER, "width": 2}},
        "text": [escape(word).replace("\n", "<br>") for word in words[:shown]],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "customdata": [list(row) for row in rows[:shown]],
        "meta": list(columns),
        "hovertemplate": hover(columns),
    }


def hover(columns: Sequence[str]) -> str:
    """One line for each thing that is known."""
    lines = [f"{name}: %{{customdata[{place}]}}" for place, name in enumerate(columns)]
    return "<br>".join(lines) + "<extra></extra>"


def layout(setting: Setting, room: float = ROOM, height: int = LINE_HEIGHT) -> dict[str, object]:
    """Axes that are not seen, and a height for the lines."""
    n_lines = setting.n_lines
    hidden = {"visible": False, "fixedrange": True}
    return {
        "xaxis": hidden | {"range": [0, room]},
        "yaxis": hidden | {"range": [n_lines - 0.4, -0.6]},
        "bargap": 0,
        "height": 40 + height * max(n_lines, 2),
    }
