"""Masks: which keys a query may look at.

A mask is a table of yes and no, one row per query and one column per key. Before the softmax the
scores of forbidden keys become −∞, so that their weights are exactly 0 and the rest of the row
shares the whole. The mask, not the attention, makes a network one that writes (causal) or one
that reads (bidirectional).

Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3; the masks name their own sources.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

KINDS = ("bidirectional", "prefix", "causal", "window", "padding", "cache")  # ever more closed
SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Masked:
    """One head's scores under a mask, and under the causal one.

    The queries are the last ones of the text, all of them unless a cache holds the earlier keys.
    """

    allowed: Bool[ndarray, "query key"]
    is_causal: Bool[ndarray, "query key"]  # what the causal mask allows
    attention_weights: Float[ndarray, "query key"]  # 1 over key, 0 where masked; NaN: no key at all
    causal_weights: Float[ndarray, "query key"]

    @property
    def visible_weights(self) -> Float[ndarray, "query key"]:
        """The weights with NaN where the mask forbids to look: not a weight of zero, no weight."""
        return np.where(self.allowed, self.attention_weights, np.float32(np.nan))

    @property
    def is_defined(self) -> Bool[ndarray, " query"]:
        """Which queries have a key to look at."""
        return self.allowed.any(axis=1)

    @property
    def n_blank(self) -> int:
        """How many queries have no key to look at."""
        return int((~self.is_defined).sum())

    @property
    def n_allowed(self) -> int:
        """How many pairs of query and key are allowed."""
        return int(self.allowed.sum())

    @property
    def share_allowed(self) -> float:
        """The same as a share of all pairs."""
        return float(self.allowed.mean())

    @property
    def mean_entropy(self) -> float:
        """−Σ w·log₂ w in bits, mean over the rows that are defined."""
        return float(entropies(self.attention_weights[self.is_defined]).mean())

    @property
    def mean_causal_entropy(self) -> float:
        """The same under the causal mask, over the same rows."""
        return float(entropies(self.causal_weights[self.is_defined]).mean())

    @property
    def most_changed(self) -> int:
        """Position of the query that the mask changes most, measured by ½·Σ |w − w_causal|.

        A row that has become undefined has not gone anywhere, and the first query has only itself
        under the causal mask: they are taken where nothing else is left. Of equal ones, the last.
        """
        change = np.abs(self.attention_weights - self.causal_weights).sum(axis=1) / 2
        change[~self.is_defined] = -1
        change[self.is_causal.sum(axis=1) == 1] = -1
        return self.position(len(change) - 1 - int(change[::-1].argmax()))

    def n_seen(self, position: int) -> int:
        """How many keys the query at a position may look at."""
        return int(self.allowed[self.row(position)].sum())

    def position(self, row: int) -> int:
        """The place in the text of a row's query."""
        n_queries, n_keys = self.allowed.shape
        return n_keys - n_queries + row

    def row(self, position: int) -> int:
        """The row of the query at a position; the first row for one that is only in the cache."""
        n_queries, n_keys = self.allowed.shape
        return max(0, position - (n_keys - n_queries))


def under(
    forward: ForwardPass, layer: int, head: int, allowed: Bool[ndarray, "query key"]
) -> Masked:
    """A head's weights as they would be under another mask, from its own queries and keys.

    Only this one softmax is taken anew: the queries and keys come from layers that ran under the
    causal mask, and the network was trained with it.

    Raises:
        ValueError: the run has no queries and keys, no such layer or head, or the mask is not made
            for its tokens.
    """
    if forward.queries is None:
        raise ValueError(f"{forward.model.name} has no queries and keys to be masked anew")
    n_queries, n_keys = allowed.shape
    if n_keys != len(forward.tokens) or n_queries > n_keys:
        raise ValueError(f"a mask of {n_queries} × {n_keys} for {len(forward.tokens)} tokens")
    card = forward.model
    _check("layer", layer, 0, card.n_layers - 1)
    _check("head", head, 0, card.n_heads - 1)
    shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
    queries = forward.queries[layer, head, n_keys - n_queries :]
    scores = attention.scores(queries, forward.keys[layer, shared], forward.scale)
    is_causal = causal(n_queries, n_keys)
    return Masked(
        allowed=allowed,
        is_causal=is_causal,
        attention_weights=masked_softmax(scores, allowed),
        causal_weights=masked_softmax(scores, is_causal),
    )


def masked_softmax(
    scores: Float[ndarray, "query key"], allowed: Bool[ndarray, "query key"]
) -> Float[ndarray, "query key"]:
    """Softmax over the allowed keys; exactly 0 for the others.

    A row without an allowed key is 0/0: NaN. Libraries that put a large negative number in place
    of −∞ get a uniform row there, which looks like a result and is none.
    """
    has_key = allowed.any(axis=-1, keepdims=True)
    masked = np.where(allowed, scores, -np.inf)
    # The largest score is taken off first: the same ratios, and no overflow.
    largest = np.where(has_key, masked.max(axis=-1, keepdims=True), 0)
    exponentials = np.exp(masked - largest)
    total = np.where(has_key, exponentials.sum(axis=-1, keepdims=True), np.nan)
    return (exponentials / total).astype(scores.dtype)


def entropies(attention_weights: Float[ndarray, "query key"]) -> Float[ndarray, " query"]:
    """−Σ w·log₂ w of each row, in bits: 0 for one key, log₂ n for n keys alike."""
    logarithms = np.log2(np.where(attention_weights > 0, attention_weights, 1))
    return -(attention_weights * logarithms).sum(axis=1) + 0.0  # + 0.0: no "−0.0" for one key


def bidirectional(n: int) -> Bool[ndarray, "query key"]:
    """Everything: for reading a finished text. Devlin et al. 2018 (BERT), arXiv:1810.04805."""
    return np.ones((n, n), dtype=bool)


def prefix(n: int, length: int) -> Bool[ndarray, "query key"]:
    """Causal, but the first `length` tokens, the prompt, see each other both ways.

    Raffel et al. 2019 (T5), arXiv:1910.10683, figure 3; ChatGLM reads its prompt so.
    """
    _check("prefix length", length, 0, n)
    return causal(n, n) | (np.arange(n) < length)


def causal(n_queries: int, n_keys: int) -> Bool[ndarray, "query key"]:
    """Each query sees itself and what stands before it.

    With fewer queries than keys (the earlier keys come from a cache) the queries are the last
    ones: the diagonal ends in the lower right corner. From the upper left one, the newest query
    would see only the oldest key.
    """
    _check("number of queries", n_queries, 0, n_keys)
    return np.tri(n_queries, n_keys, k=n_keys - n_queries, dtype=bool)


def sliding_window(n: int, width: int) -> Bool[ndarray, "query key"]:
    """Causal, but only the last `width` keys, the query's own among them.

    Beltagy et al. 2020, arXiv:2004.05150; Jiang et al. 2023 (Mistral), arXiv:2310.06825. Counted
    as the code of Mistral does: key > query − width.
    """
    if width < 1:
        raise ValueError(f"width must be 1 or more, got {width}")
    return causal(n, n) & ~np.tri(n, k=-width, dtype=bool)


def padding(n: int, count: int, side: str) -> Bool[ndarray, "query key"]:
    """Causal, and no query sees the `count` first ("left") or last ("right") keys.

    Texts of one batch are filled up to equal length with padding tokens, which nobody may read. On
    the left, the padding's own queries are left without any key.
    """
    _check("padding", count, 0, n)
    if side not in SIDES:
        raise ValueError(f"side must be one of {SIDES}, got {side!r}")
    places = np.arange(n)
    is_text = places >= count if side == "left" else places < n - count
    return causal(n, n) & is_text


def of_kind(kind: str, n: int, size: int = 0, side: str = "left") -> Bool[ndarray, "query key"]:
    """The mask under its name, for n tokens; what `size` counts depends on the kind."""
    match kind:
        case "bidirectional":
            return bidirectional(n)
        case "prefix":
            return prefix(n, size)
        case "causal":
            return causal(n, n)
        case "window":
            return sliding_window(n, size)
        case "padding":
            return padding(n, size, side)
        case "cache":
            return causal(size, n)
    raise ValueError(f"kind must be one of {KINDS}, got {kind!r}")


def sizes(kind: str, n: int) -> range:
    """The sizes for which `of_kind` leaves something to be seen; 0 alone if the kind has none."""
    least_and_most = {"prefix": (0, n), "window": (1, n), "padding": (0, n - 1), "cache": (1, n)}
    least, most = least_and_most.get(kind, (0, 0))
    return range(least, most + 1)


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least} to {most}, got {value}")
