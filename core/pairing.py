"""Two pairings, and the base: what of RoPE belongs to the weights.

The same rotation is written in two ways. Half-split: pair i is (x[i], x[i + n]) with n pairs
(GPT-NeoX, Llama in Hugging Face). Interleaved: pair i is (x[2i], x[2i + 1]) (RoFormer, GPT-J,
Llama as Meta published it, GGUF). One is the other with the numbers in another order. So neither
is better, but weights that were trained with one, or with one base, fail with another.

Su et al. 2021, "RoFormer", arXiv:2104.09864, eq. 34; Black et al. 2022, arXiv:2204.06745.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention, rope
from core.attention import HeadAttention
from core.model.forward_pass import ForwardPass


@dataclass(frozen=True, eq=False)
class Pairings:
    """One vector, turned at several positions under either pairing."""

    positions: Int[ndarray, " position"]
    before: Float[ndarray, " d_head"]
    halves: Float[ndarray, "position d_head"]
    neighbours: Float[ndarray, "position d_head"]


@dataclass(frozen=True, eq=False)
class Change:
    """One head's weights and the cost of each token: as trained, and with another encoding.

    Where nothing was run yet, what is after the change is None.
    """

    before: HeadAttention
    after: HeadAttention | None
    surprisals_before: Float[ndarray, " target"]  # bits; of tokens 1 … n−1
    surprisals_after: Float[ndarray, " target"] | None  # bits

    @property
    def loss_before(self) -> float:
        """Mean surprisal, in bits per token; NaN where nothing was predicted."""
        return _mean(self.surprisals_before)

    @property
    def loss_after(self) -> float:
        """The same with the other encoding; NaN where it was not run."""
        return _mean(self.surprisals_after)

    @property
    def moved(self) -> float:
        """Half of Σ|after − before| over the keys, the mean over the queries: 0 alike, 1 apart."""
        if self.after is None:
            return np.nan
        apart = np.abs(self.after.attention_weights - self.before.attention_weights)
        return float(apart.sum(axis=1).mean() / 2)


def rotate_neighbours(
    x: Float[ndarray, "position d_head"], angles: Float[ndarray, "position pair"]
) -> Float[ndarray, "position d_head"]:
    """Turn pair i, here (x[2i], x[2i + 1]), by angles[position, i]; compare rope.rotate."""
    width = 2 * angles.shape[-1]
    first, second = x[:, 0:width:2], x[:, 1:width:2]
    cos, sin = np.cos(angles), np.sin(angles)
    turned = x.copy()
    turned[:, 0:width:2] = first * cos - second * sin
    turned[:, 1:width:2] = second * cos + first * sin
    return turned


def order(d_head: int) -> Int[ndarray, " d_head"]:
    """Where the numbers go, so that neighbours become halves: 0, 2, 4 …, then 1, 3, 5 …

    rope.rotate(x[order]) = rotate_neighbours(x)[order]. Converting weights between the formats is
    this, done once to the rows of W_Q and W_K.

    Raises:
        ValueError: d_head is odd or not positive.
    """
    if d_head <= 0 or d_head % 2:
        raise ValueError(f"d_head must be even and positive to be split into pairs, got {d_head}")
    return np.arange(d_head).reshape(-1, 2).T.ravel()


def both(
    x: Float[ndarray, " d_head"], spectrum: rope.Spectrum, positions: Int[ndarray, " position"]
) -> Pairings:
    """An unturned vector at each of the positions, under either pairing."""
    rows, angles = np.tile(x, (len(positions), 1)), spectrum.angles(positions)
    return Pairings(positions, x, rope.rotate(rows, angles), rotate_neighbours(rows, angles))


def change(forward: ForwardPass, other: ForwardPass | None, layer: int, head: int) -> Change:
    """What another encoding changes in a head and in the loss; `other` is the run with it.

    Raises:
        ValueError: the network has no such layer or head, or the runs are of different lengths.
    """
    before = attention.head(forward, layer, head)
    if other is None:
        return Change(before, None, forward.surprisals, None)
    if len(other.tokens) != len(forward.tokens):
        lengths = len(forward.tokens), len(other.tokens)
        raise ValueError(f"both runs must be of the same text, got {lengths} tokens")
    after = attention.head(other, layer, head)
    return Change(before, after, forward.surprisals, other.surprisals)


def another_base(base: float | None) -> int:
    """A base to try: RoFormer's 10,000, or 100,000 where the network has that one already."""
    return 100_000 if base == 10_000 else 10_000


def _mean(surprisals: Float[ndarray, " target"] | None) -> float:
    return np.nan if surprisals is None or not len(surprisals) else float(surprisals.mean())
