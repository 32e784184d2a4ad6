"""Questions: what a network expects all along a text, and how far two expectations are apart.

Plain values: torch-free. The work is in contrasting.py.
"""

from dataclasses import dataclass, field

from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ModelCard, Shared
from core.model.switch import Switch
from core.tokens import Token

N_CANDIDATES = 10  # tokens kept of each pair of distributions


@dataclass(frozen=True)
class Reading:
    """A text as a network reads it, with what its predictions can be made from again."""

    text: str
    switch: Switch | None = None  # another position encoding; None: the network as it is

    def n_tokens(self, model) -> int:
        """The text, once."""
        from core.model import contrasting

        return contrasting.count(model, self)

    def steps(self, model, is_stopped):
        """A few dozen tokens a step."""
        from core.model import contrasting

        return contrasting.read(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Read(Shared):
    """What is kept of a reading: 2.4 MB for 1,024 tokens of SmolLM2, whose logits take 200 MB.

    The output layer makes the logits out of the states; it belongs to the network, and is gone
    with it.
    """

    model: ModelCard
    text: str
    tokens: tuple[Token, ...]
    vocabulary: tuple[bytes, ...] = field(repr=False)  # shared by all that the network reads
    byte_stops: Int[ndarray, " token"]  # of the text in UTF-8, the byte after each token
    surprisals: Float[ndarray, " target"]  # bits; of tokens 1 … n−1, the first has no prediction
    states: Float[ndarray, "position d_model"]  # after the last norm
    output_layer: object = field(repr=False)  # a weak reference to the network's

    def has_tokens_of(self, other: "Read") -> bool:
        """Whether both predict the same tokens under the same numbers."""
        return self.vocabulary is other.vocabulary or self.vocabulary == other.vocabulary


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: a text, the network that reads it, and a temperature."""

    text: str
    temperature: float = 1.0  # of its predictions; 0: all for the likeliest token
    switch: Switch | None = None
    network: str = ""  # the name of the second network; none: the loaded one
    # Its reading, where it is at hand: the text is not run again. A second network's has to be.
    read: Read | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Contrast:
    """How far the predictions of A and of B are apart, wherever their texts agree."""

    a: Side
    b: Side

    def n_tokens(self, model) -> int:
        """Both texts."""
        from core.model import contrasting

        return sum(contrasting.count(model, side) for side in (self.a, self.b))

    def steps(self, model, is_stopped):
        """A few tokens a step."""
        from core.model import contrasting

        return contrasting.contrasted(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Contrasted(Shared):
    """Two predictions for each token that both texts have, and for what comes after their ends.

    Pair i is A's prediction for its token places_a[i] and B's for its token places_b[i]; the last
    pair is for the token after either end. All numbers are in bits, and ∞ where they are.
    """

    tokens_a: tuple[Token, ...]
    tokens_b: tuple[Token, ...]
    surprisals_a: Float[ndarray, " target_a"]
    surprisals_b: Float[ndarray, " target_b"]
    places_a: Int[ndarray, " pair"]
    places_b: Int[ndarray, " pair"]
    forward: Float[ndarray, " pair"]  # KL(A ‖ B)
    backward: Float[ndarray, " pair"]  # KL(B ‖ A)
    js: Float[ndarray, " pair"]  # Jensen–Shannon divergence
    entropies_a: Float[ndarray, " pair"]
    entropies_b: Float[ndarray, " pair"]
    candidates: Int[ndarray, "pair candidate"]  # token ids, by the larger of their probabilities
    bits_a: Float[ndarray, "pair candidate"]  # −log₂ p of each candidate
    bits_b: Float[ndarray, "pair candidate"]  # −log₂ q of each candidate
