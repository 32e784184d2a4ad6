"""Sampling: from the network's logits to the distribution that the next token is drawn from.

The logits are divided by a temperature, then the unlikely tokens are removed: all but the k most
likely (top-k), and all but the smallest set of the most likely whose probabilities reach p
(top-p, "nucleus"). What is left is normalised again. The order is that of transformers, and it
matters: a temperature before top-p changes which tokens are kept.

Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", arXiv:1904.09751.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray


@dataclass(frozen=True, eq=False)
class SamplingStage:
    """The logits after one step, and the distribution that they stand for."""

    logits: Float[ndarray, " vocab"]  # −∞ where removed
    probabilities: Float[ndarray, " vocab"]  # softmax of the logits, 1 in sum

    @property
    def kept(self) -> Bool[ndarray, " vocab"]:
        """Which tokens can still be drawn."""
        return np.isfinite(self.logits)

    @property
    def n_kept(self) -> int:
        """How many tokens can still be drawn."""
        return int(self.kept.sum())

    @property
    def entropy(self) -> float:
        """−Σ p·log₂ p, in bits."""
        likely = self.probabilities[self.probabilities > 0]
        return float(-(likely * np.log2(likely)).sum() + 0.0)  # + 0.0: no "−0.0" for a sure token

    @property
    def log_normaliser(self) -> float:
        """ln Σ e^logit, so that p = e^(logit − log_normaliser)."""
        return _log_sum_exp(self.logits)


@dataclass(frozen=True)
class Way:
    """One token's numbers through the steps: p = e^(logit / temperature) / Σ over the kept."""

    temperature: float
    logit: float
    tempered: float  # logit / temperature
    log_normaliser: float  # ln Σ e^tempered over the kept tokens
    probability: float
    fate: str  # kept, removed, or greedy when the temperature is 0


@dataclass(frozen=True, eq=False)
class Sampling:
    """The way of the logits through the steps, in their order."""

    temperature: float
    ranking: Int[ndarray, " vocab"]  # token ids, the most likely first, equal ones by number
    raw: SamplingStage
    tempered: SamplingStage
    after_top_k: SamplingStage
    final: SamplingStage  # after top-p: what is drawn from

    @property
    def removed_mass(self) -> float:
        """Probability, after the temperature, of the tokens that were then removed."""
        return float(self.tempered.probabilities[~self.final.kept].sum())

    def way_of(self, token_id: int) -> Way:
        """The numbers of one token, to be put into the formula."""
        kept = "greedy" if self.temperature == 0 else "kept"
        return Way(
            temperature=self.temperature,
            logit=float(self.raw.logits[token_id]),
            tempered=float(self.tempered.logits[token_id]),
            log_normaliser=self.final.log_normaliser,
            probability=float(self.final.probabilities[token_id]),
            fate=kept if self.final.kept[token_id] else "removed",
        )


def sample_from(
    logits: Float[ndarray, " vocab"], temperature: float = 1.0, k: int = 0, p: float = 1.0
) -> Sampling:
    """Temperature, then top-k (0: off), then top-p (1: off).

    Computed in float64, so that sums over a large vocabulary do not drift.
    """
    raw = np.asarray(logits, dtype=np.float64)
    tempered = temper(raw, temperature)
    after_top_k = top_k(tempered, k)
    ranking = rank(raw)  # the one sort of the whole vocabulary: no step before top-p changes it
    steps = raw, tempered, after_top_k, top_p(after_top_k, p, ranking)
    return Sampling(temperature, ranking, *map(stage, steps))


def rank(logits: Float[ndarray, " vocab"]) -> Int[ndarray, " vocab"]:
    """Token ids, the most likely first, equal ones by their number."""
    return np.argsort(-logits, kind="stable")


def stage(logits: Float[ndarray, " vocab"]) -> SamplingStage:
    """Logits together with their softmax."""
    return SamplingStage(logits, np.exp(logits - _log_sum_exp(logits)))


def temper(logits: Float[ndarray, " vocab"], temperature: float) -> Float[ndarray, " vocab"]:
    """logits / temperature. Below 1 sharpens, above 1 flattens; the order stays.

    0 stands for the limit: all probability on the most likely token (greedy; of equal ones the
    lowest number).

    Raises:
        ValueError: the temperature is negative or not a finite number.
    """
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature must be a finite number from 0 up, got {temperature}")
    # A temperature this small overflows the division; its softmax is already the limit's.
    if temperature < 1e-300:
        greedy = np.full_like(logits, -np.inf)
        greedy[np.argmax(logits)] = 0.0
        return greedy
    # Taking the largest off first would give the same softmax, but not the numbers of the formula.
    return logits / temperature


def top_k(logits: Float[ndarray, " vocab"], k: int) -> Float[ndarray, " vocab"]:
    """−∞ for all but the k largest; 0 keeps all. Tokens equal to the k-th stay, as in transformers.

    Fan et al. 2018, arXiv:1805.04833.

    Raises:
        ValueError: k is negative.
    """
    if k < 0:
        raise ValueError(f"k must be 0 (off) or more, got {k}")
    if k == 0 or k >= len(logits):
        return logits
    smallest_kept = np.partition(logits, -k)[-k]
    return np.where(logits >= smallest_kept, logits, -np.inf)


def top_p(
    logits: Float[ndarray, " vocab"], p: float, ranking: Int[ndarray, " vocab"] | None = None
) -> Float[ndarray, " vocab"]:
    """−∞ outside the smallest set of the most likely tokens whose probabilities reach p.

    The token that crosses p belongs to the set, so at least one is always kept; 1 keeps all.
    Whoever has ranked these logits already can hand in the `ranking`.

    Raises:
        ValueError: p is not from 0 to 1.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be from 0 to 1, got {p}")
    if p == 1:
        return logits
    ranking = rank(logits) if ranking is None else ranking
    mass_before = np.cumsum(stage(logits).probabilities[ranking])
    mass_before = np.concatenate([[0.0], mass_before[:-1]])
    kept = ranking[(mass_before < p) | (np.arange(len(logits)) == 0)]
    filtered = np.full_like(logits, -np.inf)
    filtered[kept] = logits[kept]
    return filtered


def _log_sum_exp(logits: Float[ndarray, " vocab"]) -> float:
    largest = logits.max()
    return float(largest + np.log(np.exp(logits - largest).sum()))
