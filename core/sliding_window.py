"""The perplexity of a text that is longer than what a network reads at once: window by window.

The number depends on how the windows are laid: in disjoint blocks each begins with nothing before
it, and its first tokens are expensive. Windows that overlap read tokens again, only to have them
before those that they score. So a perplexity of a long text says little without width and stride.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.perplexity import power

WIDEST = 1024  # tokens of a window


@dataclass(frozen=True, eq=False)
class Plan:
    """Which tokens each window reads, and which of them it scores."""

    n_tokens: int
    width: int
    stride: int
    starts: Int[ndarray, " window"]
    stops: Int[ndarray, " window"]  # the token after the last one that is read
    firsts: Int[ndarray, " window"]  # the first one that is scored; stops where there is none

    @property
    def contexts(self) -> Int[ndarray, " position"]:
        """How many tokens stand before each token in the window that scores it; −1: unscored."""
        contexts = np.full(self.n_tokens, -1)
        for start, first, stop in zip(self.starts, self.firsts, self.stops, strict=True):
            contexts[first:stop] = np.arange(first, stop) - start
        return contexts

    @property
    def n_scored(self) -> int:
        """Tokens that are scored, each once."""
        return int((self.stops - self.firsts).sum())

    @property
    def n_read(self) -> int:
        """Tokens that go through the network, each window's."""
        return int((self.stops - self.starts).sum())

    @property
    def cost(self) -> float:
        """How many times the text is read."""
        return self.n_read / self.n_tokens

    @property
    def least_context(self) -> int:
        """What the tokens after the first window have before them, at least."""
        later = self.contexts[self.width :]
        return int(later[later >= 0].min()) if (later >= 0).any() else 1


def plan(n_tokens: int, width: int, stride: int) -> Plan:
    """Windows of `width` tokens, each `stride` after the one before, until the end is read.

    Each scores what the windows before it have not: all of its tokens but the first, which nothing
    in the window predicts, and those that were scored already. With a stride equal to the width,
    no window scores its first token; with a smaller one, every token but the text's first is
    scored once.

    Raises:
        ValueError: the width is below 2, the stride not from 1 to the width, or the text shorter
            than 2 tokens.
    """
    if n_tokens < 2 or width < 2:
        raise ValueError(f"a text and a window need 2 tokens, got {n_tokens} and {width}")
    if not 1 <= stride <= width:
        raise ValueError(f"the stride must be from 1 to {width}, got {stride}")
    n_windows = 1 + -(-max(0, n_tokens - width) // stride)
    starts = stride * np.arange(n_windows)
    stops = np.minimum(starts + width, n_tokens)
    before = np.concatenate([[0], stops[:-1]])
    return Plan(n_tokens, width, stride, starts, stops, np.maximum(before, starts + 1))


def halvings(width: int, stride: int) -> tuple[int, ...]:
    """The width, and strides from it down to the smallest one, each half of the one before.

    Raises:
        ValueError: the stride is not from 1 to the width.
    """
    if not 1 <= stride <= width:
        raise ValueError(f"the stride must be from 1 to {width}, got {stride}")
    strides = [stride]
    while 2 * strides[0] < width:
        strides.insert(0, 2 * strides[0])
    return tuple(dict.fromkeys([width, *strides]))


@dataclass(frozen=True, eq=False)
class Slid:
    """What a text costs by the windows of a plan."""

    plan: Plan
    surprisals: Float[ndarray, " target"]  # bits of the tokens from the second on; NaN: unscored

    @property
    def perplexity(self) -> float:
        """2^(mean bits of the scored tokens)."""
        return float(power(2.0, np.nanmean(self.surprisals)))

    @property
    def by_recipe(self) -> float:
        """What the recipe in transformers' documentation makes of the same windows.

        The mean of each window is weighed by its labels that are not −100, less one "due to the
        internal label shift". That is right for a window whose first token has a label. In an
        overlapping one the shift takes away a label that is −100 already, so that one token fewer
        is counted than was averaged. (Earlier versions weighed the first window by one too many.)
        """
        spans = list(zip(self.plan.starts, self.plan.firsts, self.plan.stops, strict=True))
        means = np.array([self.surprisals[a - 1 : b - 1].mean() if a < b else 0.0
                          for _, a, b in spans])  # fmt: skip
        weights = np.array([max(0, b - a - (a > start + 1)) for start, a, b in spans])
        return float(power(2.0, (means * weights).sum() / max(1, weights.sum())))


def slid(
    windows: Plan, starts: Int[ndarray, " window"], bits: Float[ndarray, "window place"]
) -> Slid:
    """The bits of each token, from the window of the plan that scores it.

    `bits` are those of windows that begin at `starts`, of their tokens from the second on; they may
    be more windows than those of the plan.

    Raises:
        ValueError: a window of the plan is not among them.
    """
    surprisals = np.full(windows.n_tokens - 1, np.nan)
    rows = {int(start): row for start, row in zip(starts, bits, strict=True)}
    for start, first, stop in zip(windows.starts, windows.firsts, windows.stops, strict=True):
        if int(start) not in rows:
            raise ValueError(f"no window begins at token {start}")
        surprisals[first - 1 : stop - 1] = rows[int(start)][first - start - 1 : stop - start - 1]
    return Slid(windows, surprisals)


def all_slid(
    n_tokens: int,
    width: int,
    strides: Sequence[int],
    starts: Int[ndarray, " window"],
    bits: Float[ndarray, "window place"],
) -> tuple[Slid, ...]:
    """The same for several strides; nothing for a text in which nothing is predicted."""
    if n_tokens < 2:
        return ()
    return tuple(slid(plan(n_tokens, width, stride), starts, bits) for stride in strides)


@dataclass(frozen=True, eq=False)
class ByContext:
    """Mean bits by how many tokens stand before a token in its window."""

    least: Int[ndarray, " group"]  # tokens before it, from … to
    most: Int[ndarray, " group"]
    bits: Float[ndarray, " group"]


def by_context(bits: Float[ndarray, "window place"]) -> ByContext:
    """Mean bits of all windows' tokens, grouped by 1, 2–3, 4–7, … tokens before them.

    Raises:
        ValueError: there is no window.
    """
    if not bits.size:
        raise ValueError(f"there must be a window, got shape {bits.shape}")
    longest = int(np.flatnonzero(~np.isnan(bits).all(axis=0)).max(initial=0)) + 1
    least = 2 ** np.arange(int(np.log2(longest)) + 1)
    most = np.minimum(2 * least - 1, longest)
    means = [np.nanmean(bits[:, a - 1 : b]) for a, b in zip(least, most, strict=True)]
    return ByContext(least, most, np.array(means, dtype=np.float64))
