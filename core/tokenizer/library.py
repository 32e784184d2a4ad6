"""The two libraries of real tokenizers, tokenizers and tiktoken, asked in one way."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from core.tokenizer import spelling
from core.tokenizer.cut import Card, Cut, spans_of_bytes
from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText
from core.tokens import Token

MAX_CHARACTERS = 200_000
ALGORITHM_OF = {"BPE": "bpe", "WordPiece": "wordpiece", "Unigram": "unigram"}
Merge = tuple[bytes, bytes]


@runtime_checkable
class Tokenizer(Protocol):
    """A tokenizer, whichever library it belongs to. Safe to use from several threads."""

    card: Card

    def cut(self, text: str) -> Cut:
        """The text's tokens.

        Text that spells a special token, such as "<|im_end|>", is that token.

        Raises:
            EmptyText, TextTooLong, UnusableText: it cannot be cut.
        """

    def ids(self, text: str) -> list[int]:
        """The tokens' numbers alone; faster than cutting. Raises what `cut` raises."""

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """First character, and the one after the last, of what is cut apart before any token.

        Raises what `cut` raises.
        """

    def bytes_of(self, token_id: int) -> bytes:
        """What a token spells; nothing for a number without a token."""

    def name_of(self, token_id: int) -> str:
        """The token as the vocabulary itself writes it."""

    def merges(self) -> dict[Merge, int] | None:
        """The rank of each merge of a byte-level BPE; None for every other algorithm."""

    def ranks(self) -> dict[bytes, int] | None:
        """The rank of what a merge leads to, where any two parts may be merged (tiktoken)."""


@dataclass(frozen=True, eq=False)
class FromTokenizers:
    """A tokenizer of the library tokenizers, as tokenizer.json describes one."""

    library: object = field(repr=False)  # tokenizers.Tokenizer
    card: Card
    vocabulary: tuple[bytes, ...] = field(repr=False)

    def cut(self, text: str) -> Cut:
        """The text's tokens. See Tokenizer."""
        # Where characters come from needs the slower way; of bytes, the tokens themselves know it.
        found = None if self.card.is_byte_level else _taken(self.library.encode, text)
        numbers = self.ids(text) if found is None else found.ids
        raw = text.encode("utf-8")
        tokens = _each(numbers, lambda number: Token(number, self.vocabulary[number]))
        spelled = [token.bytes for token in tokens]
        if b"".join(spelled) == raw:
            starts, stops, byte_stops = spans_of_bytes(raw, np.array([*map(len, spelled)]))
        else:  # the text was changed on the way, or tokens were added: the library's word for it
            found = found or _taken(self.library.encode, text)
            starts, stops = np.array(found.offsets, np.int64).reshape(-1, 2).T
            byte_stops = None
        ids, unknown = np.array(numbers, np.int64), self._unknown_id()
        return Cut(
            card=self.card,
            text=text,
            ids=ids,
            starts=starts,
            stops=stops,
            byte_stops=byte_stops,
            tokens=tokens,
            names=_each(numbers, self.name_of),
            is_unknown=ids == unknown if unknown is not None else np.zeros(len(ids), bool),
        )

    def ids(self, text: str) -> list[int]:
        """The tokens' numbers. See Tokenizer."""
        return _taken(lambda whole: self.library.encode_batch_fast([whole])[0].ids, text)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """What is cut apart before any token. See Tokenizer."""
        _check(text)
        if self.library.pre_tokenizer is None:
            return [(0, len(text))]
        # Offsets are those of the normalised text where there is a normaliser: as the library cuts.
        return [span for _, span in self.library.pre_tokenizer.pre_tokenize_str(text)]

    def bytes_of(self, token_id: int) -> bytes:
        """What a token spells. See Tokenizer."""
        return self.vocabulary[token_id]

    def name_of(self, token_id: int) -> str:
        """The token as the vocabulary writes it. See Tokenizer."""
        return self.library.id_to_token(token_id) or ""

    def merges(self) -> dict[Merge, int] | None:
        """Merges by rank. See Tokenizer."""
        if not (self.card.is_byte_level and self.card.algorithm == "bpe"):
            return None
        import json

        listed = json.loads(self.library.to_str())["model"]["merges"]
        pairs = (pair.split(" ") if isinstance(pair, str) else pair for pair in listed)
        spell = spelling.byte_level
        return {(spell(left), spell(right)): rank for rank, (left, right) in enumerate(pairs)}

    def ranks(self) -> dict[bytes, int] | None:
        """None: merges are listed pair by pair. See Tokenizer."""
        return None

    def _unknown_id(self) -> int | None:
        model = self.library.model
        name = getattr(model, "unk_token", None)
        if name is not None:
            return self.library.token_to_id(name)
        return getattr(model, "unk_id", None)


@dataclass(frozen=True, eq=False)
class FromTiktoken:
    """An encoding of tiktoken."""

    encoding: object = field(repr=False)  # tiktoken.Encoding
    card: Card

    def cut(self, text: str) -> Cut:
        """The text's tokens. See Tokenizer."""
        numbers = self.ids(text)
        tokens = _each(numbers, lambda number: Token(number, self.bytes_of(number)))
        by_number = dict(zip(numbers, tokens, strict=True))
        n_bytes = np.array([len(token.bytes) for token in tokens])
        starts, stops, byte_stops = spans_of_bytes(text.encode("utf-8"), n_bytes)
        return Cut(
            card=self.card,
            text=text,
            ids=np.array(numbers, np.int64),
            starts=starts,
            stops=stops,
            byte_stops=byte_stops,
            tokens=tokens,
            names=_each(numbers, lambda number: by_number[number].visible),
            is_unknown=np.zeros(len(numbers), bool),
        )

    def ids(self, text: str) -> list[int]:
        """The tokens' numbers. See Tokenizer."""
        return _taken(self._encode, text)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """What the encoding's regular expression finds. See Tokenizer."""
        _check(text)
        import regex

        return [found.span() for found in regex.finditer(self.encoding._pat_str, text)]

    def bytes_of(self, token_id: int) -> bytes:
        """What a token spells. See Tokenizer."""
        try:
            return self.encoding.decode_single_token_bytes(token_id)
        except KeyError:  # numbers are left out between the special tokens
            return b""

    def name_of(self, token_id: int) -> str:
        """The token for the eye: tiktoken's vocabularies are bytes. See Tokenizer."""
        return Token(token_id, self.bytes_of(token_id)).visible

    def merges(self) -> dict[Merge, int] | None:
        """None: any two parts may be merged. See Tokenizer."""
        return None

    def ranks(self) -> dict[bytes, int] | None:
        """Ranks by what a merge leads to. See Tokenizer."""
        return self.encoding._mergeable_ranks

    def _encode(self, text: str) -> list[int]:
        return self.encoding.encode(text, allowed_special="all")


def from_tokenizers(tokenizer, name: str, origin: str) -> FromTokenizers:
    """A `tokenizers.Tokenizer` under its name."""
    algorithm = ALGORITHM_OF.get(type(tokenizer.model).__name__, "word_level")
    d_vocab = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1
    card = Card(name, algorithm, d_vocab, spelling.is_byte_level(tokenizer), origin)
    return FromTokenizers(tokenizer, card, spelling.token_bytes(tokenizer, d_vocab))


def from_tiktoken(encoding, name: str, origin: str) -> FromTiktoken:
    """A `tiktoken.Encoding` under its name."""
    return FromTiktoken(encoding, Card(name, "bpe", encoding.n_vocab, True, origin))


def _each(numbers: list[int], make: Callable) -> tuple:
    """What a function makes of each number, made once for equal ones: there are many in a text."""
    made = {number: make(number) for number in set(numbers)}
    return tuple(map(made.__getitem__, numbers))


def _check(text: str):
    if not text:
        raise EmptyText("the text is empty")
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(len(text), MAX_CHARACTERS, "characters")
    half = re.search("[\ud800-\udfff]", text)
    if half:  # tiktoken would put a replacement mark in its place
        raise UnusableText(f"half of a character at {half.start()}")


def _taken(encode: Callable, text: str):
    """What the library makes of a text, or one of our refusals."""
    _check(text)
    try:
        found = encode(text)
    except BaseException as error:
        # A panic inside tokenizers is not an Exception, so that it is not caught by accident.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise UnusableText(f"the tokenizer cannot take it: {error}"[:200]) from error
        raise
    if not len(found):
        raise EmptyText("there is no token in the text")
    return found
