"""Rotary position embedding (RoPE): a position is an angle.

The d_head numbers of a query or a key are read as d_head / 2 points in the plane ("pairs"). At
position m, pair i is turned by m·θᵢ. A query and a key are turned alike, so that their dot product
depends on the distance between them and not on where they stand. Values are not turned.

Su et al. 2021, "RoFormer", arXiv:2104.09864.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray


@dataclass(frozen=True, eq=False)
class Spectrum:
    """How fast each pair turns."""

    frequencies: Float[ndarray, " pair"]  # radians per position

    @property
    def wavelengths(self) -> Float[ndarray, " pair"]:
        """Positions per full turn."""
        return 2 * np.pi / self.frequencies

    def count_unfinished(self, context_length: int) -> int:
        """How many pairs never complete a turn inside the context."""
        return int((self.wavelengths > context_length).sum())


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


def rotate(
    x: Float[ndarray, "position d_head"], angles: Float[ndarray, "position pair"]
) -> Float[ndarray, "position d_head"]:
    """Turn pair i of the vector at each position by angles[position, i].

    Pair i is (x[i], x[i + d_head/2]), as in the Llama weights of Hugging Face. RoFormer, GPT-J and
    GGUF pair neighbours, (x[2i], x[2i+1]): the same rotation with the channels in another order,
    so that weights made for one give nonsense under the other.
    """
    first, second = np.split(x, 2, axis=-1)
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
