"""Perplexity: among how many equally likely tokens the model seemed to choose.

A token of probability p is like a choice among 1/p equally likely ones. Perplexity is the geometric
mean of these numbers, P^(−1/N) for a text of probability P in N predicted tokens, and the same
whatever base the logarithms have. What it is not: an average of perplexities, a number that can be
compared across tokenizers (bits_per_byte), or one that says which tokens were scored with how much
before them (sliding_window).

Jelinek, Mercer, Bahl and Baker 1977; Jurafsky and Martin, Speech and Language Processing, ch. 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

BASES = {"2": 2.0, "e": float(np.e), "10": 10.0}
STOPS = (*(10.0**-power for power in range(20)), 0.0)  # on the way of a probability to 0


# One text


@dataclass(frozen=True)
class InBase:
    """The way to the perplexity with logarithms to one base."""

    base: float
    total: float  # −log P
    mean: float  # −(1/N)·log P
    perplexity: float  # base^mean


@dataclass(frozen=True, eq=False)
class Branching:
    """The tokens of a text as choices among so many equally likely ones."""

    surprisals: Float[ndarray, " target"]  # bits, −log₂ p
    factors: Float[ndarray, " target"]  # 1/p

    @property
    def n_terms(self) -> int:
        """N: tokens that were predicted; the first one of a text was not."""
        return len(self.factors)

    @property
    def probabilities(self) -> Float[ndarray, " target"]:
        """p of each token."""
        return np.exp2(-self.surprisals)

    @property
    def total(self) -> float:
        """−log₂ P, in bits."""
        return float(self.surprisals.sum())

    @property
    def perplexity(self) -> float:
        """The geometric mean of 1/p, P^(−1/N)."""
        return self.root(self.n_terms)

    @property
    def arithmetic(self) -> float:
        """The arithmetic mean of 1/p: never less, and led by the rarest token."""
        return float(self.factors.mean())

    @property
    def rarest(self) -> int:
        """Which of the predicted tokens had the lowest probability."""
        return int(self.surprisals.argmax())

    def root(self, n: int) -> float:
        """P^(−1/n). Only n = N is the perplexity."""
        return float(power(2.0, self.total / n))

    def in_base(self, base: float) -> InBase:
        """The perplexity by logarithms to a base."""
        total = self.total * np.log(2) / np.log(base)
        mean = float(total / self.n_terms)
        return InBase(base, float(total), mean, float(power(base, mean)))

    def without(self, place: int) -> "Branching | None":
        """The same without one token; None if it is the only one."""
        return branching(np.delete(self.surprisals, place)) if self.n_terms > 1 else None


def branching(surprisals: Float[ndarray, " target"]) -> Branching:
    """1/p of each token, from its surprisal: 2^bits.

    Raises:
        ValueError: there is no token, or a surprisal is negative or not a number (∞ is p = 0).
    """
    bits = np.asarray(surprisals, dtype=np.float64)
    if not len(bits):
        raise ValueError("there must be a predicted token, got none")
    if not (bits >= 0).all():
        raise ValueError(f"surprisals must be 0 or more, got {bits[~(bits >= 0)][0]}")
    return Branching(bits, power(2.0, bits))


def power(base: float, exponent: Float[ndarray, "..."] | float) -> Float[ndarray, "..."] | float:
    """base^exponent, ∞ beyond 10^308: a perplexity, where the exponent is mean bits."""
    with np.errstate(over="ignore"):
        return np.power(base, np.float64(exponent))


@dataclass(frozen=True, eq=False)
class Prefixes:
    """The beginnings of a text, with 1 … N predicted tokens."""

    powers: Float[ndarray, " target"]  # log₁₀ P: P itself soon is smaller than any float
    roots: Float[ndarray, " target"]  # P^(−1/n): what is left once the length is taken out


def prefixes(surprisals: Float[ndarray, " target"]) -> Prefixes:
    """The probability of each beginning of a text, and its perplexity. Raises as `branching`."""
    bits = np.cumsum(branching(surprisals).surprisals)
    return Prefixes(-bits * np.log10(2.0), power(2.0, bits / np.arange(1, len(bits) + 1)))


@dataclass(frozen=True, eq=False)
class Rarity:
    """What the perplexity of a text would be if one of its tokens had another probability."""

    place: int
    probability: float  # that it has
    others: float  # bits of all other tokens
    n_terms: int
    perplexities: Float[ndarray, " stop"]  # at each of STOPS; ∞ at 0

    def at(self, probability: float) -> float:
        """(P of the others · p)^(−1/N), ∞ for p = 0."""
        with np.errstate(divide="ignore"):
            bits = self.others - np.log2(np.float64(probability))
        return float(power(2.0, bits / self.n_terms))

    @property
    def nearest_stop(self) -> int:
        """The stop next to the token's own probability, by powers of ten."""
        power = -np.log10(max(self.probability, STOPS[-2]))
        return int(np.rint(power))


def impossible(surprisals: Float[ndarray, " target"], place: int) -> Rarity:
    """The perplexity while the probability of the token at `place` goes to 0.

    Each factor of ten in it is a factor of only 10^(1/N) in the perplexity, and 0 makes it
    infinite, however good all other predictions are. Raises as `branching`, and
        ValueError: there is no such place.
    """
    found = branching(surprisals)
    if not 0 <= place < found.n_terms:
        raise ValueError(f"place must be below {found.n_terms}, got {place}")
    others = float(np.delete(found.surprisals, place).sum())
    rarity = Rarity(place, float(found.probabilities[place]), others, found.n_terms, np.zeros(0))
    perplexities = np.array([rarity.at(stop) for stop in STOPS])
    return Rarity(place, rarity.probability, others, found.n_terms, perplexities)


# Several texts


@dataclass(frozen=True, eq=False)
class Corpus:
    """Several texts, each with the tokens that were predicted in it and what they cost."""

    n_terms: Int[ndarray, " text"]
    totals: Float[ndarray, " text"]  # bits

    @property
    def perplexities(self) -> Float[ndarray, " text"]:
        """Of each text alone; NaN where nothing was predicted."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return power(2.0, self.totals / self.n_terms)

    @property
    def perplexity(self) -> float:
        """2^(Σ bits ÷ Σ tokens): every token counts the same."""
        return float(power(2.0, self.totals.sum() / self.n_terms.sum()))

    @property
    def mean_of_perplexities(self) -> float:
        """(Σ perplexity) ÷ texts: no perplexity of anything."""
        return float(np.nanmean(self.perplexities))

    @property
    def geometric_mean(self) -> float:
        """2^(mean of the texts' mean bits): every text counts the same, however short."""
        some = self.n_terms > 0
        return float(power(2.0, (self.totals[some] / self.n_terms[some]).mean()))


def corpus(texts: Sequence[Float[ndarray, "..."]]) -> Corpus:
    """Several texts together, weighed by their tokens. A text of one token has no term.

    Raises:
        ValueError: no text has a predicted token; also what `branching` raises.
    """
    if not any(len(bits) for bits in texts):
        raise ValueError(f"at least one text must have a predicted token, got {len(texts)} without")
    totals = [branching(bits).total if len(bits) else 0.0 for bits in texts]
    return Corpus(np.array([len(bits) for bits in texts]), np.array(totals))
