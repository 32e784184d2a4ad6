"""Repetition: the loop that greedy decoding falls into, and how it is found.

A network makes a phrase that it has just read more likely, and each round makes the next one
surer. Greedy decoding always takes the likeliest token, so it cannot leave. Penalties look at the
tokens, not at the meaning: they break the loop and may break good repetitions as well.

Holtzman et al. 2020, arXiv:1904.09751, sec. 3 (the surer with each round); Welleck et al. 2020,
arXiv:1908.04319 (the share of repeated n-grams, "seq-rep-n").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core import sampling
from core.model.forward_pass import ForwardPass
from core.model.writing import Written

FEWEST_ROUNDS = 2.0


@dataclass(frozen=True)
class Loop:
    """The end of a text, which goes round and round."""

    start: int  # place of the first token that belongs to it
    period: int  # tokens a round
    n_rounds: float  # the last one may be cut off

    def round_of(self, place: int) -> int:
        """Which round a place belongs to, from 0."""
        return (place - self.start) // self.period


def loop(ids: Sequence[int]) -> Loop | None:
    """The loop at the end of the text; None if its end was not there FEWEST_ROUNDS times in a row.

    A text goes round with the period d where each token equals the one d before it. Of several the
    shortest counts, unless a longer one goes further back by a whole round of its own: line ends at
    the end are no loop if whole sentences go round.
    """
    ids = np.asarray(ids)
    best = None
    for period in range(1, int(len(ids) / FEWEST_ROUNDS) + 1):
        differs = np.flatnonzero(ids[period:] != ids[:-period])
        start = int(differs[-1]) + 1 if len(differs) else 0
        n_rounds = (len(ids) - start) / period
        goes_further = best is None or start <= best.start - period
        if n_rounds >= FEWEST_ROUNDS and goes_further:
            best = Loop(start, period, n_rounds)
    return best


def repeated(ids: Sequence[int], n: int, n_given: int = 0) -> Bool[ndarray, " step"]:
    """Whether each written token completes n tokens that are in the text before it, in this order.

    Raises:
        ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    ids, seen, found = tuple(ids), set(), []
    for end in range(1, len(ids) + 1):
        gram = ids[max(0, end - n) : end]
        if end > n_given:
            found.append(gram in seen)
        if len(gram) == n:
            seen.add(gram)
    return np.array(found, dtype=bool)


@dataclass(frozen=True, eq=False)
class Trial:
    """A text that was written in one way, and how it repeats itself."""

    name: str
    written: Written
    n: int  # tokens of what counts as repeated
    repeats: Bool[ndarray, " step"]  # the token completes n tokens that were there before
    loop: Loop | None  # places count from the first written token

    @property
    def share(self) -> float:
        """Of the written tokens, how many complete a repetition; NaN where nothing was written."""
        return float(self.repeats.mean()) if len(self.repeats) else float("nan")

    @property
    def bits(self) -> Float[ndarray, " step"]:
        """−log₂ of the probability that the network itself gave to each written token."""
        return -np.log2(self.written.probabilities)

    @property
    def mean_bits(self) -> float:
        """Bits per written token; NaN where nothing was written."""
        return float(self.bits.mean()) if len(self.bits) else float("nan")


def trial(name: str, written: Written, n: int) -> Trial:
    """How a written text repeats itself. Raises what `repeated` raises."""
    given = [token.id for token in written.given]
    repeats = repeated([*given, *written.ids], n, len(given))
    return Trial(name, written, n, repeats, loop(written.ids))


@dataclass(frozen=True, eq=False)
class Rounds:
    """The probabilities of a loop's tokens, round by round."""

    probabilities: Float[ndarray, "round token"]  # NaN where the last round is cut off

    @property
    def means(self) -> Float[ndarray, " round"]:
        """The geometric mean over the tokens of each round."""
        return np.exp(np.nanmean(np.log(self.probabilities), axis=1))

    @property
    def last(self) -> float:
        """The mean of the last round that is whole."""
        whole = ~np.isnan(self.probabilities).any(axis=1)
        return float(self.means[whole][-1])


def rounds(one: Trial) -> Rounds | None:
    """The loop's rounds under one another; None without a loop."""
    if one.loop is None:
        return None
    inside = one.written.probabilities[one.loop.start :]
    n_rounds = -(-len(inside) // one.loop.period)
    table = np.full(n_rounds * one.loop.period, np.nan)
    table[: len(inside)] = inside
    return Rounds(table.reshape(n_rounds, one.loop.period))


@dataclass(frozen=True, eq=False)
class Penalised:
    """The distinct tokens of a text, by what a repetition penalty does to them; likeliest first."""

    ids: Int[ndarray, " token"]
    before: Float[ndarray, " token"]  # logits
    after: Float[ndarray, " token"]
    by_paper: Float[ndarray, " token"]  # divided whatever the sign
    probabilities: Float[ndarray, "token 2"]  # before and after

    @property
    def n_negative(self) -> int:
        """How many of them have a negative logit."""
        return int((self.before < 0).sum())


def penalised(forward: ForwardPass, penalty: float, n_most: int) -> Penalised:
    """What the penalty does to the next token's logits, for the tokens of the text itself.

    Raises what sampling.penalise_repetition raises.
    """
    seen = sorted({token.id for token in forward.tokens})
    logits = forward.logits.astype(np.float64)
    ids = np.array(sorted(seen, key=lambda number: -logits[number])[:n_most])
    moved = sampling.penalise_repetition(logits, penalty, seen)
    stages = sampling.stage(logits), sampling.stage(moved)
    probabilities = np.stack([one.probabilities[ids] for one in stages], axis=1)
    return Penalised(ids, logits[ids], moved[ids], logits[ids] / penalty, probabilities)
