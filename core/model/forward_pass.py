"""What one run of a network over a text leaves behind, as read-only NumPy arrays.

Queries, keys and values of every layer are kept instead of the attention maps that follow from
them: at 1,024 tokens 110 MB instead of 1.1 GB, and a map is computed when somebody looks at it.
"""

from dataclasses import dataclass, fields

from jaxtyping import Float
from numpy import ndarray

from core.tokens import Token


class Shared:
    """A result that many people look at: its arrays are locked, and their bytes counted."""

    def __post_init__(self):
        for value in self._values():
            if isinstance(value, ndarray):
                value.setflags(write=False)

    @property
    def n_bytes(self) -> int:
        """Memory that the arrays take, those of a result within it included."""
        owners = (value for value in self._values() if isinstance(value, ndarray | Shared))
        return sum(v.nbytes if isinstance(v, ndarray) else v.n_bytes for v in owners)

    def _values(self) -> list:
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True)
class ModelCard:
    """What was run, and its dimensions under the field's names."""

    name: str  # as its makers call it
    weights: str  # where the numbers come from, e.g. "Q4_1 GGUF, dequantised"
    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    n_parameters: int
    context_length: int  # trained, in positions
    device: str  # cuda, mps or cpu
    dtype: str  # of the weights while running
    rope_base: float | None = None  # None for a network without RoPE
    # Radians per position of each pair, as it was trained; None where they cannot be replaced.
    rope_frequencies: tuple[float, ...] | None = None
    rope_factor: float = 1.0  # on rotated queries and keys each; YaRN's, for one, is another

    @property
    def has_pairs(self) -> bool:
        """Whether the numbers of a head can be read as points in the plane, as RoPE does."""
        return self.d_head % 2 == 0


@dataclass(frozen=True, eq=False)
class ForwardPass(Shared):
    """One run over one text. Its arrays are read-only, so that people can share it.

    `output_norms` are the lengths that the values have once the head's part of the output
    projection has brought them into the residual stream.

    A network whose attention is more than softmax(scale · q·k) under the causal mask (ALiBi,
    sliding windows, soft capping) has `attention_weights` kept as the library computed them, and
    no queries, keys and values.
    """

    model: ModelCard
    text: str
    tokens: tuple[Token, ...]
    vocabulary: tuple[bytes, ...]  # every token of the model, shared by all its runs
    logits: Float[ndarray, " vocab"]  # for the token after the last one
    surprisals: Float[ndarray, " target"]  # bits; of tokens 1 … n−1, the first has no prediction
    scale: float  # of q·k, 1/√d_head in most networks
    queries: Float[ndarray, "layer head query d_head"] | None  # position encoding included
    keys: Float[ndarray, "layer kv_head key d_head"] | None  # position encoding included
    values: Float[ndarray, "layer kv_head key d_value"] | None
    attention_weights: Float[ndarray, "layer head query key"] | None  # after softmax, 1 over key
    output_norms: Float[ndarray, "layer head key"] | None = None  # ‖W_O v‖; None: no such map found
    is_stored: bool = False  # read from the file that comes with the program, not run now

    def token(self, token_id: int) -> Token:
        """The vocabulary's entry under a number."""
        return Token(token_id, self.vocabulary[token_id])
