"""Attention: how much each token reads from each token before it.

A query is compared with every key by their dot product; the softmax of these scores are the
weights with which the values are added up. The causal mask leaves a token only itself and what
stands before it.

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, eq. 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.model.forward_pass import ForwardPass

LENSES = ("raw", "without_sink", "values", "outputs")


@dataclass(frozen=True, eq=False)
class HeadAttention:
    """One head's reading of a text."""

    attention_weights: Float[ndarray, "query key"]  # after softmax, 1 over key; 0 where masked

    @property
    def sink_share(self) -> float:
        """The mean share of the first key, over the queries that have another; NaN without one."""
        later = self.attention_weights[1:, 0]
        return float(later.mean()) if len(later) else np.nan

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
        others = np.nan_to_num(np.tril(self.attention_weights, k=-2)[:, 1:])
        if not others.any():
            return len(self.attention_weights) - 1
        return int(others.max(axis=1).argmax())


@dataclass(frozen=True, eq=False)
class Carried:
    """How long the values are that a head adds up, and what that makes of its weights."""

    value_norms: Float[ndarray, " key"]  # ‖v‖
    output_norms: Float[ndarray, " key"]  # ‖W_O·v‖, in the residual stream
    sink_weight: float  # mean weight on the first key, over the queries that have another
    sink_output: float  # the same of a·‖W_O·v‖, as a share

    @property
    def first_norm(self) -> float:
        """‖W_O·v‖ of the first key."""
        return float(self.output_norms[0])

    @property
    def other_norm(self) -> float:
        """The mean of ‖W_O·v‖ over the other keys; NaN without one."""
        others = self.output_norms[1:]
        return float(others.mean()) if len(others) else np.nan


def carried(forward: ForwardPass, layer: int, head: int) -> Carried | None:
    """What stands behind the weights of one head; None where values are not known."""
    if "outputs" not in lenses(forward):
        return None
    return Carried(
        factors("values", forward, layer, head),
        factors("outputs", forward, layer, head),
        through("raw", forward, layer, head).sink_share,
        through("outputs", forward, layer, head).sink_share,
    )


def head(forward: ForwardPass, layer: int, head: int) -> HeadAttention:
    """The attention weights of one head, from the queries and keys that the run left behind.

    Raises:
        ValueError: the network has no such layer or head.
    """
    return HeadAttention(weights_of(forward, layer, head))


def weights_of(forward: ForwardPass, layer: int, head: int) -> Float[ndarray, "query key"]:
    """softmax(q·k·scale) of a head, as `head` returns it and raising what it raises."""
    check_head(forward, layer, head)
    if forward.attention_weights is not None:
        return forward.attention_weights[layer, head]
    queries, keys = queries_and_keys(forward, layer, head)
    return causal_softmax(scores(queries, keys, forward.scale))


def blocks(
    forward: ForwardPass, layer: int, n_rows: int = 64
) -> Iterator[tuple[int, Float[ndarray, "head query key"]]]:
    """The same weights for all heads of a layer, a few rows at a time, with the keys that count.

    Yields the position of the first row and the rows. For going through many heads: little is
    computed above the diagonal, and a block stays near the processor. Raises what `head` raises.
    """
    check_head(forward, layer, 0)
    for start in range(0, len(forward.tokens), n_rows):
        stop = min(start + n_rows, len(forward.tokens))
        if forward.attention_weights is not None:
            yield start, forward.attention_weights[layer, :, start:stop, :stop]
        else:
            yield start, _block(forward, layer, start, stop)


def _block(
    forward: ForwardPass, layer: int, start: int, stop: int
) -> Float[ndarray, "head query key"]:
    n_groups, n_heads = forward.model.n_key_value_heads, forward.model.n_heads
    queries = forward.queries[layer, :, start:stop] * np.float32(forward.scale)
    # Heads of a group ask the same keys: one product for all of them.
    asked = queries.reshape(n_groups, -1, queries.shape[-1])
    weights = asked @ forward.keys[layer, :, :stop].swapaxes(1, 2)
    weights = weights.reshape(n_heads, stop - start, stop)
    weights[..., start:][..., ~np.tri(stop - start, dtype=bool)] = -np.inf
    # In place, which is most of the speed; the steps are those of causal_softmax.
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights *= 1 / weights.sum(axis=-1, keepdims=True)
    return weights


def lenses(forward: ForwardPass) -> list[str]:
    """The lenses that this run allows: lengths of values are not known of every network."""
    known = {"values": forward.values is not None, "outputs": forward.output_norms is not None}
    return [lens for lens in LENSES if known.get(lens, True)]


def through(lens: str, forward: ForwardPass, layer: int, head: int) -> HeadAttention:
    """One head's weights, seen through a lens; the rows add up to 1 again.

    raw: as they are. without_sink: the first key taken out; the first row then has none, NaN.
    values: a·‖v‖, because a large weight on a short value carries little. outputs: ‖W_O·(a·v)‖ =
    a·‖W_O·v‖, the length of what the head adds to the residual stream from each key.
    Kobayashi et al. 2020, "Attention is Not Only a Weight", arXiv:2004.10102, eq. 5.

    Raises:
        ValueError: no such layer, head or lens, or not for this network.
    """
    if lens not in lenses(forward):
        raise ValueError(f"the lenses of this run are {lenses(forward)}, got {lens!r}")
    weights = weights_of(forward, layer, head)
    if lens == "raw":
        return HeadAttention(weights)
    return HeadAttention(reweighted(weights, factors(lens, forward, layer, head)))


def factors(lens: str, forward: ForwardPass, layer: int, head: int) -> Float[ndarray, " key"]:
    """What a lens multiplies the weight on each key with."""
    if lens == "values":
        shared = key_value_head(head, forward.model.n_heads, forward.model.n_key_value_heads)
        return np.linalg.norm(forward.values[layer, shared], axis=-1)
    if lens == "outputs":
        return forward.output_norms[layer, head]
    kept = np.ones(len(forward.tokens), np.float32)
    kept[0] = 0.0 if lens == "without_sink" else 1.0
    return kept


def reweighted(
    weights: Float[ndarray, "query key"], factors: Float[ndarray, " key"]
) -> Float[ndarray, "query key"]:
    """Each weight times its key's factor, as a share of its row; NaN in a row of zeros."""
    products = weights * factors
    sums = products.sum(axis=-1, keepdims=True)
    return np.divide(products, sums, where=sums > 0, out=np.full_like(products, np.nan))


def check_head(forward: ForwardPass, layer: int, head: int):
    """Raises: ValueError: the network has no such layer or head."""
    for name, index, count in (
        ("layer", layer, forward.model.n_layers),
        ("head", head, forward.model.n_heads),
    ):
        if not 0 <= index < count:
            raise ValueError(f"{name} must be from 0 to {count - 1}, got {index}")


def queries_and_keys(
    forward: ForwardPass, layer: int, head: int
) -> tuple[Float[ndarray, "query d_head"], Float[ndarray, "key d_head"]]:
    """What a head asks with, and the keys that its group shares; position encoding included."""
    shared = key_value_head(head, forward.model.n_heads, forward.model.n_key_value_heads)
    return forward.queries[layer, head], forward.keys[layer, shared]


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
    return (queries * np.float32(scale)) @ keys.T


def causal_softmax(scores: Float[ndarray, "query key"]) -> Float[ndarray, "query key"]:
    """Softmax over the keys that are not after their query; exactly 0 for the others.

    Fewer queries than keys are the last ones, as with a KV cache: the last row sees all keys.
    """
    n_queries, n_keys = scores.shape
    allowed = np.tri(n_queries, n_keys, n_keys - n_queries, dtype=bool)
    masked = np.where(allowed, scores, -np.inf)
    # The largest score is taken off first: the same ratios, and no overflow.
    exponentials = np.exp(masked - masked.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
