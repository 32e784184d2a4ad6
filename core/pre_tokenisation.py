r"""Pre-tokenisation: a text is cut into pieces before any token is looked for.

No token reaches over the edge of a piece, so the cutting decides what can become a token at all:
a word never joins with the next one, and a number is learnt digit by digit or three at a time. In
byte-level vocabularies a regular expression does it. Its alternatives are tried in their order at
each place; the first that fits takes as much as it can. Most let one space stand before a word,
which is why " hello" and "hello" are different tokens.

Radford et al. 2019, "Language Models are Unsupervised Multitask Learners" (the pattern of GPT-2);
tiktoken's openai_public.py (those of cl100k_base and o200k_base, there written so that they run
faster); the pre-tokenizers of the library tokenizers (digits one by one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import regex
from jaxtyping import Float, Int
from numpy import ndarray

from core.tokenizer.cut import Cut, characters_of_bytes
from core.tokenizer.library import Tokenizer
from core.tokenizer.steps import Span, Step, steps, taken_whole

UNNAMED, SPECIAL = -1, -2  # kinds of pieces that no alternative of ours has cut


@dataclass(frozen=True)
class Alternative:
    """One of the ways in which a piece may look."""

    kind: str
    pattern: str


CONTRACTION = r"'s|'t|'re|'ve|'m|'ll|'d"
GPT2 = (
    Alternative("contraction", CONTRACTION),
    Alternative("letters", r" ?\p{L}+"),
    Alternative("digits", r" ?\p{N}+"),
    Alternative("signs", r" ?[^\s\p{L}\p{N}]+"),
    Alternative("trailing", r"\s+(?!\S)"),  # all but the last, which goes to what follows
    Alternative("spaces", r"\s+"),
)
CL100K = (
    Alternative("contraction", r"'(?i:[sdmt]|ll|ve|re)"),
    Alternative("letters", r"[^\r\n\p{L}\p{N}]?\p{L}+"),
    Alternative("digits", r"\p{N}{1,3}"),
    Alternative("signs", r" ?[^\s\p{L}\p{N}]+[\r\n]*"),
    Alternative("end", r"\s+$"),
    Alternative("line_ends", r"\s*[\r\n]"),
    Alternative("trailing", r"\s+(?!\S)"),
    Alternative("spaces", r"\s"),
)
LOWER, UPPER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
O200K = (
    Alternative("letters", rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+(?i:{CONTRACTION})?"),
    Alternative("capitals", rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*(?i:{CONTRACTION})?"),
    Alternative("digits", r"\p{N}{1,3}"),
    Alternative("signs", r" ?[^\s\p{L}\p{N}]+[\r\n/]*"),
    Alternative("line_ends", r"\s*[\r\n]+"),
    Alternative("trailing", r"\s+(?!\S)"),
    Alternative("spaces", r"\s+"),
)
SINGLE_DIGITS = (Alternative("digits", r"\p{N}"), Alternative("rest", r"\P{N}+"))
RULES = {"gpt2": GPT2, "cl100k_base": CL100K, "o200k_base": O200K, "digits": SINGLE_DIGITS}
# Two of them as tiktoken writes them: "++" is a "+" that never gives back what it took, which is
# faster and comes to the same pieces.
WRITTEN_FASTER = {
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s": GPT2,
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s": CL100K,
}
# What an alternative of an unknown pattern is for: the first of these that it takes as a whole.
PROBES = {"letters": "ab", "capitals": "AB", "digits": "1", "signs": "!?", "contraction": "'s"}


@dataclass(frozen=True, eq=False)
class Pieces:
    """A text cut into pieces, with the alternative that cut each."""

    text: str
    name: str  # of the step
    alternatives: tuple[Alternative, ...]  # none: the library has cut, and says not by what
    starts: Int[ndarray, " piece"]  # first character
    stops: Int[ndarray, " piece"]  # the one after the last
    kinds: Int[ndarray, " piece"]  # number of the alternative, UNNAMED or SPECIAL

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def counts(self) -> Int[ndarray, " alternative"]:
        """How many pieces each alternative cut."""
        return np.bincount(self.kinds[self.kinds >= 0], minlength=len(self.alternatives))

    def kind_of(self, piece: int) -> str:
        """The alternative's name; "special" or "unnamed" for a piece that none of ours cut."""
        number = int(self.kinds[piece])
        others = {UNNAMED: "unnamed", SPECIAL: "special"}
        return others[number] if number < 0 else self.alternatives[number].kind

    def words(self, piece: int) -> str:
        """The characters of a piece."""
        return self.text[self.starts[piece] : self.stops[piece]]


def pieces(text: str, alternatives: Sequence[Alternative]) -> list[tuple[int, int, int]]:
    """First character, the one after the last, and the alternative's number, of each piece."""
    # Each alternative is a group of its own, so that the last group that fits tells which it was.
    pattern = regex.compile("|".join(f"({one.pattern})" for one in alternatives))
    return [(*found.span(), found.lastindex - 1) for found in pattern.finditer(text)]


def through(text: str, tokenizer: Tokenizer) -> tuple[Pieces, ...]:
    """The text after each step of a tokenizer, the tokens taken out whole before the first.

    Raises:
        EmptyText, TextTooLong, UnusableText: it cannot be cut.
    """
    tokenizer.pieces(text)  # its refusals
    found = [_whole(text, taken_whole(tokenizer, text))]
    for step in steps(tokenizer):
        found.append(_further(found[-1], step))
    return tuple(found)


def statement(pattern: str | None) -> tuple[Alternative, ...]:
    """A regular expression as its alternatives, in our words where we know it."""
    if pattern is None:
        return ()
    known = {"|".join(one.pattern for one in rule): rule for rule in RULES.values()}
    found = (known | WRITTEN_FASTER).get(pattern)
    return found or tuple(Alternative(_kind(part), part) for part in top_level(pattern))


def top_level(pattern: str) -> list[str]:
    """The parts of a regular expression between those bars that stand in no bracket."""
    parts, depth, in_class = [""], 0, False
    for token in regex.findall(r"\\.|.", pattern, regex.DOTALL):
        if token == "|" and not depth and not in_class:
            parts.append("")
            continue
        in_class = token == "[" or (in_class and token != "]")
        depth += (not in_class) * ((token == "(") - (token == ")"))
        parts[-1] += token
    return parts


def _kind(pattern: str) -> str:
    for kind, probe in PROBES.items():
        if regex.fullmatch(pattern, probe):
            return kind
    if not regex.fullmatch(pattern, " "):
        return "line_ends" if regex.fullmatch(pattern, "\n") else "others"
    if regex.match(pattern, " a"):
        return "spaces"
    return "trailing" if regex.match(pattern, "  a") else "end"


def _whole(text: str, special: Sequence[Span]) -> Pieces:
    """The text between the tokens that are taken out whole, and those."""
    cut, place = [], 0
    for start, stop in [*special, (len(text), len(text))]:
        cut += [(place, start, UNNAMED)] if start > place else []
        cut += [(start, stop, SPECIAL)] if stop > start else []
        place = stop
    return _pieces(text, "special", (), cut)


def _further(before: Pieces, step: Step) -> Pieces:
    """Each piece cut once more; no cutter looks beyond the piece that it is given."""
    alternatives = statement(step.pattern)
    cut = []
    for start, stop, kind in np.stack([before.starts, before.stops, before.kinds], 1).tolist():
        if kind == SPECIAL:
            cut.append((start, stop, SPECIAL))
            continue
        part = before.text[start:stop]
        inside = pieces(part, alternatives) if alternatives else _unnamed(step.cut(part))
        cut += [(start + first, start + after, number) for first, after, number in inside]
    return _pieces(before.text, step.name, alternatives, cut)


def _unnamed(spans: Sequence[Span]) -> list[tuple[int, int, int]]:
    return [(*span, UNNAMED) for span in spans]


def _pieces(text: str, name: str, alternatives: tuple, cut: list[tuple[int, int, int]]) -> Pieces:
    starts, stops, kinds = np.array(cut, np.int64).reshape(-1, 3).T
    return Pieces(text, name, alternatives, starts, stops, kinds)


def digit_groups(number: str) -> dict[str, list[Span]]:
    """The digits of a number in groups, as tokenizers cut them and as people write them.

    Groups that are counted from the left have another place value in each number: the last group
    of 1234 is the units, the last of 12345 tens and units.

    Raises:
        ValueError: there are other characters than digits.
    """
    if not number.isdecimal():
        raise ValueError(f"number must be digits only, got {number!r}")
    by_rule = {
        name: [(start, stop) for start, stop, _ in pieces(number, RULES[name])]
        for name in ("digits", "cl100k_base", "gpt2")
    }
    first = len(number) % 3 or 3
    ends = [0, *range(first, len(number) + 1, 3)]
    return by_rule | {"people": list(pairwise(ends))}


def variants(word: str) -> tuple[str, ...]:
    """The same word with a space, a line end or capitals: different texts to a tokenizer."""
    forms = (word, " " + word, "  " + word, "\n" + word, word.capitalize(), word.upper())
    return tuple(dict.fromkeys((*forms, " " + word.capitalize())))


def edges(cut: Cut) -> Float[ndarray, "2 token"]:
    """Where each token begins and ends, in characters; within one for a part of it.

    The k-th of a character's n bytes ends at k/n of it.
    """
    if cut.byte_stops is None:
        return np.stack([cut.starts, cut.stops]).astype(np.float64)
    owners = characters_of_bytes(cut.text.encode("utf-8"))
    n_bytes = np.bincount(owners)
    places = np.arange(len(owners)) - (np.cumsum(n_bytes) - n_bytes)[owners]
    ends = np.concatenate([[0.0], owners + (places + 1) / n_bytes[owners]])
    byte_starts = np.concatenate([[0], cut.byte_stops[:-1]])
    return np.stack([ends[byte_starts], ends[cut.byte_stops]])
