"""The learned numbers of the network that writes words backwards, without the program that trains.

`core/model/reverser.py` writes the file; the forward pass that uses it is in
`core/cross_attention.py`.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

LETTERS = "abcdefghijklmnopqrstuvwxyz"
START, END = 26, 27  # tokens 0 … 25 are the letters
LONGEST = 12  # letters of a word
FILE = Path(__file__).with_name("reverser.npz")
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Attention:
    """The weights of one attention; its heads stand side by side in the columns."""

    norm: Float[ndarray, " d_model"]  # scale of the layer norm before it
    query: Float[ndarray, "d_model d_model"]
    key: Float[ndarray, "d_model d_model"]
    value: Float[ndarray, "d_model d_model"]
    output: Float[ndarray, "d_model d_model"]


@dataclass(frozen=True, eq=False)
class FeedForward:
    """The weights of two linear maps, between which stands a ReLU."""

    norm: Float[ndarray, " d_model"]
    up: Float[ndarray, "d_model d_inner"]
    down: Float[ndarray, "d_inner d_model"]


@dataclass(frozen=True, eq=False)
class EncoderLayer:
    """Reads the input: every letter may look at every letter."""

    attention: Attention
    feed_forward: FeedForward


@dataclass(frozen=True, eq=False)
class DecoderLayer:
    """Writes: looks at what is written so far, then at the input."""

    attention: Attention
    cross: Attention
    feed_forward: FeedForward


@dataclass(frozen=True, eq=False)
class Network:
    """An encoder and a decoder that share their table of letters, and how well they learned."""

    letters: Float[ndarray, "vocab d_model"]  # also turns the decoder's output into logits
    encoder_positions: Float[ndarray, "position d_model"]
    decoder_positions: Float[ndarray, "position d_model"]
    encoder_norm: Float[ndarray, " d_model"]
    decoder_norm: Float[ndarray, " d_model"]
    encoder: tuple[EncoderLayer, ...]
    decoder: tuple[DecoderLayer, ...]
    n_heads: int
    n_parameters: int
    n_held_out: int  # strings that were never trained on
    accuracy: float  # share of them that come out right from the first letter to the end


def load(file: Path = FILE) -> Network:
    """The network as it was trained, its arrays read-only."""
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for array in arrays.values():
        array.setflags(write=False)

    def part(kind: type[Part], name: str) -> Part:
        return kind(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(kind)})

    def layers(kind: type[Part], name: str) -> tuple[Part, ...]:
        inner = {field.name: field.type for field in fields(kind)}
        return tuple(
            kind(**{place: part(inner[place], f"{name}.{layer}.{place}") for place in inner})
            for layer in range(int(arrays["n_layers"]))
        )

    learned = [array for array in arrays.values() if array.ndim]
    tables = ("letters", "encoder_positions", "decoder_positions", "encoder_norm", "decoder_norm")
    return Network(
        **{name: arrays[name] for name in tables},
        encoder=layers(EncoderLayer, "encoder"),
        decoder=layers(DecoderLayer, "decoder"),
        n_heads=int(arrays["n_heads"]),
        n_parameters=sum(array.size for array in learned),
        n_held_out=int(arrays["n_held_out"]),
        accuracy=float(arrays["accuracy"]),
    )
