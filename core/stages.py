"""The stages of one head: products, scale, mask, softmax, and the values that are added up.

softmax(QKᵀ/√d_k + mask)·V, one step after the other, with every number on the way.

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, eq. 1 and figure 2 (left).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

WINDOW = 128  # queries and keys that are looked at together


@dataclass(frozen=True, eq=False)
class Stages:
    """What one head makes of a text, step by step."""

    queries: Float[ndarray, "query d_head"]  # position encoding included
    keys: Float[ndarray, "key d_head"]  # position encoding included
    values: Float[ndarray, "key d_value"]
    scale: float  # 1/√d_k in most networks
    products: Float[ndarray, "query key"]  # q·k
    scores: Float[ndarray, "query key"]  # q·k times the scale
    masked: Float[ndarray, "query key"]  # −∞ where the key is after the query
    attention_weights: Float[ndarray, "query key"]  # after softmax, 1 over key
    outputs: Float[ndarray, "query d_value"]  # the weighted sum of the values

    @property
    def most_selective_query(self) -> int:
        """The query worth looking at first; see HeadAttention."""
        return attention.HeadAttention(self.attention_weights).most_selective_query

    def strongest_key(self, query: int) -> int:
        """The key that a query gives the largest weight."""
        return int(self.attention_weights[query].argmax())


@dataclass(frozen=True, eq=False)
class Cell:
    """One query and one key, with every number that their weight is made of."""

    terms: Float[ndarray, " d_head"]  # q_i·k_i
    product: float  # their sum
    score: float  # times the scale
    largest: float  # score of the row, taken off before the exponential
    exponentials: Float[ndarray, " key"]  # of the row; 0 where masked
    weight: float
    is_masked: bool

    @property
    def denominator(self) -> float:
        """What the row's exponentials add up to."""
        return float(self.exponentials.sum())


def stages(forward: ForwardPass, layer: int, head: int) -> Stages | None:
    """All stages of one head; None for a network that keeps only its weights.

    Raises:
        ValueError: the network has no such layer or head.
    """
    attention.check_head(forward, layer, head)
    if forward.queries is None:
        return None
    queries, keys = attention.queries_and_keys(forward, layer, head)
    card = forward.model
    shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
    values = forward.values[layer, shared]
    products = queries @ keys.T
    scores = products * np.float32(forward.scale)
    # Not 0: a score of 0 would still get its part of the softmax.
    masked = np.where(np.tri(len(scores), dtype=bool), scores, -np.inf)
    weights = attention.causal_softmax(scores)
    return Stages(
        queries, keys, values, forward.scale, products, scores, masked, weights, weights @ values
    )


def cell(stages: Stages, query: int, key: int) -> Cell:
    """How the weight of one query on one key comes about.

    Raises:
        ValueError: there is no such query or key.
    """
    n = len(stages.products)
    if not (0 <= query < n and 0 <= key < n):
        raise ValueError(f"query and key must be from 0 to {n - 1}, got {query} and {key}")
    terms = stages.queries[query] * stages.keys[key]
    row = stages.masked[query]
    return Cell(
        terms=terms,
        product=float(terms.sum()),
        score=float(stages.scores[query, key]),
        largest=float(row.max()),
        exponentials=np.exp(row - row.max()),
        weight=float(stages.attention_weights[query, key]),
        is_masked=key > query,
    )


def window(place: int, n: int) -> slice:
    """The positions around a place that are looked at together: WINDOW of them, or all.

    It moves in steps of half its width, so that a place near the chosen one stays where it is.
    """
    start = (2 * place // WINDOW) * WINDOW // 2 - WINDOW // 4
    start = max(0, min(start, n - WINDOW))
    return slice(start, min(n, start + WINDOW))
