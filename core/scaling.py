"""The scale of the scores: why a dot product is divided by √d_head before the softmax.

A dot product adds up d_head products. If these are independent, with mean 0 and variance 1, their
sum has variance d_head: the wider the head, the further the scores lie apart. The softmax then puts
nearly all on one key, and there its gradient is nearly 0. Division by √d_head brings the variance
back to 1 at any width. Division by d_head would be too much: the scores come so close to each other
that every key gets nearly the same.

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, section 3.2.1, footnote 4.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
N_QUERIES, MOST_KEYS = 64, 256  # of the random vectors


@dataclass(frozen=True, eq=False)
class Weighing:
    """What the softmax makes of dot products under one scale."""

    scale: float  # each dot product is multiplied by it
    attention_weights: Float[ndarray, "query key"]  # after softmax, 1 over key; 0 where masked

    @property
    def gradients(self) -> Float[ndarray, " query"]:
        """Σᵢ pᵢ(1 − pᵢ) per query: the trace of the softmax's Jacobian ∂pᵢ/∂sⱼ = pᵢ(δᵢⱼ − pⱼ).

        No eigenvalue of this matrix is negative, so that it is all zero where its trace is. The
        trace is 0 for a weight of 1, and 1 − 1/n for n equal weights.
        """
        return (self.attention_weights * (1 - self.attention_weights)).sum(axis=1)

    @property
    def gradient(self) -> float:
        """The mean of the gradients over the queries."""
        return float(self.gradients.mean())

    @property
    def entropy(self) -> float:
        """−Σ p·log₂ p in bits, the mean over the queries."""
        likely = np.where(self.attention_weights > 0, self.attention_weights, 1)
        return float(-(likely * np.log2(likely)).sum(axis=1).mean() + 0.0)  # + 0.0: no "−0.0"

    @property
    def largest(self) -> float:
        """The largest weight, the mean over the queries."""
        return float(self.attention_weights.max(axis=1).mean())


@dataclass(frozen=True, eq=False)
class Comparison:
    """The same dot products under three scales."""

    unscaled: Weighing  # 1
    by_root: Weighing  # 1/√d_head; for a real head, the scale that it was trained with
    by_width: Weighing  # 1/d_head, a mistake


@dataclass(frozen=True, eq=False)
class Gradients:
    """The size of the softmax's gradient at every width, over the random queries."""

    means: Float[ndarray, " step"]
    medians: Float[ndarray, " step"]  # of a typical query: half of them have less


@dataclass(frozen=True, eq=False)
class Course:
    """What happens from the narrowest to the widest vectors, one step per width."""

    widths: Int[ndarray, " step"]
    variances: Float[ndarray, " step"]  # of q·k, measured
    unscaled: Gradients
    by_root: Gradients


def dot_products(d_head: int, seed: int) -> Float[ndarray, "query key"]:
    """q·k of 64 random queries with 256 random keys, whose components are N(0, 1).

    Raises:
        ValueError: d_head is not positive, or seed is negative.
    """
    if d_head < 1:
        raise ValueError(f"d_head must be 1 or more, got {d_head}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    random = np.random.default_rng((seed, d_head))
    queries = random.standard_normal((N_QUERIES, d_head))
    keys = random.standard_normal((MOST_KEYS, d_head))
    return queries @ keys.T


def weigh(products: Float[ndarray, "query key"], scale: float) -> Weighing:
    """softmax(scale · q·k) over all keys."""
    scores = products * scale
    # The largest score is taken off first: the same ratios, and no overflow.
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return Weighing(scale, exponentials / exponentials.sum(axis=1, keepdims=True))


def compare(d_head: int, n_keys: int, seed: int) -> Comparison:
    """Random queries over the first n_keys random keys, under the three scales.

    Raises:
        ValueError: there are not so many keys.
    """
    if not 1 <= n_keys <= MOST_KEYS:
        raise ValueError(f"n_keys must be from 1 to {MOST_KEYS}, got {n_keys}")
    products = dot_products(d_head, seed)[:, :n_keys]
    return Comparison(*(weigh(products, scale) for scale in (1.0, d_head**-0.5, 1 / d_head)))


def course(n_keys: int, seed: int) -> Course:
    """The variance of q·k and the size of the gradients at every width."""
    variances = [dot_products(width, seed).var() for width in WIDTHS]
    steps = [compare(width, n_keys, seed) for width in WIDTHS]
    return Course(
        np.array(WIDTHS),
        np.array(variances),
        _gradients([step.unscaled for step in steps]),
        _gradients([step.by_root for step in steps]),
    )


def _gradients(weighings: list[Weighing]) -> Gradients:
    sizes = np.array([weighing.gradients for weighing in weighings])
    return Gradients(sizes.mean(axis=1), np.median(sizes, axis=1))


def compare_head(forward: ForwardPass, layer: int, head: int) -> Comparison:
    """A real head's own queries and keys under the three scales, with the causal mask.

    The head was trained with its scale: under the others it is not the head that would have been
    learnt with them, but this one with its scores stretched or shrunk.

    Raises:
        ValueError: the run has kept no queries and keys.
    """
    if forward.queries is None:
        raise ValueError("a run with queries and keys is needed, got one with weights only")
    card = forward.model
    shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
    queries, keys = forward.queries[layer, head], forward.keys[layer, shared]
    return Comparison(
        *(
            Weighing(scale, attention.causal_softmax(attention.scores(queries, keys, scale)))
            for scale in (1.0, forward.scale, 1 / card.d_head)
        )
    )
