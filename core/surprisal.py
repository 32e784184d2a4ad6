"""Surprisal: how many bits each token of a text cost the model that predicted it.

A token to which the model gave the probability p costs −log₂ p bits. Their mean along the text is
the cross-entropy, and 2 to that power the perplexity: among how many equally likely tokens the
model seemed to choose. The first token has no prediction, so n tokens give n − 1 terms. What the
model itself expects a token to cost is the entropy of its prediction, −Σ p log₂ p.

Shannon 1951, "Prediction and Entropy of Printed English".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

BANDS = (1, 10, 100, 1_000)  # the last rank of each band; beyond them is one more
SHADES = ("bits", "entropy", "rank", "band")


@dataclass(frozen=True, eq=False)
class Course:
    """The bits of a text, token by token, and their mean so far."""

    surprisals: Float[ndarray, " target"]  # bits, −log₂ p
    running_mean: Float[ndarray, " target"]  # bits; the last one is the cross-entropy
    entropies: Float[ndarray, " target"] | None = None  # bits that each prediction itself expects

    @property
    def cross_entropy(self) -> float:
        """Mean surprisal, in bits per token; NaN where nothing was predicted."""
        return float(self.running_mean[-1]) if len(self.running_mean) else float("nan")

    @property
    def expected(self) -> float:
        """Mean entropy, in bits per token: the cross-entropy, if the model were right about p."""
        known = self.entropies is not None and len(self.entropies)
        return float(self.entropies.mean()) if known else float("nan")

    @property
    def perplexity(self) -> float:
        """2^cross_entropy: a branching factor, the same whatever the base of the logarithm."""
        return float(np.exp2(self.cross_entropy))

    @property
    def perplexities(self) -> Float[ndarray, " target"]:
        """The perplexity of the text up to each token."""
        return np.exp2(self.running_mean)

    @property
    def total(self) -> float:
        """Bits of the whole text after its first token."""
        return float(self.surprisals.sum())


def course(
    surprisals: Float[ndarray, " target"], entropies: Float[ndarray, " target"] | None = None
) -> Course:
    """The surprisals together with their running mean, and with what was expected.

    Raises:
        ValueError: a number of bits is negative or not a number (∞ is a probability of 0).
    """
    bits = _bits(surprisals)
    mean = np.cumsum(bits) / np.arange(1, len(bits) + 1)
    return Course(bits, mean, None if entropies is None else _bits(entropies))


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many tokens cost how much."""

    edges: Float[ndarray, " edge"]  # bits
    counts: Int[ndarray, " bin"]  # tokens of edges[i] ≤ bits < edges[i + 1]
    mean: float  # bits: the cross-entropy
    median: float  # bits: half of the tokens cost less


def histogram(surprisals: Float[ndarray, " target"], width: float = 1.0) -> Histogram:
    """Tokens by their bits, in bins of one width from 0 on.

    Raises:
        ValueError: there is no token, one costs infinitely much, or the width is not positive.
    """
    bits = _bits(surprisals)
    if not (len(bits) and np.isfinite(bits).all()):
        raise ValueError(f"a histogram needs finite bits, got {bits}")
    if not width > 0:
        raise ValueError(f"width must be positive, got {width}")
    bins = (bits // width).astype(int)
    counts = np.bincount(bins)
    edges = width * np.arange(len(counts) + 1)
    return Histogram(edges, counts, float(bits.mean()), float(np.median(bits)))


def bands(ranks: Int[ndarray, " target"]) -> Int[ndarray, " target"]:
    """The number of each token's band: 0 for rank 1, 1 for ranks up to 10, and so on.

    Raises:
        ValueError: a rank is below 1.
    """
    if (np.asarray(ranks) < 1).any():
        raise ValueError(f"ranks start at 1, got {np.min(ranks)}")
    return np.searchsorted(BANDS, ranks)


def band_shares(ranks: Int[ndarray, " target"]) -> Float[ndarray, " band"]:
    """The share of the tokens in each band; the first is top-1 accuracy.

    Raises what `bands` raises.
    """
    return np.bincount(bands(ranks), minlength=len(BANDS) + 1) / max(1, len(ranks))


def levels(
    shade: str,
    surprisals: Float[ndarray, " target"],
    entropies: Float[ndarray, " target"],
    ranks: Int[ndarray, " target"],
    d_vocab: int,
) -> Float[ndarray, " target"]:
    """How deeply each token is coloured, from 0 to 1, by one of SHADES.

    Bits, entropies and the bits that it takes to say the rank, log₂ rank, are measured by what a
    guess among the whole vocabulary would cost, log₂ d_vocab: so the three can be compared. More
    bits than that, of a token that the model thought less likely than any guess, are 1 as well.

    Raises:
        ValueError: an unknown shade, or a vocabulary of less than two tokens.
    """
    if shade not in SHADES or d_vocab < 2:
        raise ValueError(f"one of {SHADES} and at least 2 tokens, got {shade!r} and {d_vocab}")
    if shade == "band":
        return bands(ranks) / len(BANDS)
    bits = {"bits": surprisals, "entropy": entropies, "rank": np.log2(ranks)}[shade]
    return np.clip(bits / np.log2(d_vocab), 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Guesses:
    """What stood to choose at one place: the likeliest tokens, and the one that came."""

    token_ids: Int[ndarray, " guess"]  # the token that came stands last if it was no good guess
    probabilities: Float[ndarray, " guess"]
    own: int  # which of them came

    @property
    def rest(self) -> float:
        """The probability of all tokens that are not among them."""
        return max(0.0, 1.0 - float(self.probabilities.sum()))


def guesses(
    token_id: int,
    probability: float,
    best_ids: Int[ndarray, " guess"],
    best_probabilities: Float[ndarray, " guess"],
) -> Guesses:
    """The best guesses together with the token that came.

    Raises:
        ValueError: the probability is not one.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability is from 0 to 1, got {probability}")
    found = np.flatnonzero(best_ids == token_id)
    shares = np.asarray(best_probabilities, np.float64)
    if len(found):
        return Guesses(best_ids, shares, int(found[0]))
    return Guesses(np.append(best_ids, token_id), np.append(shares, probability), len(best_ids))


def _bits(numbers: Float[ndarray, " target"]) -> Float[ndarray, " target"]:
    bits = np.asarray(numbers, dtype=np.float64)
    if not (bits >= 0).all():
        raise ValueError(f"bits must be 0 or more, got {bits[~(bits >= 0)][0]}")
    return bits
