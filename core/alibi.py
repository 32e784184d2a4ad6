"""ALiBi, attention with linear biases: a score loses m for every position of distance.

softmax(q·k/√d_k − m·(i − j)) for the query at i and the key at j. Queries and keys hold no position
at all. Each head has a slope m of its own, which is not learned: heads with a large one read what
is near, heads with a small one read far.

Press et al. 2021, "Train Short, Test Long", arXiv:2108.12409.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core import absolute, attention, masks
from core.model.forward_pass import ForwardPass

SCORES = ("unrotated", "own", "flat")


@dataclass(frozen=True, eq=False)
class Heads:
    """The slopes of n heads, and what follows from them."""

    slopes: Float[ndarray, " head"]  # per position of distance
    naive: Float[ndarray, " head"]  # what the formula for powers of two would give
    n_first: int  # heads of the first series

    @property
    def n_between(self) -> int:
        """Heads that have slopes of the next power's series."""
        return len(self.slopes) - self.n_first

    @property
    def half_distances(self) -> Float[ndarray, " head"]:
        """Positions after which a head's factor is one half."""
        return half_distance(self.slopes)

    @property
    def steepest(self) -> float:
        """The largest slope."""
        return float(self.slopes.max())

    @property
    def gentlest(self) -> float:
        """The smallest slope."""
        return float(self.slopes.min())

    @property
    def nearest_half(self) -> float:
        """Positions after which the steepest head's factor is one half."""
        return float(self.half_distances.min())

    @property
    def furthest_half(self) -> float:
        """Positions after which the gentlest head's factor is one half."""
        return float(self.half_distances.max())


@dataclass(frozen=True, eq=False)
class Biased:
    """One head's scores, the bias, and the weights with it and without."""

    scores: Float[ndarray, "query key"]  # q·k times the scale
    bias: Float[ndarray, "query key"]  # −∞ where the mask forbids to look
    attention_weights: Float[ndarray, "query key"]  # softmax(scores + bias), 1 over key
    plain_weights: Float[ndarray, "query key"]  # softmax of the scores under the same mask

    @property
    def is_seen(self) -> Bool[ndarray, "query key"]:
        """Which keys a query may look at."""
        return np.isfinite(self.bias)

    @property
    def distance(self) -> float:
        """How far the queries look: Σ weight·|i − j|, mean over the queries."""
        return self._mean_distance(self.attention_weights)

    @property
    def plain_distance(self) -> float:
        """The same without the bias."""
        return self._mean_distance(self.plain_weights)

    def _mean_distance(self, weights: Float[ndarray, "query key"]) -> float:
        return float((weights * distances(len(weights))).sum(axis=1).mean())


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a text's run shows of one head under one way to tell positions."""

    attention_weights: Float[ndarray, "query key"]
    surprisals: Float[ndarray, " target"]  # bits

    @property
    def loss(self) -> float:
        """Mean surprisal, in bits per token; NaN where nothing was predicted."""
        return float(self.surprisals.mean()) if len(self.surprisals) else float("nan")

    @property
    def perplexity(self) -> float:
        """2^loss."""
        return float(np.exp2(self.loss))


def heads(n_heads: int) -> Heads:
    """The slopes of all heads, beside the naive ones. Raises what `slopes` raises."""
    return Heads(slopes(n_heads), naive_slopes(n_heads), first_series(n_heads))


def slopes(n_heads: int) -> Float[ndarray, " head"]:
    """The slope of each head, as the authors' code has them.

    For a power of two a geometric series, 2^(−8h/n) with h from 1. For another number the series
    of the nearest lower power of two; the heads that are left get every second slope of the next
    power's series: one above the first series, the others between its slopes.

    Raises:
        ValueError: n_heads is not positive.
    """
    n_first = first_series(n_heads)
    between = naive_slopes(2 * n_first)[::2]
    return np.concatenate([naive_slopes(n_first), between[: n_heads - n_first]])


def first_series(n_heads: int) -> int:
    """How many heads have the slopes of the first series: the nearest lower power of two.

    Raises:
        ValueError: n_heads is not positive.
    """
    if n_heads < 1:
        raise ValueError(f"n_heads must be 1 or more, got {n_heads}")
    return 1 << (n_heads.bit_length() - 1)


def naive_slopes(n_heads: int) -> Float[ndarray, " head"]:
    """2^(−8h/n) with h from 1: right for powers of two, and often taken for all numbers.

    Raises:
        ValueError: n_heads is not positive.
    """
    if n_heads < 1:
        raise ValueError(f"n_heads must be 1 or more, got {n_heads}")
    return 2.0 ** (-8 * np.arange(1, n_heads + 1) / n_heads)


def half_distance(slopes: Float[ndarray, " head"]) -> Float[ndarray, " head"]:
    """Positions after which e^(−m·distance) is one half: ln 2 / m."""
    return np.log(2) / slopes


def distances(n: int) -> Int[ndarray, "query key"]:
    """|i − j| for n positions."""
    places = np.arange(n)
    return np.abs(places[:, None] - places)


def bias(
    slopes: Float[ndarray, " head"], n: int, *, is_symmetric: bool = False
) -> Float[ndarray, "head query key"]:
    """−m·|i − j| for each head; −∞ for keys after their query, unless it is symmetric.

    The paper's is causal. Networks that read both ways, such as encoders, take the symmetric one:
    it cannot tell left from right. BLOOM's code adds m·j instead: the same but for one number in
    each row, −m·i, which softmax takes no notice of.
    """
    allowed = masks.bidirectional(n) if is_symmetric else masks.causal(n, n)
    return np.where(allowed, slopes[:, None, None] * -distances(n), -np.inf)


def window(slopes: Float[ndarray, " head"], n: int, share: float) -> Int[ndarray, " head"]:
    """How many of the nearest keys hold a share of the weight, where all n scores are equal.

    The weights e^(−m·distance) are a geometric series: the first c of n hold
    (1 − e^(−m·c)) / (1 − e^(−m·n)), which is solved for c.

    Raises:
        ValueError: the share is not between 0 and 1, or n is not positive.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    count = -np.log1p(share * np.expm1(-slopes * n)) / slopes
    return np.clip(np.ceil(count - 1e-9), 1, n).astype(np.int64)  # 3.0000001 keys are three


def acting_slope(slope: float, scale: float, *, is_before_scale: bool) -> float:
    """The slope as it arrives in the softmax.

    The bias is added to q·k·scale. Added to q·k before the scale, by mistake, it would be made
    smaller with it: √d_k times too weak.
    """
    return slope * scale if is_before_scale else slope


def known_scores(forward: ForwardPass) -> list[str]:
    """Which of SCORES this run allows."""
    has_queries = forward.queries is not None
    known = {
        "unrotated": has_queries and forward.model.rope_frequencies is not None,
        "own": has_queries,
    }
    return [kind for kind in SCORES if known.get(kind, True)]


def scores(kind: str, forward: ForwardPass, layer: int, head: int) -> Float[ndarray, "query key"]:
    """The scores that the bias is added to, before any mask.

    own: q·k·scale, whatever positions are in q and k. unrotated: the same with RoPE taken off,
    because ALiBi puts no position into them. flat: 0, so that only the bias is left.

    Raises:
        ValueError: no such layer or head, or no such scores of this run.
    """
    attention.check_head(forward, layer, head)
    if kind not in known_scores(forward):
        raise ValueError(f"the scores of this run are {known_scores(forward)}, got {kind!r}")
    if kind == "flat":
        return np.zeros((len(forward.tokens), len(forward.tokens)))
    of_head = absolute.unrotated if kind == "unrotated" else attention.queries_and_keys
    return attention.scores(*of_head(forward, layer, head), forward.scale)


def biased(
    scores: Float[ndarray, "query key"], slope: float, *, is_symmetric: bool = False
) -> Biased:
    """softmax(scores + bias), with what goes into it, and without the bias for comparison."""
    (added,) = bias(np.array([slope]), len(scores), is_symmetric=is_symmetric)
    allowed = np.isfinite(added)
    return Biased(
        scores=scores,
        bias=added,
        attention_weights=masks.masked_softmax(scores + np.where(allowed, added, 0), allowed),
        plain_weights=masks.masked_softmax(scores, allowed),
    )


def encoded(forward: ForwardPass, layer: int, head: int) -> Encoded:
    """One head's weights and the bits of a run.

    Raises:
        ValueError: the network has no such layer or head.
    """
    return Encoded(attention.weights_of(forward, layer, head), forward.surprisals)
