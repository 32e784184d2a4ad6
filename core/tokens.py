"""Tokens: the pieces of text that a model reads, each known by its number and its bytes, and what
a text costs in them.

Byte-level vocabularies cut where bytes are frequent together, not where characters end, so a
token may hold a part of a character. Its bytes are the truth about it; a text is only one way of
showing them.
"""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

CONTROL_PICTURES = 0x2400  # "␀", the picture of NUL, with those of the other 31 controls after it
# First and after the last of each range of Unicode 17's script Han.
HAN = np.array([
    0x2E80, 0x2E9A, 0x2E9B, 0x2EF4, 0x2F00, 0x2FD6, 0x3005, 0x3006, 0x3007, 0x3008, 0x3021, 0x302A,
    0x3038, 0x303C, 0x3400, 0x4DC0, 0x4E00, 0xA000, 0xF900, 0xFA6E, 0xFA70, 0xFADA,
    0x16FE2, 0x16FE4, 0x16FF0, 0x16FF7, 0x20000, 0x2A6E0, 0x2A700, 0x2B81F, 0x2B820, 0x2CEAE,
    0x2CEB0, 0x2EBE1, 0x2EBF0, 0x2EE5E, 0x2F800, 0x2FA1E, 0x30000, 0x3134B, 0x31350, 0x3347A,
])  # fmt: skip
METRICS = (
    "n_tokens",
    "characters_per_token",
    "bytes_per_token",
    "tokens_per_word",
    "tokens_per_chinese_character",
)
SPACE = "␣"
DRAWN = {" ": SPACE, "\n": "↵", "\t": "⇥", "\x7f": "␡"}


@dataclass(frozen=True)
class Token:
    """One entry of a vocabulary."""

    id: int
    bytes: bytes

    @property
    def is_whole(self) -> bool:
        """Whether the bytes are complete characters, so that they can be read as text."""
        return _as_text(self.bytes) is not None

    @property
    def visible(self) -> str:
        """The token for the eye: white space and controls drawn, parts of characters in hex."""
        text = _as_text(self.bytes)
        if text is None:
            return "⟨" + self.bytes.hex(" ").upper() + "⟩"
        if text.isprintable():  # nearly always: the space is the one that is to be seen as well
            return text.replace(" ", SPACE) or "∅"
        return "".join(map(_drawn, text))


def _as_text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _drawn(character: str) -> str:
    if character in DRAWN:
        return DRAWN[character]
    if ord(character) < 32:
        return chr(CONTROL_PICTURES + ord(character))
    # What has no shape of its own (joiners, direction marks, unassigned) is named by its number.
    return character if character.isprintable() else f"U+{ord(character):04X}"


@dataclass(frozen=True)
class Counts:
    """How much a text costs in tokens.

    A word is what stands between white space and Chinese characters and holds a letter or a digit;
    a Chinese character is one of Unicode's script Han. A token counts for one or the other if it
    covers at least a part of one.
    """

    n_characters: int  # Unicode code points
    n_bytes: int  # in UTF-8
    n_tokens: int
    n_words: int
    n_word_tokens: int  # tokens that cover a part of a word
    n_chinese: int  # Chinese characters
    n_chinese_tokens: int  # tokens that cover a part of one

    @property
    def characters_per_token(self) -> float:
        """How far one token reaches, in characters."""
        return self.n_characters / self.n_tokens

    @property
    def bytes_per_token(self) -> float:
        """How far one token reaches, in bytes: fairer between scripts."""
        return self.n_bytes / self.n_tokens

    @property
    def tokens_per_word(self) -> float:
        """What a word costs, also called fertility; NaN for a text without words."""
        return self.n_word_tokens / self.n_words if self.n_words else nan

    @property
    def tokens_per_chinese_character(self) -> float:
        """What a Chinese character costs; NaN for a text without any."""
        return self.n_chinese_tokens / self.n_chinese if self.n_chinese else nan

    def cost(self, price: float, n_texts: int = 1) -> float:
        """What so many such texts cost, at a price for a million tokens."""
        return self.n_tokens * price * n_texts / 1_000_000


def count(text: str, starts: Int[ndarray, " token"], stops: Int[ndarray, " token"]) -> Counts:
    """The sizes of a text before and after it was cut.

    Token n covers the characters starts[n] … stops[n] − 1.

    Raises:
        ValueError: there is no token, or the text holds half of a character (a surrogate).
    """
    if not len(starts):
        raise ValueError("a text without tokens has no length per token")
    n_bytes = len(text.encode("utf-8"))
    chinese, (first, after) = is_chinese(text), words(text)
    # In a word: one more word has begun there than has ended.
    in_word = np.zeros(len(text) + 1, np.int64)
    in_word[first] += 1
    in_word[after] -= 1
    return Counts(
        n_characters=len(text),
        n_bytes=n_bytes,
        n_tokens=len(starts),
        n_words=len(first),
        n_word_tokens=_count_covering(np.cumsum(in_word)[:-1] > 0, starts, stops),
        n_chinese=int(chinese.sum()),
        n_chinese_tokens=_count_covering(chinese, starts, stops),
    )


def is_chinese(text: str) -> Bool[ndarray, " character"]:
    """Which characters are of Unicode's script Han."""
    # The ranges begin and end in turns: inside one, an odd number of edges lies behind.
    return np.searchsorted(HAN, _codes(text), side="right") % 2 == 1


def words(text: str) -> tuple[Int[ndarray, " word"], Int[ndarray, " word"]]:
    """The first character of each word, and the one after its last."""
    codes, places = np.unique(_codes(text), return_inverse=True)
    is_space = np.array([chr(code).isspace() for code in codes], bool)[places]
    counts = np.array([chr(code).isalnum() for code in codes], bool)[places]
    inside = np.concatenate([[False], ~(is_space | is_chinese(text)), [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    first, after = edges[::2], edges[1::2]
    so_far = np.concatenate([[0], np.cumsum(counts)])
    has_letter = so_far[after] > so_far[first]
    return first[has_letter], after[has_letter]


def neighbours(token_id: int, d_vocab: int, reach: int = 5) -> range:
    """The numbers around a token's in its vocabulary.

    In a BPE they were learned one after the other, so they are about equally frequent.
    """
    return range(max(0, token_id - reach), min(d_vocab, token_id + reach + 1))


def groups(starts: Int[ndarray, " token"], stops: Int[ndarray, " token"]) -> Int[ndarray, " token"]:
    """A number for each token, the same for neighbours that share a character."""
    is_empty = starts == stops
    shares = (starts[1:] < stops[:-1]) & ~is_empty[1:] & ~is_empty[:-1]
    return np.concatenate([[0], np.cumsum(~shares)])[: len(starts)]


def _codes(text: str) -> Int[ndarray, " character"]:
    return np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.int64)


def _count_covering(
    wanted: Bool[ndarray, " character"],
    starts: Int[ndarray, " token"],
    stops: Int[ndarray, " token"],
) -> int:
    so_far = np.concatenate([[0], np.cumsum(wanted)])
    return int((so_far[stops] > so_far[starts]).sum())
