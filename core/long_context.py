"""Long texts: what a token costs far from the beginning, inside the trained length and beyond it.

A single token's loss says little, so losses are averaged over a window, or over all tokens up to a
length, where their mean in bits becomes a perplexity, 2^mean.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

MOST_PLACES = 1_000  # that a curve is drawn at
DEPTHS = 0.0, 0.25, 0.5, 0.75, 1.0  # where an answer is hidden: from start to end
SHORTEST = 128  # tokens of a text in which something is hidden


@dataclass(frozen=True, eq=False)
class Curves:
    """A number along a text, for each encoding."""

    positions: Int[ndarray, " place"]  # of the last token that counts
    values: Float[ndarray, "encoding place"]


def windowed(surprisals: Float[ndarray, "encoding target"], width: int) -> Curves:
    """The mean bits of the last `width` tokens, from the first full window on.

    A text with fewer tokens is one window.

    Raises:
        ValueError: the width is not positive, or there is no loss to be averaged.
    """
    n = _check(surprisals)
    if width < 1:
        raise ValueError(f"width must be positive, got {width}")
    width = min(width, n)
    ends = _places(width, n)
    sums = np.cumsum(surprisals, axis=1, dtype=np.float64)
    sums = np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)
    # Target i is the token i + 1: the first token has no prediction.
    return Curves(ends, (sums[:, ends] - sums[:, ends - width]) / width)


def fitting(surprisals: Float[ndarray, "encoding target"], width: int) -> int:
    """The width, or a quarter of a shorter text: of fewer windows there is no line to be seen."""
    return max(1, min(width, surprisals.shape[1] // 4))


def perplexities(surprisals: Float[ndarray, "encoding target"]) -> Curves:
    """The perplexity of the text up to each position, 2^(mean bits of its tokens).

    Raises:
        ValueError: there is no loss to be averaged.
    """
    n = _check(surprisals)
    ends = _places(1, n)
    means = np.cumsum(surprisals, axis=1, dtype=np.float64)[:, ends - 1] / ends
    return Curves(ends, np.exp2(means))


@dataclass(frozen=True, eq=False)
class Sides:
    """Mean bits on either side of a position; NaN where a side is empty."""

    inside: Float[ndarray, " encoding"]
    beyond: Float[ndarray, " encoding"]


def sides(surprisals: Float[ndarray, "encoding target"], length: int) -> Sides:
    """The mean bits of the tokens at positions below `length`, and of the others."""
    _check(surprisals)
    # Target i stands at position i + 1.
    parts = surprisals[:, : length - 1], surprisals[:, length - 1 :]
    means = [
        part.mean(axis=1, dtype=np.float64) if part.shape[1] else np.full(len(part), np.nan)
        for part in parts
    ]
    return Sides(*means)


def lengths_up_to(longest: int) -> tuple[int, ...]:
    """Lengths from SHORTEST on, each twice the one before, and the longest itself.

    Raises:
        ValueError: the longest is below SHORTEST.
    """
    if longest < SHORTEST:
        raise ValueError(f"longest must be {SHORTEST} or more, got {longest}")
    lengths = [SHORTEST]
    while 2 * lengths[-1] < longest:
        lengths.append(2 * lengths[-1])
    return tuple(dict.fromkeys([*lengths, longest]))


def _check(surprisals: Float[ndarray, "encoding target"]) -> int:
    if not surprisals.size:
        raise ValueError(f"there must be a loss to be averaged, got shape {surprisals.shape}")
    return surprisals.shape[1]


def _places(first: int, last: int) -> Int[ndarray, " place"]:
    return np.unique(np.linspace(first, last, MOST_PLACES).round().astype(int))
