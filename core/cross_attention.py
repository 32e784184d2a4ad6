"""Cross attention: what is being written looks at what was read.

An encoder reads the whole input, both ways. A decoder writes one letter at a time: it looks at what
it has written so far, and through cross attention at the encoder's output. There the queries come
from the decoder, the keys and values from the encoder, so the map is a rectangle and no mask is
needed: all of the input has been read before the first letter is written.

The network is made for this page: it writes a word backwards (core/model/reverser.py trained it).

Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, section 3.2.3; the layer norm
stands before each part, as in Xiong et al. 2020, arXiv:2002.04745.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core.model import reverser_weights
from core.model.reverser_weights import END, LETTERS, LONGEST, START, Network


@dataclass(frozen=True, eq=False)
class Taken:
    """What the queries take from the keys, and with which weights."""

    states: Float[ndarray, "query d_model"]
    attention_weights: Float[ndarray, "head query key"]  # after softmax, 1 over key


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the encoder makes of the input."""

    states: Float[ndarray, "key d_model"]
    attention_weights: Float[ndarray, "layer head key key"]


@dataclass(frozen=True, eq=False)
class Decoded:
    """What the decoder makes of the letters so far: logits for the one after each of them."""

    logits: Float[ndarray, "step vocab"]
    attention_weights: Float[ndarray, "layer head step step"]
    cross_weights: Float[ndarray, "layer head step key"]


@dataclass(frozen=True, eq=False)
class HeadMaps:
    """The three attentions of one head, or their means over the heads of a layer."""

    encoder: Float[ndarray, "key key"]
    decoder: Float[ndarray, "step step"]  # NaN for what is not written yet
    cross: Float[ndarray, "step key"]


@dataclass(frozen=True, eq=False)
class Writing:
    """One word on its way through the network. The last key is the end; so is the last step."""

    word: str
    steps: Int[ndarray, " step"]  # the token that is written at each step
    probabilities: Float[ndarray, " step"]  # of these tokens
    encoded: Encoded
    decoded: Decoded

    @property
    def written(self) -> str:
        """The letters that were written, without the end."""
        return "".join(LETTERS[step] for step in self.steps if step < len(LETTERS))

    @property
    def is_correct(self) -> bool:
        """Whether it is the word backwards, and ended there."""
        return self.written == self.word[::-1] and int(self.steps[-1]) == END

    @property
    def least_probability(self) -> float:
        """The probability of the letter, or end, that was least sure."""
        return float(self.probabilities.min())

    def of_head(self, layer: int, head: int | None) -> HeadMaps:
        """The maps of one head; of None, the means over the layer's heads.

        Raises:
            ValueError: the network has no such layer or head.
        """
        n_layers, n_heads = self.decoded.cross_weights.shape[:2]
        for name, index, count in (("layer", layer, n_layers), ("head", head or 0, n_heads)):
            if not 0 <= index < count:
                raise ValueError(f"{name} must be from 0 to {count - 1}, got {index}")
        heads = slice(None) if head is None else slice(head, head + 1)
        encoder, decoder, cross = (
            maps[layer, heads].mean(axis=0)
            for maps in (
                self.encoded.attention_weights,
                self.decoded.attention_weights,
                self.decoded.cross_weights,
            )
        )
        written = np.tri(len(decoder), dtype=bool)
        return HeadMaps(encoder, np.where(written, decoder, np.float32(np.nan)), cross)

    def mirrored_weight(self, layer: int, head: int | None) -> float:
        """Mean weight that a letter being written gives to the letter of the input it mirrors."""
        backwards = self.of_head(layer, head).cross[: len(self.word), -2::-1]
        return float(np.diagonal(backwards).mean())


def problem(word: str) -> str | None:
    """What keeps a word from being read: "empty", "not_letters" or "too_long"; None if nothing."""
    if not word:
        return "empty"
    if not set(word) <= set(LETTERS):
        return "not_letters"
    return "too_long" if len(word) > LONGEST else None


def write(network: Network, word: str) -> Writing:
    """Write a word backwards, always taking the likeliest next letter, until the end is written.

    Raises:
        ValueError: the word is empty, too long, or has other characters than a … z.
    """
    if problem(word):
        raise ValueError(f"word must be 1 to {LONGEST} letters from a to z, got {word!r}")
    encoded = encode(network, np.array([*map(LETTERS.index, word), END]))
    steps: list[int] = []
    while END not in steps and len(steps) <= LONGEST:
        # All steps are computed anew each time: slower than with a cache, and easier to follow.
        decoded = decode(network, encoded, np.array([START, *steps]))
        steps.append(int(decoded.logits[-1].argmax()))
    probabilities = softmax(decoded.logits)[np.arange(len(steps)), steps]
    return Writing(word, np.array(steps), probabilities, encoded, decoded)


def encode(network: Network, tokens: Int[ndarray, " key"]) -> Encoded:
    """Read the input: in each layer every letter looks at every letter."""
    x = network.letters[tokens] + network.encoder_positions[: len(tokens)]
    maps = []
    for layer in network.encoder:
        inside = normalise(x, layer.attention.norm)
        taken = attend(layer.attention, inside, inside, network.n_heads)
        x = x + taken.states
        x = x + feed_forward(layer.feed_forward, x)
        maps.append(taken.attention_weights)
    return Encoded(normalise(x, network.encoder_norm), np.stack(maps))


def decode(network: Network, encoded: Encoded, tokens: Int[ndarray, " step"]) -> Decoded:
    """Say what comes after each of the tokens: look at those so far, then at the input."""
    x = network.letters[tokens] + network.decoder_positions[: len(tokens)]
    so_far = np.tri(len(tokens), dtype=bool)  # the causal mask
    maps, cross_maps = [], []
    for layer in network.decoder:
        inside = normalise(x, layer.attention.norm)
        taken = attend(layer.attention, inside, inside, network.n_heads, so_far)
        x = x + taken.states
        asking = normalise(x, layer.cross.norm)
        across = attend(layer.cross, asking, encoded.states, network.n_heads)  # no mask
        x = x + across.states
        x = x + feed_forward(layer.feed_forward, x)
        maps.append(taken.attention_weights)
        cross_maps.append(across.attention_weights)
    logits = normalise(x, network.decoder_norm) @ network.letters.T
    return Decoded(logits, np.stack(maps), np.stack(cross_maps))


def attend(
    weights: reverser_weights.Attention,
    asking: Float[ndarray, "query d_model"],
    asked: Float[ndarray, "key d_model"],
    n_heads: int,
    allowed: Bool[ndarray, "query key"] | None = None,
) -> Taken:
    """softmax(QKᵀ/√d_head)·V in each head, with Q made from `asking`, K and V from `asked`.

    Where both are the same this is self-attention, where they are not, cross attention.
    """
    queries = _by_head(asking @ weights.query, n_heads)
    keys = _by_head(asked @ weights.key, n_heads)
    values = _by_head(asked @ weights.value, n_heads)
    scores = queries @ keys.swapaxes(1, 2) / np.float32(np.sqrt(queries.shape[-1]))
    if allowed is not None:
        scores = np.where(allowed, scores, np.float32(-np.inf))
    attention_weights = softmax(scores)
    taken = attention_weights @ values
    side_by_side = taken.swapaxes(0, 1).reshape(asking.shape)
    return Taken(side_by_side @ weights.output, attention_weights)


def feed_forward(
    weights: reverser_weights.FeedForward, x: Float[ndarray, "position d_model"]
) -> Float[ndarray, "position d_model"]:
    """ReLU(x·up)·down, each position by itself."""
    return np.maximum(normalise(x, weights.norm) @ weights.up, 0) @ weights.down


def normalise(
    x: Float[ndarray, "position d_model"], scale: Float[ndarray, " d_model"]
) -> Float[ndarray, "position d_model"]:
    """Layer norm: (x − mean) / √(variance + 10⁻⁵) · scale. Ba et al. 2016, arXiv:1607.06450."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(x.var(axis=-1, keepdims=True) + np.float32(1e-5)) * scale


def softmax(scores: Float[ndarray, "*rows key"]) -> Float[ndarray, "*rows key"]:
    """e^score / Σ e^score over the last axis; −∞ gives exactly 0."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _by_head(
    x: Float[ndarray, "position d_model"], n_heads: int
) -> Float[ndarray, "head position d_head"]:
    return x.reshape(len(x), n_heads, -1).swapaxes(0, 1)
