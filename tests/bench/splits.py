"""A text of 10,000 characters as the pages get it, against the library's bare encode.

The library gives token ids alone. The pages also get each token's bytes, and which characters it
covers. Second rows: the whole page's server work for it, cuts of all tokenizers and the numbers.
"""

from collections.abc import Iterator

from core import tokens
from core.model import long_run
from core.tokenizer import shelf
from core.tokenizer.library import FromTiktoken, Tokenizer
from pages.ui import splits
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.bench.passes import both

N_CHARACTERS = 10_000
TURNS = 15


def rows() -> Iterator[Row]:
    """For each tokenizer that comes along, and the model's."""
    model, _ = both()
    text = long_run.text()[:N_CHARACTERS]
    found = {name: shelf.packaged(name) for name in shelf.coming_along()}
    for name, tokenizer in {"the model's": model.tokenizer, **found}.items():
        encode = bare(tokenizer)
        actions = {
            "bare": lambda encode=encode: seconds(lambda: encode(text)),
            "cut": lambda tokenizer=tokenizer: seconds(lambda: tokenizer.cut(text)),
            "shown": lambda tokenizer=tokenizer: seconds(lambda: shown(tokenizer, text)),
        }
        in_turns(actions, 2)
        times = in_turns(actions, TURNS)
        what = f"split of {N_CHARACTERS:,} characters / bare encode, {name}"
        yield compared(what, None, times, "cut", "bare")
        yield compared("  the same with numbers and chips", None, times, "shown", "bare")


def bare(tokenizer: Tokenizer):
    """What the library itself does."""
    if isinstance(tokenizer, FromTiktoken):
        return tokenizer.encoding.encode_ordinary
    return tokenizer.library.encode


def shown(tokenizer: Tokenizer, text: str):
    """What the page does with one tokenizer."""
    cut = tokenizer.cut(text)
    tokens.count(text, cut.starts, cut.stops)
    return list(splits.pieces(cut, range(splits.PART)))
