"""Surprisal: how many bits each token of a text cost the model that predicted it.

A token to which the model gave the probability p costs −log₂ p bits. Their mean along the text is
the cross-entropy, and 2 to that power the perplexity: among how many equally likely tokens the
model seemed to choose. The first token has no prediction, so n tokens give n − 1 terms.

Shannon 1951, "Prediction and Entropy of Printed English".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray


@dataclass(frozen=True, eq=False)
class Course:
    """The bits of a text, token by token, and their mean so far."""

    surprisals: Float[ndarray, " target"]  # bits, −log₂ p
    running_mean: Float[ndarray, " target"]  # bits; the last one is the cross-entropy

    @property
    def cross_entropy(self) -> float:
        """Mean surprisal, in bits per token; NaN where nothing was predicted."""
        return float(self.running_mean[-1]) if len(self.running_mean) else float("nan")

    @property
    def perplexity(self) -> float:
        """2^cross_entropy: a branching factor, the same whatever the base of the logarithm."""
        return float(np.exp2(self.cross_entropy))

    @property
    def total(self) -> float:
        """Bits of the whole text after its first token."""
        return float(self.surprisals.sum())


def course(surprisals: Float[ndarray, " target"]) -> Course:
    """The surprisals together with their running mean.

    Raises:
        ValueError: a surprisal is negative or not a number (∞ is a probability of 0).
    """
    bits = np.asarray(surprisals, dtype=np.float64)
    if not (bits >= 0).all():
        raise ValueError(f"surprisals must be 0 or more, got {bits[~(bits >= 0)][0]}")
    return Course(bits, np.cumsum(bits) / np.arange(1, len(bits) + 1))
