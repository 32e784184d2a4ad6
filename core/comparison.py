"""Two texts beside each other: what a changed word changes in the attention to all the others.

The tokens of both are laid on one axis: what they share stands on one row, and so does a token
with the one that replaces it; what only one text has stands alone. On this axis the weights of a
head can be taken from each other.

The alignment is that of Ratcliff and Obershelp 1988 ("gestalt pattern matching", Dr. Dobb's
Journal), as Python's difflib computes it: the longest common block first, then left and right of
it. Distances are total variation distances (Levin and Peres 2017, ch. 4.1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

ABSENT = -1  # the place of a token in a text that does not have it
SHORT = 256  # tokens: of longer texts, comparing every head takes more than about half a second


@dataclass(frozen=True, eq=False)
class Alignment:
    """The tokens of text A and of text B on one axis, in the order of both."""

    places_a: Int[ndarray, " position"]  # index in A, or −1
    places_b: Int[ndarray, " position"]  # index in B, or −1
    kinds: tuple[str, ...]  # same, replaced, removed (only in A) or added (only in B)

    @property
    def aligned(self) -> Int[ndarray, " position"]:
        """The rows that stand for a token of both texts."""
        return np.flatnonzero((self.places_a != ABSENT) & (self.places_b != ABSENT))

    @property
    def n_aligned(self) -> int:
        """How many rows stand for a token of both texts."""
        return len(self.aligned)


@dataclass(frozen=True)
class Change:
    """One place where the weights of the two texts differ."""

    query: int  # row of the joint axis
    key: int  # row of the joint axis
    difference: float  # B − A


@dataclass(frozen=True, eq=False)
class Difference:
    """One head's weights in both texts, on the joint axis."""

    weights_a: Float[ndarray, "query key"]  # after softmax; NaN where masked or not in A
    weights_b: Float[ndarray, "query key"]  # after softmax; NaN where masked or not in B

    @property
    def change(self) -> Float[ndarray, "query key"]:
        """B − A; NaN where one of the two is missing."""
        return self.weights_b - self.weights_a

    @property
    def unpaired(self) -> Float[ndarray, "query key"]:
        """The weight where just one text has both query and key; NaN elsewhere."""
        in_a, in_b = ~np.isnan(self.weights_a), ~np.isnan(self.weights_b)
        either = np.where(in_a, self.weights_a, self.weights_b)
        return np.where(in_a ^ in_b, either, np.float32(np.nan))

    @property
    def largest(self) -> Change | None:
        """The change that is furthest from 0; None where nothing differs that both texts have."""
        size = np.nan_to_num(np.abs(self.change))
        query, key = (int(place) for place in np.unravel_index(size.argmax(), size.shape))
        if not size[query, key] > 0:
            return None
        return Change(query, key, float(self.change[query, key]))


@dataclass(frozen=True)
class HeadDistance:
    """How much the rows of one head differ between the two texts."""

    layer: int
    head: int
    distance: float  # mean over the aligned queries, 0 to 1


@dataclass(frozen=True, eq=False)
class Survey:
    """How much each head's rows differ between the two texts."""

    distances: Float[ndarray, "layer head"]  # mean over aligned queries, 0 to 1; NaN: not computed

    @property
    def furthest(self) -> HeadDistance | None:
        """The head of the largest distance; None where there is no difference at all."""
        known = np.nan_to_num(self.distances)
        layer, head = (int(place) for place in np.unravel_index(known.argmax(), known.shape))
        if not known[layer, head] > 0:
            return None
        return HeadDistance(layer, head, float(known[layer, head]))


@dataclass(frozen=True, eq=False)
class NextTokens:
    """The likeliest next tokens of both texts; each one's probability after either."""

    token_ids: Int[ndarray, " vocab"]  # of a few, by the larger of their two probabilities
    probabilities_a: Float[ndarray, " vocab"]
    probabilities_b: Float[ndarray, " vocab"]
    distance: float  # ½ Σ |b − a| over the whole vocabulary, 0 to 1


def align(a: ForwardPass, b: ForwardPass) -> Alignment:
    """The joint axis of two runs: equal blocks of tokens, and blocks replaced one by one, aligned.

    A block replaced by one of another length is removed and added: which of its tokens would
    belong together cannot be told.

    Raises:
        ValueError: the runs are of different models.
    """
    if a.model != b.model:
        raise ValueError(f"both runs must be of one model, got {a.model} and {b.model}")
    ids_a, ids_b = ([token.id for token in forward.tokens] for forward in (a, b))
    rows = []
    for kind, in_a, in_b in _blocks(ids_a, ids_b):
        if len(in_a) == len(in_b):
            rows += [(*pair, kind) for pair in zip(in_a, in_b, strict=True)]
        else:
            rows += [(place, ABSENT, "removed") for place in in_a]
            rows += [(ABSENT, place, "added") for place in in_b]
    places_a, places_b, kinds = zip(*rows, strict=True)
    return Alignment(np.array(places_a), np.array(places_b), kinds)


def _blocks(ids_a: list[int], ids_b: list[int]) -> Iterator[tuple[str, range, range]]:
    """What stands in A and in its place in B, block by block: "same" or "replaced"."""
    # The matcher's answer can depend on which text is its first: a fixed order makes that of A
    # and B the mirror image of that of B and A. Its "junk" would be every frequent token.
    swapped = ids_b < ids_a
    first, second = (ids_b, ids_a) if swapped else (ids_a, ids_b)
    for tag, *ends in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        places = range(*ends[:2]), range(*ends[2:])
        yield ("same" if tag == "equal" else "replaced", *(places[::-1] if swapped else places))


def difference(
    a: ForwardPass, b: ForwardPass, alignment: Alignment, layer: int, head: int
) -> Difference:
    """One head's weights in A and in B, each laid on the joint axis.

    Raises:
        ValueError: the network has no such layer or head.
    """
    looks_a, looks_b = (attention.head(forward, layer, head) for forward in (a, b))
    return Difference(
        _on_joint_axis(looks_a.visible_weights, alignment.places_a, np.nan),
        _on_joint_axis(looks_b.visible_weights, alignment.places_b, np.nan),
    )


def _on_joint_axis(
    weights: Float[ndarray, "query key"], places: Int[ndarray, " position"], missing: float
) -> Float[ndarray, "position position"]:
    rows = np.flatnonzero(places != ABSENT)
    joint = np.full((len(places), len(places)), missing, dtype=weights.dtype)
    joint[np.ix_(rows, rows)] = weights
    return joint


def distance(
    a: Float[ndarray, "... key"], b: Float[ndarray, "... key"]
) -> Float[ndarray, "..."] | np.floating:
    """Total variation distance ½ Σ |b − a| over the last axis: 0 if equal, 1 if nothing is shared.

    A key that only one text has counts with all its weight, because the other gives it none.
    """
    return np.abs(b - a).sum(axis=-1) / 2


def mean_distance(
    a: ForwardPass, b: ForwardPass, alignment: Alignment, layer: int, head: int
) -> float:
    """The distance of a head's two rows, averaged over the aligned queries; NaN without any."""
    looks_a, looks_b = (attention.head(forward, layer, head) for forward in (a, b))
    rows = alignment.aligned
    if not len(rows):
        return float("nan")
    joint_a = _on_joint_axis(looks_a.attention_weights, alignment.places_a, 0.0)
    joint_b = _on_joint_axis(looks_b.attention_weights, alignment.places_b, 0.0)
    return float(distance(joint_a, joint_b)[rows].mean())


def surveyed_layers(alignment: Alignment, n_layers: int, layer: int) -> tuple[int, ...]:
    """The layers whose heads are compared at once: all for short texts, else the given one."""
    return tuple(range(n_layers)) if len(alignment.kinds) <= SHORT else (layer,)


def survey(a: ForwardPass, b: ForwardPass, alignment: Alignment, layers: Sequence[int]) -> Survey:
    """The mean distance of every head of some layers; NaN for the other layers."""
    distances = np.full((a.model.n_layers, a.model.n_heads), np.nan)
    for layer in layers:
        for head in range(a.model.n_heads):
            distances[layer, head] = mean_distance(a, b, alignment, layer, head)
    return Survey(distances)


def next_tokens(a: ForwardPass, b: ForwardPass, count: int) -> NextTokens:
    """The `count` likeliest tokens after A together with the `count` likeliest after B.

    Raises:
        ValueError: count is less than 1.
    """
    if count < 1:
        raise ValueError(f"count must be 1 or more, got {count}")
    after_a, after_b = softmax(a.logits), softmax(b.logits)
    likeliest = [np.argsort(-after, kind="stable")[:count] for after in (after_a, after_b)]
    ids = np.union1d(*likeliest)
    ids = ids[np.argsort(-np.maximum(after_a, after_b)[ids], kind="stable")]
    return NextTokens(ids, after_a[ids], after_b[ids], float(distance(after_a, after_b)))


def softmax(logits: Float[ndarray, " vocab"]) -> Float[ndarray, " vocab"]:
    """e^logit / Σ e^logit, in float64, so that sums over a large vocabulary do not drift."""
    # The largest logit is taken off first: the same ratios, and no overflow.
    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    return exponentials / exponentials.sum()
