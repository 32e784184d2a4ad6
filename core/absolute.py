"""Positions before RoPE: a vector for each place, added to the token's; and why there must be any.

Attention compares every query with every key, wherever they stand. Without positions and without a
mask, a text in another order has the same weights in another order: attention sees a bag of tokens.
The first Transformer adds to each token sines and cosines of its position. A learned table has one
row for each position that was trained, and none beyond.

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, section 3.5.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention, masks, rope
from core.model.forward_pass import ForwardPass

ROUNDING = 1e-6  # of weights
MOST_ROWS = 256  # of a trained table that are shown


@dataclass(frozen=True, eq=False)
class Table:
    """A vector for each position, and what the dot product of two of them depends on."""

    positions: Float[ndarray, "position d_model"]
    products: Float[ndarray, "query key"]  # of any two rows
    means: Float[ndarray, " distance"]  # of the products at each distance
    spreads: Float[ndarray, " distance"]  # the largest less the smallest of them

    @property
    def largest_spread(self) -> float:
        """0, up to rounding, where a product depends on the distance alone."""
        return float(self.spreads.max())


@dataclass(frozen=True, eq=False)
class Learned:
    """A trained table, thinned where it is long, and how alike its rows are."""

    n_positions: int  # that the whole table has; there is no row for the next one
    places: Int[ndarray, " position"]  # the positions of the rows below
    positions: Float[ndarray, "position d_model"]
    cosines: Float[ndarray, "query key"]  # of any two of these rows
    means: Float[ndarray, " distance"]  # of the cosines at each of the distances
    smallest: Float[ndarray, " distance"]
    largest: Float[ndarray, " distance"]

    @property
    def d_model(self) -> int:
        """Numbers in a row."""
        return self.positions.shape[1]

    @property
    def distances(self) -> Int[ndarray, " distance"]:
        """How far apart two of the places are: the places themselves, as the first one is 0."""
        return self.places

    @property
    def step(self) -> int:
        """Positions from one of the rows to the next."""
        return int(self.places[1])

    @property
    def nearest(self) -> float:
        """The mean cosine of two rows that stand as near as any here."""
        return float(self.means[1])

    @property
    def elsewhere(self) -> float:
        """The mean cosine of two rows that stand further apart."""
        apart = np.triu_indices(len(self.cosines), k=2)
        return float(self.cosines[apart].mean())

    @property
    def widest(self) -> float:
        """The most that two cosines at one distance differ by: 0 where only the distance counts."""
        return float((self.largest - self.smallest).max())

    @property
    def usual_size(self) -> float:
        """What only one of a hundred numbers exceeds; a few may be many times larger."""
        return float(np.quantile(np.abs(self.positions), 0.99))

    @property
    def of_formula(self) -> Float[ndarray, " distance"]:
        """The cosines of a sinusoidal table as wide as this one, at the same distances."""
        speeds = rope.spectrum(max(2, self.d_model // 2 * 2)).frequencies
        return np.cos(np.outer(self.distances, speeds)).mean(axis=1)


@dataclass(frozen=True, eq=False)
class Shuffled:
    """One head's weights of a text, and of the same tokens in another order."""

    order: Int[ndarray, " position"]  # of each new place, the place where its token stood
    before: Float[ndarray, "query key"]  # 1 over key; NaN where masked
    after: Float[ndarray, "query key"]  # of the shuffled text, at the new places
    put_back: Float[ndarray, "query key"]  # the same, each token at its old place again

    @property
    def changes(self) -> Float[ndarray, "query key"]:
        """What each weight is more, or less, after the shuffling; NaN where masked in both orders.

        A key that is masked in one of them has the weight 0 there.
        """
        change = np.nan_to_num(self.put_back) - np.nan_to_num(self.before)
        return np.where(np.isnan(self.put_back) & np.isnan(self.before), np.nan, change)

    @property
    def largest_change(self) -> float:
        """0, up to rounding, where attention does not notice the order."""
        return float(np.nanmax(np.abs(self.changes)))

    @property
    def notices_order(self) -> bool:
        """Whether any weight changes by more than rounding."""
        return self.largest_change > ROUNDING


def sinusoidal(n_positions: int, d_model: int) -> Float[ndarray, "position d_model"]:
    """A row for each position: sin(m·θᵢ) in column 2i and cos(m·θᵢ) in column 2i + 1.

    θᵢ = 10000^(−2i/d_model): the speeds with which RoPE turns its pairs, here written down instead
    of turned by. Many programs put all sines before all cosines: the same columns in another order.

    Raises:
        ValueError: n_positions is not positive, or d_model is odd or not positive.
    """
    if n_positions < 1:
        raise ValueError(f"n_positions must be 1 or more, got {n_positions}")
    if d_model <= 0 or d_model % 2:
        raise ValueError(f"d_model must be even and positive to hold pairs, got {d_model}")
    frequencies = rope.spectrum(d_model, base=10_000.0).frequencies
    angles = np.outer(np.arange(n_positions), frequencies)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_positions, d_model)


def table(n_positions: int, d_model: int) -> Table:
    """The sinusoidal table with the dot products of its rows.

    sin a·sin b + cos a·cos b = cos(a − b), so that PE_m·PE_n = Σᵢ cos((m − n)·θᵢ): the distance is
    left, the places are gone. Raises what `sinusoidal` raises.
    """
    positions = sinusoidal(n_positions, d_model)
    products = positions @ positions.T
    at_distance = _by_distance(products)
    return Table(
        positions=positions,
        products=products,
        means=np.array([found.mean() for found in at_distance]),
        spreads=np.array([found.max() - found.min() for found in at_distance]),
    )


def learned(rows: Float[ndarray, "position d_model"]) -> Learned:
    """A trained table with the cosines of its rows, cos(a, b) = a·b / (‖a‖‖b‖).

    The sines and cosines of the formula have rows of one length, √(d/2), so that there a cosine is
    the dot product on another scale. Trained rows are of any length; one long row would hide the
    others. Nothing but training makes the rows of neighbours alike. A row of zeros is like none: 0.

    Raises:
        ValueError: there are fewer than three rows.
    """
    if len(rows) < 3:
        raise ValueError(f"a table needs three rows to be compared, got {len(rows)}")
    places = np.arange(0, len(rows), math.ceil(len(rows) / MOST_ROWS))
    shown = rows[places]
    lengths = np.linalg.norm(shown, axis=1, keepdims=True)
    directions = np.divide(shown, lengths, out=np.zeros_like(shown), where=lengths > 0)
    cosines = directions @ directions.T
    at_distance = _by_distance(cosines)
    return Learned(
        n_positions=len(rows),
        places=places,
        positions=shown,
        cosines=cosines,
        means=np.array([found.mean() for found in at_distance]),
        smallest=np.array([found.min() for found in at_distance]),
        largest=np.array([found.max() for found in at_distance]),
    )


def unrotated(
    forward: ForwardPass, layer: int, head: int
) -> tuple[Float[ndarray, "query d_head"], Float[ndarray, "key d_head"]]:
    """A head's queries and keys with the network's rotation taken off: turned back by −m·θᵢ.

    Some networks turn only the first numbers of a head; the others are left as they are.

    Raises:
        ValueError: the network has no such layer or head, or no rotation that can be taken off.
    """
    attention.check_head(forward, layer, head)
    if forward.queries is None or forward.model.rope_frequencies is None:
        raise ValueError(f"{forward.model.name} has no rotation that can be taken off")
    queries, keys = attention.queries_and_keys(forward, layer, head)
    angles = _angles(forward)
    return rope.unrotate(queries, angles), rope.unrotate(keys, angles)


def shuffled(
    forward: ForwardPass,
    head: int,
    order: Int[ndarray, " position"],
    *,
    is_rotated: bool,
    is_causal: bool,
) -> Shuffled:
    """A head of layer 0 on the text and on the same tokens in another order.

    In layer 0, queries and keys without their rotation depend on the token alone. So the shuffled
    text has the same ones in another order, and needs no run of its own. In higher layers they have
    read what stood before them. Without RoPE, or without the causal mask, the network is another
    one than was trained.

    Raises:
        ValueError: as `unrotated`, or the order does not hold every position once.
    """
    n = len(forward.tokens)
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"an order of {n} tokens holds each position once, got {order.tolist()}")
    plain = unrotated(forward, 0, head)
    angles = _angles(forward) * is_rotated
    allowed = masks.causal(n, n) if is_causal else masks.bidirectional(n)

    def weights(queries: ndarray, keys: ndarray) -> Float[ndarray, "query key"]:
        turned = rope.rotate(queries, angles), rope.rotate(keys, angles)
        found = masks.masked_softmax(attention.scores(*turned, forward.scale), allowed)
        return np.where(allowed, found, np.nan)

    before = weights(*plain)
    after = weights(*(rows[order] for rows in plain))
    old_places = np.argsort(order)
    return Shuffled(order, before, after, after[np.ix_(old_places, old_places)])


def every_way(
    forward: ForwardPass, head: int, order: Int[ndarray, " position"]
) -> dict[tuple[bool, bool], Shuffled]:
    """`shuffled` without RoPE and with it, under no mask and the causal one: (rotated, causal)."""
    return {
        (is_rotated, is_causal): shuffled(
            forward, head, order, is_rotated=is_rotated, is_causal=is_causal
        )
        for is_rotated in (False, True)
        for is_causal in (False, True)
    }


def order(n_tokens: int, seed: int) -> Int[ndarray, " position"]:
    """Another order of the tokens, drawn at random; a single token has no other one."""
    draws = np.random.default_rng(seed)
    drawn = draws.permutation(n_tokens)
    while n_tokens > 1 and (drawn == np.arange(n_tokens)).all():
        drawn = draws.permutation(n_tokens)
    return drawn


def _by_distance(pairs: Float[ndarray, "query key"]) -> list[Float[ndarray, " position"]]:
    """The diagonals: the pairs of each distance, from 0 on."""
    return [np.diagonal(pairs, distance) for distance in range(len(pairs))]


def _angles(forward: ForwardPass) -> Float[ndarray, "position pair"]:
    spectrum = rope.Spectrum(np.array(forward.model.rope_frequencies))
    return spectrum.angles(np.arange(len(forward.tokens)))
