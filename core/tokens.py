"""Tokens: the pieces of text that a model reads, each known by its number and its bytes.

Byte-level vocabularies cut where bytes are frequent together, not where characters end, so a
token may hold a part of a character. Its bytes are the truth about it; a text is only one way of
showing them.
"""

from dataclasses import dataclass

CONTROL_PICTURES = 0x2400  # "␀", the picture of NUL, with those of the other 31 controls after it
SPACE, NEWLINE, TAB, DELETE = "␣", "↵", "⇥", "␡"


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
        return "".join(map(_drawn, text)) or "∅"


def _as_text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _drawn(character: str) -> str:
    named = {" ": SPACE, "\n": NEWLINE, "\t": TAB, "\x7f": DELETE}
    if character in named:
        return named[character]
    if ord(character) < 32:
        return chr(CONTROL_PICTURES + ord(character))
    # What has no shape of its own (joiners, direction marks, unassigned) is named by its number.
    return character if character.isprintable() else f"U+{ord(character):04X}"


@dataclass(frozen=True)
class Counts:
    """How much a text costs in tokens."""

    n_characters: int  # Unicode code points
    n_bytes: int  # in UTF-8
    n_tokens: int

    @property
    def characters_per_token(self) -> float:
        """How far one token reaches, in characters."""
        return self.n_characters / self.n_tokens

    @property
    def bytes_per_token(self) -> float:
        """How far one token reaches, in bytes: fairer between scripts."""
        return self.n_bytes / self.n_tokens


def count(text: str, tokens: tuple[Token, ...]) -> Counts:
    """The sizes of a text before and after it was cut.

    Raises:
        ValueError: there is no token.
    """
    if not tokens:
        raise ValueError("a text without tokens has no length per token")
    return Counts(len(text), len(text.encode("utf-8")), len(tokens))
