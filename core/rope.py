"""Rotary position embedding (RoPE): a position is an angle.

The d_head numbers of a query or a key are read as d_head / 2 points in the plane ("pairs"). At
position m, pair i is turned by m·θᵢ. A query and a key are turned alike, so that their dot product
depends on the distance between them and not on where they stand. Values are not turned.

Su et al. 2021, "RoFormer", arXiv:2104.09864.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ModelCard


@dataclass(frozen=True, eq=False)
class Spectrum:
    """How fast each pair turns."""

    frequencies: Float[ndarray, " pair"]  # radians per position

    @property
    def wavelengths(self) -> Float[ndarray, " pair"]:
        """Positions per full turn."""
        return 2 * np.pi / self.frequencies

    @property
    def middle(self) -> int:
        """The pair halfway from the fastest to the slowest."""
        return len(self.frequencies) // 2

    def count_unfinished(self, context_length: int) -> int:
        """How many pairs never complete a turn inside the context."""
        return int((self.wavelengths > context_length).sum())

    def angles(self, positions: Int[ndarray, " position"]) -> Float[ndarray, "position pair"]:
        """m·θᵢ for each position m and pair i, in radians and not cut to one turn."""
        return np.outer(positions, self.frequencies)


@dataclass(frozen=True, eq=False)
class Planes:
    """A query and a key in the planes of some pairs, unturned and at several positions."""

    pairs: tuple[int, ...]
    spectrum: Spectrum  # of these pairs
    positions: Int[ndarray, " position"]
    query: Float[ndarray, "pair 2"]  # as position 0 leaves it
    key: Float[ndarray, "pair 2"]
    queries: Float[ndarray, "position pair 2"]
    keys: Float[ndarray, "position pair 2"]


def spectrum(d_head: int, base: float = 10_000.0) -> Spectrum:
    """The turning speed of each pair, θᵢ = base^(−2i / d_head), with i counted from 0.

    Pair 0 turns fastest, one radian per position. Hugging Face calls θ `inv_freq` and the base
    `rope_theta`. RoFormer eq. 15 counts i from 1.

    Raises:
        ValueError: d_head is odd or not positive, or base is not a finite number above 1.
    """
    if d_head <= 0 or d_head % 2:
        raise ValueError(f"d_head must be even and positive to be split into pairs, got {d_head}")
    if not 1 < base < np.inf:
        raise ValueError(f"base must be finite and above 1, got {base}")
    return Spectrum(base ** (-np.arange(0, d_head, 2) / d_head))


def turned_width(card: ModelCard) -> int:
    """How many numbers of a head are turned: all of them, except in networks such as GPT-NeoX."""
    known = card.rope_frequencies
    return card.d_head if known is None else 2 * len(known)


def rotate(
    x: Float[ndarray, "position d_head"], angles: Float[ndarray, "position pair"]
) -> Float[ndarray, "position d_head"]:
    """Turn pair i of the vector at each position by angles[position, i], counter-clockwise.

    Pair i is (x[i], x[i + n]) with n pairs, as in the Llama weights of Hugging Face. RoFormer,
    GPT-J and GGUF pair neighbours, (x[2i], x[2i+1]): the same rotation with the channels in
    another order, so that weights made for one give nonsense under the other. Numbers beyond the
    pairs are left as they are.
    """
    n_pairs = angles.shape[-1]
    first, second, rest = np.split(x, [n_pairs, 2 * n_pairs], axis=-1)
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([first * cos - second * sin, second * cos + first * sin, rest], axis=-1)


def unrotate(
    x: Float[ndarray, "position d_head"], angles: Float[ndarray, "position pair"]
) -> Float[ndarray, "position d_head"]:
    """What `rotate` was given: a rotation is taken back by the same one the other way round."""
    return rotate(x, -angles)


def points(x: Float[ndarray, "position d_head"], n_pairs: int) -> Float[ndarray, "position pair 2"]:
    """Each pair of a vector as a point in its plane."""
    return np.stack([x[:, :n_pairs], x[:, n_pairs : 2 * n_pairs]], axis=-1)


def summands(
    queries: Float[ndarray, "position d_head"],
    keys: Float[ndarray, "position d_head"],
    n_pairs: int,
) -> Float[ndarray, "position pair"]:
    """What each pair adds to the dot product q·k: qᵢ·kᵢ + qᵢ₊ₙ·kᵢ₊ₙ."""
    return (points(queries, n_pairs) * points(keys, n_pairs)).sum(axis=-1)


def planes(
    query: Float[ndarray, " d_head"],
    key: Float[ndarray, " d_head"],
    spectrum: Spectrum,
    pairs: tuple[int, ...],
    positions: Int[ndarray, " position"],
) -> Planes:
    """An unturned query and key, put at each of the positions, in the planes of the pairs.

    Raises:
        ValueError: there is no such pair.
    """
    n_pairs = len(spectrum.frequencies)
    if not all(0 <= pair < n_pairs for pair in pairs):
        raise ValueError(f"a pair must be from 0 to {n_pairs - 1}, got {pairs}")
    chosen, angles = list(pairs), spectrum.angles(positions)

    def at(x, angles):
        return points(rotate(np.tile(x, (len(angles), 1)), angles), n_pairs)[:, chosen]

    still = np.zeros((1, n_pairs))
    return Planes(
        pairs=pairs,
        spectrum=Spectrum(spectrum.frequencies[chosen]),
        positions=positions,
        query=at(query, still)[0],
        key=at(key, still)[0],
        queries=at(query, angles),
        keys=at(key, angles),
    )
