"""Attention: how much each token reads from each token before it.

A query is compared with every key by their dot product; the softmax of these scores are the
weights with which the values are added up. The causal mask leaves a token only itself and what
stands before it.

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, eq. 1.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.model.forward_pass import ForwardPass


@dataclass(frozen=True, eq=False)
class HeadAttention:
    """One head's reading of a text."""

    attention_weights: Float[ndarray, "query key"]  # after softmax, 1 over key; 0 where masked

    @property
    def visible_weights(self) -> Float[ndarray, "query key"]:
        """The weights with NaN where the mask forbids to look: not a weight of zero, no weight."""
        seen = np.tri(len(self.attention_weights), dtype=bool)
        return np.where(seen, self.attention_weights, np.float32(np.nan))

    @property
    def most_selective_query(self) -> int:
        """The query with the largest weight on one key further back than its neighbour.

        The first key is left out because many heads rest there (a "sink"). The last query where
        no other key exists.
        """
        others = np.tril(self.attention_weights, k=-2)[:, 1:]
        if not others.any():
            return len(self.attention_weights) - 1
        return int(others.max(axis=1).argmax())


def head(forward: ForwardPass, layer: int, head: int) -> HeadAttention:
    """The attention weights of one head, from the queries and keys that the run left behind.

    Raises:
        ValueError: the network has no such layer or head.
    """
    for name, index, count in (
        ("layer", layer, forward.model.n_layers),
        ("head", head, forward.model.n_heads),
    ):
        if not 0 <= index < count:
            raise ValueError(f"{name} must be from 0 to {count - 1}, got {index}")
    if forward.attention_weights is not None:
        return HeadAttention(forward.attention_weights[layer, head])
    shared = key_value_head(head, forward.model.n_heads, forward.model.n_key_value_heads)
    raw = scores(forward.queries[layer, head], forward.keys[layer, shared], forward.scale)
    return HeadAttention(causal_softmax(raw))


def key_value_head(head: int, n_heads: int, n_key_value_heads: int) -> int:
    """Which key-value head a query head reads: ⌊head / (n_heads / n_key_value_heads)⌋.

    Neighbouring query heads share one ("grouped-query attention"), not every n-th.
    Ainslie et al. 2023, arXiv:2305.13245.
    """
    return head // (n_heads // n_key_value_heads)


def scores(
    queries: Float[ndarray, "query d_head"], keys: Float[ndarray, "key d_head"], scale: float
) -> Float[ndarray, "query key"]:
    """Scaled dot products q·k·scale, with scale = 1/√d_head in most networks, before any mask."""
    return queries @ keys.T * np.float32(scale)


def causal_softmax(scores: Float[ndarray, "query key"]) -> Float[ndarray, "query key"]:
    """Softmax over the keys that are not after their query; exactly 0 for the others."""
    allowed = np.where(np.tri(*scores.shape, dtype=bool), scores, -np.inf)
    # The largest score is taken off first: the same ratios, and no overflow.
    exponentials = np.exp(allowed - allowed.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
