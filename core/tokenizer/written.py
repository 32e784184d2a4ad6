"""A tokenizer as it is written down in a tokenizer.json, of a hub's or of a visitor's own."""

from core.tokenizer.library import Tokenizer, from_tokenizers
from core.tokenizer.refusals import NotATokenizer

LARGEST_UPLOAD = 20_000_000  # bytes
MOST_TOKENS = 2_000_000  # a table of all of them is made


def from_bytes(raw: bytes, name: str, origin: str, *, largest: int = LARGEST_UPLOAD) -> Tokenizer:
    """The tokenizer that a file holds.

    Raises:
        NotATokenizer: too_large (it is not even read), or no_tokenizer.
    """
    if len(raw) > largest:
        raise NotATokenizer("too_large", f"{len(raw):,} bytes, the limit is {largest:,}")
    try:
        made = _read(raw)
    except BaseException as error:
        # A panic inside tokenizers is not an Exception, so that it is not caught by accident.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise NotATokenizer("no_tokenizer", str(error)[:300]) from error
        raise
    # Files say how a network was trained: cut to its length, filled up to it. Not so here.
    made.no_truncation()
    made.no_padding()
    return from_tokenizers(made, name, origin)


def _read(raw: bytes):
    from tokenizers import Tokenizer as Library

    made = Library.from_buffer(raw)
    numbers = made.get_vocab(with_added_tokens=True).values()
    if not numbers or max(numbers) >= MOST_TOKENS:
        raise ValueError(f"{len(numbers)} tokens with numbers up to {max(numbers, default=None)}")
    return made
