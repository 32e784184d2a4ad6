"""What a tokenizer made of a text: token ids, and which characters each of them covers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from core.tokens import Token

ALGORITHMS = ("bpe", "wordpiece", "unigram", "word_level")
ORIGINS = ("model", "packaged", "trained", "fetched", "file")


@dataclass(frozen=True)
class Card:
    """Which tokenizer it is."""

    name: str  # as its makers call it
    algorithm: str  # one of ALGORITHMS
    d_vocab: int  # numbers that it can give out, special tokens included
    is_byte_level: bool  # any bytes can be written, and come back as they were
    origin: str  # one of ORIGINS


@dataclass(frozen=True, eq=False)
class Cut:
    """A text as one tokenizer cuts it.

    Token n covers the characters starts[n] … stops[n] − 1 (code points, from 0). One that holds
    only a part of a character covers that whole character, as its neighbour does; one that the
    tokenizer puts in by itself ([CLS]) covers none.
    """

    card: Card
    text: str
    ids: Int[ndarray, " token"]
    starts: Int[ndarray, " token"]  # first character
    stops: Int[ndarray, " token"]  # the one after the last character
    byte_stops: Int[ndarray, " token"] | None  # of the text in UTF-8; None where bytes were changed
    tokens: tuple[Token, ...]  # the entries of the vocabulary
    names: tuple[str, ...]  # as the vocabulary itself writes them: "Ġthe", "##ing", "▁the"
    is_unknown: Bool[ndarray, " token"]  # stands for text that the vocabulary cannot write

    def __post_init__(self):
        for array in (self.ids, self.starts, self.stops, self.byte_stops, self.is_unknown):
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_lossless(self) -> bool:
        """Whether the tokens' bytes, joined, are the text."""
        return self.byte_stops is not None

    def at(self, character: int) -> int:
        """The first token that covers a character; the last before it where none does."""
        return max(0, int(np.searchsorted(self.starts, character, side="right")) - 1)


def characters_of_bytes(raw: bytes) -> Int[ndarray, " byte"]:
    """The number of the character, from 0, that each byte of a text in UTF-8 belongs to."""
    codes = np.frombuffer(raw, np.uint8)
    # A byte 10xxxxxx goes on with a character; any other begins one.
    return np.cumsum((codes & 0xC0) != 0x80) - 1


def spans_of_bytes(raw: bytes, n_bytes: Int[ndarray, " token"]) -> tuple[ndarray, ndarray, ndarray]:
    """First character, the one after the last, and the byte after the last, of each token.

    `raw` is the text in UTF-8 that the tokens spell, `n_bytes` how much of it each token takes.
    """
    characters = characters_of_bytes(raw)
    byte_stops = np.cumsum(n_bytes, dtype=np.int64)
    byte_starts = byte_stops - n_bytes
    n_characters = int(characters[-1]) + 1 if len(characters) else 0
    # One more, for empty tokens at the end.
    at = np.append(characters, n_characters)
    starts = at[byte_starts]
    stops = np.where(n_bytes > 0, at[np.maximum(byte_stops - 1, 0)] + 1, starts)
    return starts, stops, byte_stops
