"""Ablation: what the network predicts when a head is silent, and so what the head does.

A weight shows where a head looks, not whether the network uses what it finds there. To ablate is to
replace what a head carries, by zeros or by its mean over the text, and to run the rest as it is.
The Kullback-Leibler divergence says how far the prediction has moved: the bits per token that
whoever believes the new prediction loses when the old one is true,

    KL(before ‖ after) = Σ p·(log₂ p − log₂ q),  p before, q after.

Michel et al. 2019, "Are Sixteen Heads Really Better than One?", arXiv:1905.10650; by the mean:
Wang et al. 2022, arXiv:2211.00593, section 2.1.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ForwardPass
from core.model.questions import Ablated


@dataclass(frozen=True, eq=False)
class Effect:
    """Two predictions of a text: by the network as it is, and with heads ablated.

    Where nothing was ablated yet, all that is after it is NaN.
    """

    token_ids: Int[ndarray, " candidate"]  # of a few, the likeliest before the ablation first
    probabilities_before: Float[ndarray, " candidate"]
    probabilities_after: Float[ndarray, " candidate"]
    divergence: float  # bits; KL(before ‖ after) over the whole vocabulary
    surprisals_before: Float[ndarray, " target"]  # bits; of tokens 1 … n−1
    surprisals_after: Float[ndarray, " target"]  # bits

    @property
    def is_measured(self) -> bool:
        """Whether there was a run with heads ablated."""
        return bool(np.isfinite(self.divergence))

    @property
    def changes(self) -> Float[ndarray, " target"]:
        """Bits that each token costs more, or less, than before."""
        return self.surprisals_after - self.surprisals_before

    @property
    def loss_before(self) -> float:
        """Mean surprisal, in bits per token; NaN where nothing was predicted."""
        return _mean(self.surprisals_before)

    @property
    def loss_after(self) -> float:
        """Mean surprisal with the heads ablated."""
        return _mean(self.surprisals_after)

    @property
    def perplexity_before(self) -> float:
        """2^loss_before."""
        return float(np.exp2(self.loss_before))

    @property
    def perplexity_after(self) -> float:
        """2^loss_after."""
        return float(np.exp2(self.loss_after))


@dataclass(frozen=True)
class Influence:
    """How much ablating one head alone changes."""

    layer: int
    head: int
    size: float  # in the unit of what was ranked


def effect(answer: Ablated, count: int) -> Effect:
    """What the ablation changed; of the next tokens, the `count` likeliest before and after it.

    Raises:
        ValueError: count is not 1 or more.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or more, got {count}")
    before, after = log_softmax(answer.logits_before), log_softmax(answer.logits_after)
    likely = np.union1d(_likeliest(before, count), _likeliest(after, count))
    likely = likely[np.argsort(-before[likely], kind="stable")]
    return Effect(
        token_ids=likely,
        probabilities_before=np.exp(before[likely]),
        probabilities_after=np.exp(after[likely]),
        divergence=divergence(before, after),
        surprisals_before=answer.surprisals_before.astype(np.float64),
        surprisals_after=answer.surprisals_after.astype(np.float64),
    )


def divergence(before: Float[ndarray, " vocab"], after: Float[ndarray, " vocab"]) -> float:
    """KL(before ‖ after) in bits, of two distributions given by the logarithms of e^….

    0 where they are equal, and never less; not the same the other way round.
    """
    nats = (np.exp(before) * (before - after)).sum()
    return float(np.maximum(nats, 0.0) / np.log(2))  # rounding may leave −1e-17


def log_softmax(logits: Float[ndarray, " vocab"]) -> Float[ndarray, " vocab"]:
    """z − ln Σ e^z, in float64: small probabilities keep their logarithm."""
    exact = np.asarray(logits, dtype=np.float64)
    shifted = exact - exact.max()
    return shifted - np.log(np.exp(shifted).sum())


def untouched(forward: ForwardPass) -> Ablated:
    """A run before any ablation: what would be after it is NaN."""
    return Ablated(
        logits_before=forward.logits,
        logits_after=np.full_like(forward.logits, np.nan),
        surprisals_before=forward.surprisals,
        surprisals_after=np.full_like(forward.surprisals, np.nan),
    )


def strongest(sizes: Float[ndarray, "layer head"], count: int) -> tuple[Influence, ...]:
    """The heads whose ablation changes most, up or down; fewer where there are not so many.

    Raises:
        ValueError: count is not 1 or more.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or more, got {count}")
    order = np.argsort(-np.abs(sizes), axis=None, kind="stable")[:count]  # NaN comes last
    places = (np.unravel_index(place, sizes.shape) for place in order)
    return tuple(
        Influence(int(layer), int(head), float(sizes[layer, head]))
        for layer, head in places
        if np.isfinite(sizes[layer, head])
    )


def _likeliest(
    log_probabilities: Float[ndarray, " vocab"], count: int
) -> Int[ndarray, " candidate"]:
    if not np.isfinite(log_probabilities).all():  # nothing was measured
        return np.zeros(0, dtype=np.int64)
    return np.argsort(-log_probabilities, kind="stable")[:count]


def _mean(surprisals: Float[ndarray, " target"]) -> float:
    return float(surprisals.mean()) if len(surprisals) else float("nan")
