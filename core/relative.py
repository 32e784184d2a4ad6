"""Only the distance counts: what RoPE makes of the dot product of a query and a key.

Turning a query by m·θ and a key by n·θ is, for their dot product, turning the query alone by
(m − n)·θ. As complex numbers hᵢ = qᵢ·k̄ᵢ, the score is a sum of one wave per pair,

    q_m·k_n = Re Σ hᵢ·e^(i(m−n)θᵢ) = Σ |hᵢ|·cos((m − n)·θᵢ + arg hᵢ),

whose size is set by the query and the key, and whose speed by the pair.

Su et al. 2021, "RoFormer", arXiv:2104.09864, section 3.4.3.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float, Int
from numpy import ndarray

from core import attention, rope
from core.attention import HeadAttention
from core.model.forward_pass import ForwardPass


@dataclass(frozen=True, eq=False)
class Vectors:
    """A query and a key as they were before they were turned."""

    query: Float[ndarray, " d_head"]
    key: Float[ndarray, " d_head"]
    spectrum: rope.Spectrum
    scale: float  # of q·k
    distance: int  # between the two in their text
    is_measured: bool  # on a network; otherwise ones, for the formula's sake

    @property
    def n_pairs(self) -> int:
        """Pairs that are turned."""
        return len(self.spectrum.frequencies)

    @property
    def products(self) -> Complex[ndarray, " pair"]:
        """hᵢ = qᵢ·k̄ᵢ · scale, as complex numbers."""
        query, key = (
            x[: self.n_pairs] + 1j * x[self.n_pairs : 2 * self.n_pairs]
            for x in (self.query, self.key)
        )
        return query * key.conj() * self.scale

    @property
    def unturned(self) -> float:
        """What the numbers beyond the pairs add to the score at any distance; mostly none."""
        beyond = slice(2 * self.n_pairs, None)
        return float(self.query[beyond] @ self.key[beyond] * self.scale)

    def strongest(self, count: int) -> tuple[int, ...]:
        """The pairs whose wave |hᵢ| is the largest, in the order of their numbers."""
        order = np.argsort(-np.abs(self.products), kind="stable")
        return tuple(sorted(order[:count].tolist()))


@dataclass(frozen=True, eq=False)
class ByDistance:
    """A score, its parts and its bound at several distances m − n."""

    distances: Int[ndarray, " distance"]
    summands: Float[ndarray, "pair distance"]  # what each pair adds to the score
    unturned: float  # what the numbers beyond the pairs add
    partial_sums: Float[ndarray, " distance"]  # mean of |S_j|: RoFormer's figure 2
    bounds: Float[ndarray, " distance"]  # never below |score|

    @property
    def scores(self) -> Float[ndarray, " distance"]:
        """q·k·scale."""
        return self.summands.sum(axis=0) + self.unturned

    @property
    def strongest(self) -> int:
        """The pair that adds or takes most at the first of the distances."""
        return int(np.abs(self.summands[:, 0]).argmax())

    @property
    def most(self) -> float:
        """The largest |score| at these distances."""
        return float(np.abs(self.scores).max())

    @property
    def slack(self) -> float:
        """How many times larger the bound is than |score|, where it is closest to it."""
        sizes = np.abs(self.scores)
        there = sizes > 0
        return float((self.bounds[there] / sizes[there]).min(initial=np.inf))

    @property
    def step(self) -> int:
        """Positions from one distance to the next."""
        return int(self.distances[-1] - self.distances[-2]) if len(self.distances) > 1 else 1


def is_known(forward: ForwardPass) -> bool:
    """Whether a run has queries and keys whose rotation can be taken back."""
    return forward.queries is not None and forward.model.rope_frequencies is not None


def of_run(forward: ForwardPass, layer: int, head: int, query: int, key: int) -> Vectors:
    """A head's query at one position and key at another, both turned back to position 0.

    Of a network without RoPE, or one that keeps only its weights: ones of the same width.

    Raises:
        ValueError: the network has no such layer or head.
    """
    attention.check_head(forward, layer, head)
    if not is_known(forward):
        return ones(forward.model.d_head, query - key)
    spectrum = rope.Spectrum(np.array(forward.model.rope_frequencies))
    queries, keys = attention.queries_and_keys(forward, layer, head)
    back = [
        rope.unrotate(rows[[place]].astype(np.float64), spectrum.angles(np.array([place])))[0]
        for rows, place in ((queries, query), (keys, key))
    ]
    return Vectors(*back, spectrum, forward.scale, query - key, is_measured=True)


def ones(d_head: int, distance: int = 0, base: float = 10_000.0) -> Vectors:
    """A query and a key of ones, with the scale 1/√d_head: all waves alike, and in step at 0."""
    same = np.ones(d_head)
    turning = rope.spectrum(d_head, base)
    return Vectors(same, same, turning, d_head**-0.5, distance, is_measured=False)


def placed(vectors: Vectors, n_positions: int) -> Float[ndarray, "query key"]:
    """q_m·k_n·scale of one query and one key, with the query at every m and the key at every n."""
    angles = vectors.spectrum.angles(np.arange(n_positions))
    queries, keys = (
        rope.rotate(np.tile(x, (n_positions, 1)), angles) for x in (vectors.query, vectors.key)
    )
    return queries @ keys.T * vectors.scale


def by_distance(vectors: Vectors, distances: Int[ndarray, " distance"]) -> ByDistance:
    """The score with the key at 0 and the query at each distance from it: parts, sum and bound."""
    angles = vectors.spectrum.angles(distances)
    queries = rope.rotate(np.tile(vectors.query, (len(distances), 1)), angles)
    keys = np.tile(vectors.key, (len(distances), 1))
    return ByDistance(
        distances=distances,
        summands=rope.summands(queries, keys, vectors.n_pairs).T * vectors.scale,
        unturned=vectors.unturned,
        partial_sums=partial_sums(angles).mean(axis=1),
        bounds=bounds(vectors, angles),
    )


def partial_sums(angles: Float[ndarray, "distance pair"]) -> Float[ndarray, "distance pair"]:
    """|S_j| with S_j = Σ_(i<j) e^(i(m−n)θᵢ), for j from 1 to the number of pairs.

    They are long where the pairs point the same way, at distance 0, and short where they cancel.
    """
    return np.abs(np.cumsum(np.exp(1j * angles), axis=1))


def bounds(
    vectors: Vectors, angles: Float[ndarray, "distance pair"]
) -> Float[ndarray, " distance"]:
    """max |hᵢ₊₁ − hᵢ| · Σ|S_j|, which |score| never exceeds: RoFormer eq. 37.

    By Abel's summation, with h = 0 after the last pair (eq. 35 and 36). It falls with the distance,
    not steadily; the score below it does what it likes. The numbers beyond the pairs come on top.
    """
    steps = np.abs(np.diff(vectors.products, append=0.0))
    return steps.max() * partial_sums(angles).sum(axis=1) + abs(vectors.unturned)


def most_read(looks: HeadAttention, row: int) -> int:
    """The key with the largest weight for a query, leaving out the first where there is another.

    Many heads rest on the first key (a "sink").
    """
    return 1 + int(looks.attention_weights[row, 1 : row + 1].argmax()) if row else 0
