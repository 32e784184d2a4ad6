"""What a tokenizer does to a text before it looks for tokens, step by step.

First the tokens that are found as they are, such as "<|im_end|>", are taken out whole. What lies
between them goes through one or several cutters, each of which cuts the pieces of the one before.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from core.tokenizer import spelling
from core.tokenizer.library import FromTiktoken, Tokenizer

Span = tuple[int, int]  # first character, and the one after the last
# What the ByteLevel step of the library tokenizers cuts with (Radford et al. 2019).
BYTE_LEVEL = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


@dataclass(frozen=True)
class Step:
    """One cutter."""

    name: str  # pattern, byte_level, digits, or the library's own word for it
    pattern: str | None  # the regular expression whose finds are the pieces, where there is one
    cut: Callable[[str], list[Span]] = field(repr=False)  # as the library does it


def steps(tokenizer: Tokenizer) -> tuple[Step, ...]:
    """The cutters of a tokenizer in their order; none where words are not cut apart first."""
    if isinstance(tokenizer, FromTiktoken):
        return (_by_pattern("pattern", tokenizer.encoding._pat_str),)
    cutter = tokenizer.library.pre_tokenizer
    if cutter is None:
        return ()
    described = json.loads(cutter.__getstate__())
    return tuple(
        _of_tokenizers(part)
        for part in described.get("pretokenizers", [described])
        # This one may only write bytes in another way.
        if part["type"] != "ByteLevel" or part["use_regex"]
    )


def taken_whole(tokenizer: Tokenizer, text: str) -> list[Span]:
    """Where the text spells a token that is found as it is, before anything is cut."""
    import regex

    if isinstance(tokenizer, FromTiktoken):
        names = tokenizer.encoding.special_tokens_set
    else:
        names = {name for _, name in spelling.added_tokens(tokenizer.library)}
    if not names:
        return []
    longest_first = map(regex.escape, sorted(names, key=len, reverse=True))
    return [found.span() for found in regex.finditer("|".join(longest_first), text)]


def _by_pattern(name: str, pattern: str) -> Step:
    import regex

    compiled = regex.compile(pattern)
    return Step(name, pattern, lambda text: [found.span() for found in compiled.finditer(text)])


def _of_tokenizers(described: dict) -> Step:
    from tokenizers import pre_tokenizers

    cutter = pre_tokenizers.Sequence([])
    cutter.__setstate__(json.dumps(described).encode())  # becomes the one that is described
    name, pattern = described["type"], None
    match described:
        case {"type": "ByteLevel", "add_prefix_space": False}:
            name, pattern = "byte_level", BYTE_LEVEL
        case {"type": "Digits", "individual_digits": True}:
            name, pattern = "digits", r"\p{N}|\P{N}+"
        case {"type": "Split", "pattern": {"Regex": found}, "behavior": "Isolated"}:
            # What lies between the finds is a piece too; these patterns leave nothing between.
            name, pattern = "pattern", found
    return Step(name, pattern, lambda text: [span for _, span in cutter.pre_tokenize_str(text)])
