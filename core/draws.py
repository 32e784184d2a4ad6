"""Draws: from a distribution to tokens.

One random number u from 0 to 1 picks a token: line the tokens up with their probabilities as
lengths, and take the one in which u falls. That is the inverse of the cumulative distribution.
Whether a sampler draws from the distribution that it should, a chi-square test tells: counts
scatter around n·p by √(n·p·(1 − p)), and no more.

Pearson 1900, "On the criterion …", Philosophical Magazine 50. The p-value is the incomplete gamma
function, as in Numerical Recipes, 3rd ed., sec. 6.2.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import sampling
from core.sampling import SamplingStage

LEAST_EXPECTED = 5.0  # of a bin of the test: below it, chi-square is not a good approximation

RARE = 0.01  # a p-value below it comes with one seed in a hundred


@dataclass(frozen=True, eq=False)
class Draws:
    """Tokens that were drawn, and the distribution that they were drawn from."""

    ids: Int[ndarray, " token"]  # all that can be drawn, the likeliest first
    probabilities: Float[ndarray, " token"]
    uniforms: Float[ndarray, " draw"]  # u, from 0 up to 1
    places: Int[ndarray, " draw"]  # the index among `ids` of what each u hit

    @property
    def cumulated(self) -> Float[ndarray, " token"]:
        """Where each token's part of the line ends."""
        return _cumulated(self.probabilities)

    @property
    def counts(self) -> Int[ndarray, " token"]:
        """How often each token was drawn."""
        return np.bincount(self.places, minlength=len(self.ids))

    @property
    def expected(self) -> Float[ndarray, " token"]:
        """n·p."""
        return len(self.places) * self.probabilities

    @property
    def deviations(self) -> Float[ndarray, " token"]:
        """√(n·p·(1 − p)): how far counts usually are from n·p."""
        return np.sqrt(self.expected * (1 - self.probabilities))

    @property
    def n_missed(self) -> int:
        """How many tokens that could have been drawn were not."""
        return int((self.counts == 0).sum())


@dataclass(frozen=True)
class ChiSquare:
    """Whether counts fit a distribution."""

    value: float  # Σ (count − n·p)²/(n·p)
    n_bins: int  # after the rare tokens were put together
    n_pooled: int  # tokens in the last bin
    p_value: float  # how often a true sampler is as far off or farther; NaN with a single bin

    @property
    def degrees(self) -> int:
        """Degrees of freedom: the counts add up to n, so one less than bins."""
        return self.n_bins - 1

    @property
    def verdict(self) -> str:
        """none where there is one bin only, else usual, or rare where p is below 1 in 100."""
        if self.n_bins == 1:
            return "none"
        return "usual" if self.p_value >= RARE else "rare"


def draw(distribution: SamplingStage, n: int, seed: int) -> Draws:
    """n tokens by inverse CDF, the same ones for the same seed (NumPy's PCG64).

    Raises:
        ValueError: n is less than 1, or the seed is negative.
    """
    if n < 1:
        raise ValueError(f"at least one token must be drawn, got {n}")
    if seed < 0:
        raise ValueError(f"a seed must be 0 or more, got {seed}")
    kept = np.flatnonzero(distribution.kept)
    ids = kept[sampling.rank(distribution.logits[kept])]
    probabilities = distribution.probabilities[ids]
    uniforms = np.random.default_rng(seed).random(n)
    return Draws(ids, probabilities, uniforms, hit(probabilities, uniforms))


def hit(
    probabilities: Float[ndarray, " token"], uniforms: Float[ndarray, " draw"]
) -> Int[ndarray, " draw"]:
    """For each u the first token whose end of the line lies beyond it.

    A token of probability 0 has no length, and cannot be hit.
    """
    return np.searchsorted(_cumulated(probabilities), uniforms, side="right")


def chi_square(
    counts: Int[ndarray, " token"], probabilities: Float[ndarray, " token"]
) -> ChiSquare:
    """Pearson's test of counts against probabilities, the likeliest token first.

    Tokens that are expected fewer than 5 times go into one bin together, with the next likelier
    ones until that bin is expected 5 times too.

    Raises:
        ValueError: nothing was counted, or a token came that cannot.
    """
    n = int(counts.sum())
    if n == 0:
        raise ValueError("a test needs at least one count, got 0")
    if counts[probabilities == 0].any():
        raise ValueError("a token of probability 0 was counted")
    expected = n * probabilities
    n_alone = int((expected >= LEAST_EXPECTED).sum())
    while n_alone > 0 and 0 < expected[n_alone:].sum() < LEAST_EXPECTED:
        n_alone -= 1
    is_pooled = n_alone < len(expected) and expected[n_alone:].sum() > 0
    pool = [n_alone] if is_pooled else []
    found = np.append(counts[:n_alone], [counts[place:].sum() for place in pool])
    wanted = np.append(expected[:n_alone], [expected[place:].sum() for place in pool])
    value = float(((found - wanted) ** 2 / wanted).sum())
    p_value = survival(value, len(wanted) - 1) if len(wanted) > 1 else float("nan")
    return ChiSquare(value, len(wanted), len(expected) - n_alone if is_pooled else 0, p_value)


def survival(value: float, degrees: int) -> float:
    """The probability that χ² with so many degrees of freedom is at least the value.

    Q(a, x), the upper incomplete gamma function over Γ(a), with a = degrees/2 and x = value/2: by
    its series for small x, by its continued fraction (Lentz) for large x.

    Raises:
        ValueError: the value is negative, or there is no degree of freedom.
    """
    if value < 0 or degrees < 1:
        raise ValueError(f"a value from 0 up and at least 1 degree, got {value} and {degrees}")
    a, x = degrees / 2, value / 2
    if x == 0:
        return 1.0
    factor = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-16:
            n += 1
            term *= x / n
            total += term
        return 1 - factor * total
    b, c = x + 1 - a, 1e300
    d = fraction = 1 / b
    for i in range(1, 10_000):
        step, b = -i * (i - a), b + 2
        d, c = 1 / (step * d + b), b + step / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return factor * fraction


def _cumulated(probabilities: Float[ndarray, " token"]) -> Float[ndarray, " token"]:
    """Sums up to each token. The last one that can be drawn ends at exactly 1: u is always less."""
    ends = np.cumsum(probabilities)
    ends[np.flatnonzero(probabilities)[-1] :] = 1.0
    return np.minimum(ends, 1.0)
