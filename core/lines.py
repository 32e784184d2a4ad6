"""Lines from queries to keys: several heads of a layer at once, without what is too faint to see.

The picture of Vig 2019, "A Multiscale Visualization of Attention in the Transformer Model",
arXiv:1906.05714, with the same weights as everywhere here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

FAINTEST = 0.05  # weight that is still drawn
MOST = 2_000  # lines of a head


@dataclass(frozen=True, eq=False)
class HeadLines:
    """The strongest weights of one head, as pairs of positions."""

    head: int
    queries: Int[ndarray, " line"]
    keys: Int[ndarray, " line"]
    weights: Float[ndarray, " line"]  # the largest first
    share_drawn: float  # of all weight of the head; the rest is fainter or beyond MOST

    def starting_in(self, first: int, stop: int) -> "HeadLines":
        """The lines from the queries at positions first … stop − 1."""
        here = (self.queries >= first) & (self.queries < stop)
        parts = self.queries[here], self.keys[here], self.weights[here]
        return HeadLines(self.head, *parts, self.share_drawn)


def lines(forward: ForwardPass, layer: int, lens: str = "raw") -> list[HeadLines]:
    """The lines of every head of a layer, through one of attention.LENSES.

    Raises:
        ValueError: no such layer, or the run does not allow the lens.
    """
    return [of_head(forward, layer, head, lens) for head in range(forward.model.n_heads)]


def of_head(forward: ForwardPass, layer: int, head: int, lens: str) -> HeadLines:
    """The lines of one head. Raises what `lines` raises."""
    weights = np.nan_to_num(attention.through(lens, forward, layer, head).attention_weights)
    queries, keys = np.nonzero(weights >= FAINTEST)
    found = weights[queries, keys]
    strongest = np.argsort(-found, kind="stable")[:MOST]
    total = float(weights.sum()) or 1.0
    return HeadLines(
        head,
        queries[strongest],
        keys[strongest],
        found[strongest],
        float(found[strongest].sum()) / total,
    )


def mean_of_heads(
    forward: ForwardPass, layer: int, heads: Sequence[int], lens: str = "raw"
) -> attention.HeadAttention:
    """The mean of several heads' weights; its rows add up to 1 as theirs do.

    Raises:
        ValueError: no head is given; or what `lines` raises.
    """
    if not heads:
        raise ValueError("a mean needs at least one head, got none")
    total = sum(attention.through(lens, forward, layer, head).attention_weights for head in heads)
    return attention.HeadAttention(total / np.float32(len(heads)))
