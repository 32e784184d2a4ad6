"""The exact bytes of every token, out of the ways in which tokenizers write them down.

Byte-level vocabularies (GPT-2 and most after it) draw each byte as one visible character;
SentencePiece draws the space as "▁" and bytes without a character as "<0x1F>"; WordPiece marks the
pieces inside a word with "##".

Radford et al. 2019 ("bytes_to_unicode"); Kudo and Richardson 2018, arXiv:1808.06226.
"""

import re
from collections.abc import Iterable

BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")


def byte_alphabet() -> dict[str, int]:
    """Which byte a character of a byte-level vocabulary stands for.

    Printable characters of Latin-1 stand for themselves, the other bytes, in their order, for
    the characters from U+0100 on: "Ġ" is the space.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    drawn = {chr(byte): byte for byte in printable}
    return drawn | {chr(256 + n): byte for n, byte in enumerate(others)}


ALPHABET = byte_alphabet()


def byte_level(token: str) -> bytes:
    """The bytes that a byte-level token draws; its UTF-8 if it is not drawn in that alphabet."""
    if all(character in ALPHABET for character in token):
        return bytes(ALPHABET[character] for character in token)
    return token.encode("utf-8")


def sentence_piece(token: str) -> bytes:
    """The bytes of a SentencePiece token."""
    byte = BYTE_TOKEN.fullmatch(token)
    if byte:
        return bytes([int(byte[1], 16)])
    return token.replace("▁", " ").encode("utf-8")


def word_piece(token: str) -> bytes:
    """The bytes of a WordPiece token: "##" says that it goes on with a word."""
    return token.removeprefix("##").encode("utf-8")


def token_bytes(tokenizer, d_vocab: int) -> tuple[bytes, ...]:
    """The bytes of the tokens 0 … d_vocab − 1 of a `tokenizers.Tokenizer`.

    Networks often have a few numbers more than their tokenizer has tokens: those are empty.
    """
    spell = byte_level if is_byte_level(tokenizer) else sentence_piece
    if type(tokenizer.model).__name__ == "WordPiece":
        spell = word_piece
    by_id = [b""] * d_vocab
    for token, token_id in tokenizer.get_vocab(with_added_tokens=True).items():
        if token_id < d_vocab:
            by_id[token_id] = spell(token)
    for token_id, text in added_tokens(tokenizer):
        if token_id < d_vocab:
            by_id[token_id] = text.encode("utf-8")
    return tuple(by_id)


def added_tokens(tokenizer) -> Iterable[tuple[int, str]]:
    """Tokens that are found in the text as they are, such as "<|im_end|>"."""
    added = tokenizer.get_added_tokens_decoder()
    return [(token_id, token.content) for token_id, token in added.items()]


def is_byte_level(tokenizer) -> bool:
    """Whether tokens are drawn in the byte alphabet: their decoder says so."""
    return "ByteLevel" in repr(tokenizer.decoder)
