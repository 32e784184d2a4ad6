"""Temperature: how sharp or flat the softmax makes the same logits.

p = softmax(z/T). T → 0 gives everything to the largest logit (greedy), T → ∞ the same to each. In
between the entropy rises all the way: dH/dT = Var(z)/T³, with the variance under p and H in nats.
Dividing keeps the ratio of two logits; what decides is their difference, which is stretched to
Δ/T, and e^(Δ/T) are the odds.

Ackley, Hinton and Sejnowski 1985, "A learning algorithm for Boltzmann machines", eq. 5.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import sampling
from core.sampling import SamplingStage

# Evenly spaced on screen; 0 and ∞ stand for the limits.
STOPS = (
    0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75,
    2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, np.inf,
)  # fmt: skip
NEUTRAL = STOPS.index(1.0)
SHARES = (0.5, 0.8, 0.9, 0.95, 0.99)  # the p of top-p
COLDEST, HOTTEST = 1e-3, 1e4


@dataclass(frozen=True, eq=False)
class Sweep:
    """One network's logits at every stop."""

    ids: Int[ndarray, " token"]  # the likeliest tokens, the same ones at every temperature
    probabilities: Float[ndarray, "step token"]
    entropies: Float[ndarray, " step"]  # bits, over the whole vocabulary
    n_kept: Int[ndarray, "step share"]  # how many tokens top-p keeps, for each of SHARES
    n_tokens: int  # that can be drawn at all

    @property
    def most(self) -> float:
        """The entropy at T = ∞: log₂ of the number of tokens."""
        return float(np.log2(self.n_tokens))


def at(logits: Float[ndarray, " vocab"], temperature: float) -> SamplingStage:
    """softmax(z/T), with the limits at 0 and at ∞; what was impossible stays so.

    Raises:
        ValueError: the temperature is negative or not a number.
    """
    if temperature == np.inf:
        return sampling.stage(np.where(np.isfinite(logits), 0.0, -np.inf))
    return sampling.stage(sampling.temper(logits, temperature))


def sweep(logits: Float[ndarray, " vocab"], n_shown: int) -> Sweep:
    """The distribution, its entropy and top-p's sets at all STOPS."""
    ids = sampling.rank(np.asarray(logits, dtype=np.float64))
    falling = np.asarray(logits, dtype=np.float64)[ids]  # in this order at every temperature
    stages = [at(falling, temperature) for temperature in STOPS]
    shown = min(n_shown, len(ids))
    return Sweep(
        ids[:shown],
        np.array([stage.probabilities[:shown] for stage in stages]),
        np.array([stage.entropy for stage in stages]),
        np.array([kept_by_top_p(stage) for stage in stages]),
        int(np.isfinite(falling).sum()),
    )


def kept_by_top_p(falling: SamplingStage) -> Int[ndarray, " share"]:
    """How many tokens top-p keeps of a stage whose tokens are in order, for each of SHARES."""
    from_below = np.cumsum(falling.probabilities[::-1])  # as sampling.top_p adds them up
    n_removed = np.searchsorted(from_below, 1 - np.array(SHARES), side="right")
    return np.maximum(1, len(from_below) - n_removed)


def reaching(logits: Float[ndarray, " vocab"], bits: float) -> float:
    """The temperature at which the entropy is so many bits; 0 or ∞ where none is.

    By halving, because the entropy only rises.
    """
    logits = np.asarray(logits, dtype=np.float64)
    cold, hot = COLDEST, HOTTEST
    if at(logits, cold).entropy >= bits:
        return 0.0
    if at(logits, hot).entropy <= bits:
        return float("inf")
    while hot / cold > 1.0005:
        middle = float(np.sqrt(cold * hot))
        cold, hot = (middle, hot) if at(logits, middle).entropy < bits else (cold, middle)
    return float(np.sqrt(cold * hot))


@dataclass(frozen=True)
class Pair:
    """Two tokens' logits at a temperature."""

    temperature: float
    one: float  # logits
    other: float

    @property
    def ratio(self) -> float:
        """z₁/z₂, the same at every temperature: it decides nothing. NaN where z₂ is 0."""
        return self.one / self.other if self.other else float("nan")

    @property
    def difference(self) -> float:
        """Δ = z₁ − z₂ at T = 1."""
        return self.one - self.other

    @property
    def stretched(self) -> float:
        """Δ/T, whose exponential are the odds."""
        return odds(self.difference, self.temperature) * float(np.log(10))

    @property
    def kind(self) -> str:
        """zero or infinite where the temperature is a limit, else between."""
        return {0.0: "zero", np.inf: "infinite"}.get(self.temperature, "between")


def odds(difference: float, temperature: float) -> float:
    """log₁₀ of e^(Δ/T), the odds of a token whose logit is larger by Δ.

    Raises:
        ValueError: the temperature is negative, or one of them is not a number.
    """
    if not (temperature >= 0 and np.isfinite(difference)):
        raise ValueError(
            f"a difference at a temperature from 0 up, got {difference}, {temperature}"
        )
    if difference == 0:
        return 0.0  # equals stay equals at every temperature
    if temperature == 0:
        return float(np.copysign(np.inf, difference))
    return float(difference / temperature / np.log(10))
