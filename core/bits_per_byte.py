"""Bits per byte: what a text costs in a unit that does not depend on a tokenizer.

Bits per token and perplexity share a text's bits out among its tokens, of which another tokenizer
cuts more or fewer. The bytes stay the same: −log₂ P ÷ bytes can be compared between networks, byte
frequencies and compressors. And P itself is a sum over all cuts that spell the same bytes, of which
the tokenizer's own is only one.
"""

import bz2
import lzma
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.perplexity import power

BEGINNING = 768  # tokens of a long text that are compared
COMPRESSORS = {
    "zlib": lambda raw: zlib.compress(raw, 9),
    "bz2": lambda raw: bz2.compress(raw, 9),
    "lzma": lambda raw: lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME),
}
N_BASELINES = 4 + len(COMPRESSORS)
N_CUT = 24  # tokens of a text whose other cuts are looked at
QUICK = 600  # tokens that can be run without being asked for
MOST_DIVIDED = 64


@dataclass(frozen=True, eq=False)
class Sample:
    """A text in bytes, with what its tokens cost a network."""

    given: bytes  # the first token, which no network predicts
    raw: bytes  # the others
    surprisals: Float[ndarray, " target"]  # bits, of the others

    @property
    def n_characters(self) -> int:
        """Characters of UTF-8 that begin in the predicted bytes."""
        return sum(byte & 0xC0 != 0x80 for byte in self.raw)

    @property
    def total(self) -> float:
        """Bits of the predicted tokens."""
        return float(self.surprisals.sum(dtype=np.float64))


def sample(pieces: Sequence[bytes], surprisals: Float[ndarray, " target"]) -> Sample:
    """The bytes of the tokens of a text, and what those from the second on cost.

    Raises:
        ValueError: nothing was predicted, or the tokens and their bits do not fit.
    """
    if len(pieces) != len(surprisals) + 1:
        raise ValueError(f"{len(pieces)} tokens have {len(pieces) - 1} surprisals, "
                         f"got {len(surprisals)}")  # fmt: skip
    raw = b"".join(pieces[1:])
    if not raw:
        raise ValueError("there must be a predicted byte, got none")
    return Sample(pieces[0], raw, surprisals)


@dataclass(frozen=True, eq=False)
class Codes:
    """What ways to write the same bytes down take."""

    names: tuple[str, ...]  # networks first
    totals: Float[ndarray, " code"]  # bits
    n_bytes: Int[ndarray, " code"]  # another network has another first token
    n_characters: Int[ndarray, " code"]

    @property
    def n_networks(self) -> int:
        """How many of them are networks; the others are computed here."""
        return len(self.names) - N_BASELINES

    @property
    def per_byte(self) -> Float[ndarray, " code"]:
        """Bits per byte."""
        return self.totals / self.n_bytes

    @property
    def per_character(self) -> Float[ndarray, " code"]:
        """Bits per character; ∞ where no character begins in the bytes."""
        with np.errstate(divide="ignore"):
            return self.totals / self.n_characters


def codes(networks: Mapping[str, Sample], d_vocab: int) -> Codes:
    """The bits of a text under one or more networks, beside baselines that are computed here.

    The baselines are those of the first network's bytes: they too are given the bytes of its first
    token, with which adaptive counts begin. Compressors write a whole file, header included.

    Raises:
        ValueError: there is no network.
    """
    if not networks:
        raise ValueError("there must be a network, got none")
    first = next(iter(networks.values()))
    totals = {
        "uniform_tokens": len(first.surprisals) * float(np.log2(d_vocab)),
        "uniform_bytes": 8.0 * len(first.raw),
        "laplace": adaptive(first.given, first.raw, 1.0),
        "krichevsky_trofimov": adaptive(first.given, first.raw, 0.5),
    }
    totals |= {name: 8.0 * len(compress(first.raw)) for name, compress in COMPRESSORS.items()}
    coded = [*networks.values(), *[first] * len(totals)]
    return Codes(
        (*networks, *totals),
        np.array([*(one.total for one in networks.values()), *totals.values()]),
        np.array([len(one.raw) for one in coded]),
        np.array([one.n_characters for one in coded]),
    )


def adaptive(given: bytes, raw: bytes, pseudo_count: float) -> float:
    """Bits of bytes by how often each came so far: p = (count + α) ÷ (n + 256·α).

    α = 1 is Laplace's rule of succession, α = ½ that of Krichevsky and Trofimov (1981). Counts
    begin with the bytes that are given, which cost nothing.

    Raises:
        ValueError: the pseudo-count is not positive.
    """
    if not pseudo_count > 0:
        raise ValueError(f"pseudo-count must be positive, got {pseudo_count}")
    counts = np.bincount(np.frombuffer(given, np.uint8), minlength=256).astype(float)
    bits = 0.0
    for n, byte in enumerate(raw, len(given)):
        bits -= np.log2((counts[byte] + pseudo_count) / (n + 256 * pseudo_count))
        counts[byte] += 1
    return float(bits)


@dataclass(frozen=True, eq=False)
class Recut:
    """The same total bits, spread over as many tokens as each of several tokenizers cuts."""

    names: tuple[str, ...]
    n_tokens: Int[ndarray, " tokenizer"]
    bits: Float[ndarray, " tokenizer"]  # per token
    perplexities: Float[ndarray, " tokenizer"]


def recut(total: float, n_tokens: Mapping[str, int]) -> Recut:
    """Bits per token and perplexity if the same text cost the same in more or fewer tokens.

    From the fewest tokens to the most.

    Raises:
        ValueError: one of them has no token.
    """
    if min(n_tokens.values(), default=0) < 1:
        raise ValueError(f"each must cut at least one token, got {dict(n_tokens)}")
    names = sorted(n_tokens, key=lambda name: n_tokens[name])
    counts = np.array([n_tokens[name] for name in names])
    return Recut(tuple(names), counts, total / counts, power(2.0, total / counts))


# Other cuts of the same text


@dataclass(frozen=True)
class Cuts:
    """Rows of token ids that all spell the same bytes and begin with the same token."""

    kinds: tuple[str, ...]  # usual, longest, divided, characters or bytes
    rows: tuple[tuple[int, ...], ...]

    @property
    def is_quick(self) -> bool:
        """Whether running them takes about a second."""
        return sum(map(len, self.rows)) <= QUICK


def other_cuts(ids: Sequence[int], vocabulary: Sequence[bytes]) -> Cuts:
    """The usual cut of a text, and others that the same vocabulary allows.

    The longest token from the left at each place; one token divided in two (up to MOST_DIVIDED
    ways, in the order of the text); one token a character; one a byte. A cut that is one of those
    before is left out, and so is one for which the vocabulary has no token.
    """
    first, rest = ids[0], ids[1:]
    numbers = {}
    for number, raw in enumerate(vocabulary):
        numbers.setdefault(raw, number)  # of equal ones, the first
    numbers |= {vocabulary[number]: number for number in ids}
    numbers.pop(b"", None)
    spelled = b"".join(vocabulary[number] for number in rest)
    divided = [
        [*rest[:place], numbers[raw[:at]], numbers[raw[at:]], *rest[place + 1 :]]
        for place, raw in enumerate(vocabulary[number] for number in rest)
        for at in range(1, len(raw))
        if raw[:at] in numbers and raw[at:] in numbers
    ]
    found = [("usual", list(rest)), ("longest", _longest(spelled, numbers))]
    found += [("divided", cut) for cut in divided[:MOST_DIVIDED]]
    found += [("characters", _pieces(_characters(spelled), numbers))]
    found += [("bytes", _pieces([spelled[n : n + 1] for n in range(len(spelled))], numbers))]
    kinds, rows = [], []
    for kind, cut in found:
        if cut is not None and (row := (first, *cut)) not in rows:
            kinds.append(kind)
            rows.append(row)
    return Cuts(tuple(kinds), tuple(rows))


def _longest(raw: bytes, numbers: Mapping[bytes, int]) -> list[int] | None:
    widest, cut, start = max(map(len, numbers)), [], 0
    while start < len(raw):
        ends = range(min(len(raw), start + widest), start, -1)
        end = next((end for end in ends if raw[start:end] in numbers), None)
        if end is None:
            return None
        cut.append(numbers[raw[start:end]])
        start = end
    return cut


def _characters(raw: bytes) -> list[bytes]:
    starts = [n for n, byte in enumerate(raw) if byte & 0xC0 != 0x80 or n == 0]
    return [raw[a:b] for a, b in pairwise([*starts, len(raw)])]


def _pieces(pieces: Sequence[bytes], numbers: Mapping[bytes, int]) -> list[int] | None:
    """Each piece as its token, or where it has none, byte by byte."""
    cut = [_longest(piece, numbers) for piece in pieces]
    return None if None in cut else [number for part in cut for number in part]


@dataclass(frozen=True, eq=False)
class Marginal:
    """The bits of several cuts of one text, and of all of them together."""

    totals: Float[ndarray, " cut"]  # bits; the usual cut first

    @property
    def together(self) -> float:
        """−log₂ Σ p(cut): the text is less surprising than any one of its cuts."""
        best = self.totals.min()
        return float(best - np.log2(np.exp2(best - self.totals).sum()))

    @property
    def share(self) -> float:
        """The usual cut's part of the sum."""
        return float(np.exp2(self.together - self.totals[0]))


def marginal(bits: Float[ndarray, "cut target"]) -> Marginal:
    """p(text) = Σ over its cuts of p(cut). Of some cuts, the sum is a lower bound on p(text).

    `bits` holds NaN beyond the end of a cut. Cao and Rimell 2021, "You should evaluate your
    language model on marginal likelihood over tokenisations", EMNLP.

    Raises:
        ValueError: there is no cut.
    """
    if not len(bits):
        raise ValueError("there must be a cut, got none")
    return Marginal(np.nansum(bits.astype(np.float64), axis=1))
