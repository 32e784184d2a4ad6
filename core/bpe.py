"""Byte pair encoding: the most frequent neighbours become one, again and again.

Training starts from single characters, or bytes, counts which two stand side by side most often,
and adds the two as one new symbol. The old symbols stay. Encoding makes the same merges in the
order in which they were learned: the lowest rank first, which is not the longest match.

Gage 1994, "A New Algorithm for Data Compression"; Sennrich et al. 2016, arXiv:1508.07909, algorithm
1; on bytes, Radford et al. 2019.
"""

import heapq
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.tokenizer.cut import Card
from core.tokenizer.library import Tokenizer
from core.tokenizer.spelling import ALPHABET

Symbol = str | bytes  # characters, or bytes: a training and an encoding hold only one kind
Pair = tuple[Symbol, Symbol]
Rule = Callable[[Pair], int | None]  # the rank of merging two neighbours; None: they stay apart
N_TOP = 12  # pairs of each step that are kept to be looked at
UNITS = ("characters", "bytes")
LEAST_COUNT = 2  # a pair that occurs once saves nothing
EXAMPLE = b" Sometime"  # cut otherwise by the longest match, for SmolLM2 and for cl100k_base
WORD = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s+")


@dataclass(frozen=True)
class PairCount:
    """Two neighbours, and how often they stand side by side in the corpus."""

    pair: Pair
    count: int


@dataclass(frozen=True)
class Merge:
    """Two neighbouring parts of a word that become one."""

    rank: int  # the earlier learned, the lower
    start: int  # characters, or bytes, of the word before it
    left: Symbol
    right: Symbol

    @property
    def middle(self) -> int:
        """Where the boundary was that is gone."""
        return self.start + len(self.left)

    @property
    def stop(self) -> int:
        """The place after its last character or byte."""
        return self.middle + len(self.right)

    @property
    def symbol(self) -> Symbol:
        """What the two become."""
        return self.left + self.right


@dataclass(frozen=True, eq=False)
class Encoding:
    """A word and the merges that were made in it, in their order."""

    word: Symbol
    merges: tuple[Merge, ...]

    def cut(self, n_merges: int | None = None) -> tuple[Symbol, ...]:
        """The word's parts after the first merges; without a number, after all."""
        edges = self.edges(n_merges)
        return tuple(self.word[start:stop] for start, stop in pairwise(edges))

    def edges(self, n_merges: int | None = None) -> list[int]:
        """Where the parts begin, and the end of the last one. A merge takes one edge away."""
        gone = {merge.middle for merge in self.merges[:n_merges]}
        return [place for place in range(len(self.word) + 1) if place not in gone]


@dataclass(frozen=True, eq=False)
class MergeStep:
    """One step of training: what was counted, what was chosen, and what that led to."""

    top: tuple[PairCount, ...]  # the most frequent before the merge, the chosen one first
    n_pairs: int  # different ones that were counted
    n_vocab: int  # symbols after the merge
    n_tokens: int  # in the corpus after the merge

    @property
    def pair(self) -> Pair:
        """The two that are merged."""
        return self.top[0].pair

    @property
    def count(self) -> int:
        """How often they stood side by side."""
        return self.top[0].count

    @property
    def symbol(self) -> Symbol:
        """The new one."""
        return self.pair[0] + self.pair[1]


@dataclass(frozen=True, eq=False)
class Training:
    """All steps of a training, and the corpus with all its cuts."""

    alphabet: tuple[Symbol, ...]
    counts: dict[Symbol, int]  # how often each word occurs
    steps: tuple[MergeStep, ...]
    encodings: dict[Symbol, Encoding]  # of each word
    top_after: tuple[PairCount, ...]  # the most frequent pairs after the last step

    @property
    def merges(self) -> dict[Pair, int]:
        """The rank of each merge."""
        return {step.pair: rank for rank, step in enumerate(self.steps)}

    @property
    def vocabulary(self) -> tuple[Symbol, ...]:
        """All symbols in the order of their numbers: the alphabet, then what was merged."""
        return self.alphabet + tuple(step.symbol for step in self.steps)

    @property
    def n_tokens(self) -> Int[ndarray, " step"]:
        """Tokens in the corpus before the first merge, and after each."""
        before = sum(len(word) * count for word, count in self.counts.items())
        return np.array([before, *(step.n_tokens for step in self.steps)], np.int64)

    @property
    def n_vocab(self) -> Int[ndarray, " step"]:
        """Symbols before the first merge, and after each."""
        return len(self.alphabet) + np.arange(len(self.steps) + 1)

    def top(self, n_merges: int) -> tuple[PairCount, ...]:
        """The most frequent pairs after that many merges; the first is what is merged next."""
        return self.steps[n_merges].top if n_merges < len(self.steps) else self.top_after

    def ending(self, n_merges: int) -> str:
        """Why it came to its end, if that many merges were asked for: nothing, asked or once."""
        if not self.steps:
            return "nothing"  # was worth merging
        return "asked" if len(self.steps) == n_merges else "once"  # is how often all pairs occur

    def cut(self, word: Symbol, n_merges: int) -> tuple[Symbol, ...]:
        """A word of the corpus as it is cut after that many merges."""
        encoding = self.encodings[word]
        return encoding.cut(bisect_left(encoding.merges, n_merges, key=lambda merge: merge.rank))


def words(text: str, unit: str = "characters") -> list[Symbol]:
    """What is never merged with its neighbour: words and marks with the space before them.

    A plain stand-in for the longer expressions of GPT-2 and its successors. The words are strings
    for a training on characters, and UTF-8 for one on bytes.

    Raises:
        ValueError: the unit is neither.
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}")
    found = WORD.findall(text)
    return [word.encode("utf-8") for word in found] if unit == "bytes" else found


def train(
    corpus: Mapping[Symbol, int] | Iterable[Symbol],
    n_merges: int,
    *,
    alphabet: Sequence[Symbol] | None = None,
    least_count: int = LEAST_COUNT,
) -> Training:
    """Merge the most frequent pair of neighbours, n_merges times or until all are too rare.

    Pairs are counted inside words only. Of equally frequent ones the pair with the smaller
    numbers wins, the left number first: symbols are numbered as they stand in the alphabet, then
    as they were made. So does the trainer of the library tokenizers, whose least count
    is 0 (min_frequency); 2 stops where nothing is saved any more.

    Raises:
        ValueError: n_merges is negative, or a word holds what the alphabet does not.
    """
    if n_merges < 0:
        raise ValueError(f"n_merges must be 0 or more, got {n_merges}")
    counts = {word: count for word, count in Counter(corpus).items() if count > 0}
    alphabet = tuple(alphabet_of(counts) if alphabet is None else alphabet)
    numbers = {symbol: number for number, symbol in enumerate(alphabet)}
    cuts = {word: symbols_of(word) for word in counts}
    unknown = {symbol for cut in cuts.values() for symbol in cut} - numbers.keys()
    if unknown:
        raise ValueError(f"the alphabet does not hold {min(unknown)!r}")
    pairs, places = count_pairs(cuts, counts)
    n_tokens = sum(len(cut) * counts[word] for word, cut in cuts.items())
    steps: list[MergeStep] = []
    made: dict[Symbol, list[Merge]] = {word: [] for word in counts}
    while (top := most_frequent(pairs, numbers)) and top[0].count >= least_count:
        if len(steps) == n_merges:
            break
        n_pairs, pair = len(pairs), top[0].pair
        for word in places.pop(pair):
            before = Counter(pairwise(cuts[word]))
            cuts[word], merges = merged(cuts[word], pair, len(steps))
            recount(pairs, places, word, counts[word], before, Counter(pairwise(cuts[word])))
            made[word] += merges
            n_tokens -= len(merges) * counts[word]
        numbers[pair[0] + pair[1]] = len(numbers)
        steps.append(MergeStep(top, n_pairs, len(numbers), n_tokens))
    encodings = {word: Encoding(word, tuple(merges)) for word, merges in made.items()}
    return Training(alphabet, counts, tuple(steps), encodings, top)


def alphabet_of(corpus: Iterable[Symbol]) -> list[Symbol]:
    """The characters that occur, in the order of Unicode; of words in bytes, all 256 bytes.

    Bytes stand in the order of the characters that byte-level vocabularies draw them as ("!"
    first, the space in the 221st place), which is the library's order.
    """
    corpus = list(corpus)
    if corpus and isinstance(corpus[0], bytes):
        return [bytes([ALPHABET[drawn]]) for drawn in sorted(ALPHABET)]
    return sorted(set("".join(corpus)))


def symbols_of(word: Symbol) -> list[Symbol]:
    """Its characters or bytes, each as a symbol of its own."""
    return [word[place : place + 1] for place in range(len(word))]


def count_pairs(
    cuts: Mapping[Symbol, list[Symbol]], counts: Mapping[Symbol, int]
) -> tuple[Counter[Pair], defaultdict[Pair, set[Symbol]]]:
    """How often each pair occurs, and in which words; aaa holds the pair (a, a) twice."""
    pairs, places = Counter(), defaultdict(set)
    for word, cut in cuts.items():
        recount(pairs, places, word, counts[word], Counter(), Counter(pairwise(cut)))
    return pairs, places


def recount(
    pairs: Counter[Pair],
    places: defaultdict[Pair, set[Symbol]],
    word: Symbol,
    count: int,
    before: Counter[Pair],
    after: Counter[Pair],
) -> None:
    """Take account of a word, of which there are so many, that holds other pairs than before."""
    for pair in before.keys() | after.keys():
        change = after[pair] - before[pair]
        if change:
            pairs[pair] += change * count
            if not pairs[pair]:
                del pairs[pair]
        if change > 0:
            places[pair].add(word)


def most_frequent(
    pairs: Mapping[Pair, int], numbers: Mapping[Symbol, int]
) -> tuple[PairCount, ...]:
    """The N_TOP most frequent pairs; of equally frequent ones, the smaller numbers first."""
    if not pairs:
        return ()
    # Sorting out by counts alone first is faster than comparing numbers throughout.
    least = heapq.nlargest(N_TOP, pairs.values())[-1]
    candidates = [pair for pair, count in pairs.items() if count >= least]
    candidates.sort(key=lambda pair: (-pairs[pair], numbers[pair[0]], numbers[pair[1]]))
    return tuple(PairCount(pair, pairs[pair]) for pair in candidates[:N_TOP])


def merged(cut: list[Symbol], pair: Pair, rank: int) -> tuple[list[Symbol], list[Merge]]:
    """A word's parts with each occurrence of the pair, from the left, made one."""
    parts, merges, start = [], [], 0
    was_merged = False  # what was just made is no part of the next pair: aaa becomes aa a
    for part in cut:
        if parts and not was_merged and (parts[-1], part) == pair:
            merges.append(Merge(rank, start - len(parts[-1]), *pair))
            parts[-1] += part
            was_merged = True
        else:
            parts.append(part)
            was_merged = False
        start += len(part)
    return parts, merges


def encode(word: Symbol, rule: Rule) -> Encoding:
    """The merges of a word: always the one of the lowest rank, of equal ones the leftmost."""
    encoding = Encoding(word, ())
    while found := options(encoding.cut(), rule):
        encoding = Encoding(word, (*encoding.merges, found[0]))
    return encoding


def options(parts: Sequence[Symbol], rule: Rule) -> tuple[Merge, ...]:
    """All merges that the parts allow, the one that comes next first."""
    found, start = [], 0
    for left, right in pairwise(parts):
        rank = rule((left, right))
        if rank is not None:
            found.append(Merge(rank, start, left, right))
        start += len(left)
    return tuple(sorted(found, key=lambda merge: (merge.rank, merge.start)))


def by_pair(merges: Mapping[Pair, int]) -> Rule:
    """The rule of a vocabulary that lists which pairs are merged (GPT-2, tokenizer.json)."""
    return merges.get


def by_result(ranks: Mapping[Symbol, int]) -> Rule:
    """The rule of a vocabulary that ranks what merges lead to (tiktoken): any two may make it."""
    return lambda pair: ranks.get(pair[0] + pair[1])


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What a word is encoded with: the rule, and all entries for the longest match."""

    rule: Rule
    entries: Container[Symbol]
    longest: int  # characters, or bytes, of the longest entry

    def differs(self, word: Symbol) -> bool:
        """Whether the longest match would cut the word in another way."""
        return encode(word, self.rule).cut() != longest_match(word, self)


def suits(card: Card) -> bool:
    """Whether a tokenizer encodes by merges of bytes."""
    return card.is_byte_level and card.algorithm == "bpe"


def vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    """What a real byte-level BPE encodes with, its special tokens left out.

    Raises:
        ValueError: it is no byte-level BPE.
    """
    merges, ranks = tokenizer.merges(), tokenizer.ranks()
    if merges is None and ranks is None:
        raise ValueError(f"{tokenizer.card.name} is no byte-level BPE, but {tokenizer.card}")
    if merges is None:
        return Vocabulary(by_result(ranks), ranks, max(map(len, ranks)))
    entries = {bytes([byte]) for byte in range(256)} | {left + right for left, right in merges}
    return Vocabulary(by_pair(merges), entries, max(map(len, entries)))


def longest_match(word: Symbol, vocabulary: Vocabulary) -> tuple[Symbol, ...]:
    """What greedy search would make of a word: always the longest entry that it goes on with.

    Not how BPE encodes. A character or byte outside the vocabulary stands alone.
    """
    parts, start = [], 0
    while start < len(word):
        stop = min(len(word), start + vocabulary.longest)
        while stop > start + 1 and word[start:stop] not in vocabulary.entries:
            stop -= 1
        parts.append(word[start:stop])
        start = stop
    return tuple(parts)


@dataclass(frozen=True, eq=False)
class Pieces:
    """The beginning of a text as a tokenizer cuts it before any merge, and EXAMPLE at the end."""

    words: tuple[bytes, ...]  # each no longer than asked for
    shortened: frozenset[bytes]  # those of them that are only the beginning of a piece
    n_all: int  # in the whole text
    differs: Float[ndarray, " token"]  # 1 where the longest match cuts otherwise, else 0

    @property
    def n_differing(self) -> int:
        """In how many words of the text the longest match cuts otherwise."""
        return int(self.differs[:-1].sum())

    @property
    def most_telling(self) -> int:
        """The word worth looking at first: one that differs if there is any, and a long one."""
        sizes = np.array([len(word) for word in self.words])
        return int(np.argmax(sizes * (1 + sizes.max() * self.differs)))


def pieces(
    tokenizer: Tokenizer, text: str, vocabulary: Vocabulary, most: int, most_bytes: int
) -> Pieces:
    """The first pieces of a text, each cut to whole characters that fit into most_bytes.

    Raises what tokenizer.pieces raises.
    """
    spans = tokenizer.pieces(text)
    raw = [text[start:stop].encode("utf-8") for start, stop in spans[:most]]
    words = (*(beginning(word, most_bytes) for word in raw), EXAMPLE)
    differs = np.array([vocabulary.differs(word) for word in words], np.float64)
    shortened = frozenset(words[:-1]) - frozenset(raw)
    return Pieces(words, shortened, len(spans), differs)


@dataclass(frozen=True, eq=False)
class BothWays:
    """A word by the order of the merges, and by the longest match."""

    encoding: Encoding
    greedy: tuple[bytes, ...]
    is_the_librarys: bool  # the library cuts the word, on its own, as the merges do

    @property
    def differ(self) -> bool:
        """Whether the two come to different parts."""
        return self.encoding.cut() != self.greedy


def both_ways(word: bytes, vocabulary: Vocabulary, tokenizer: Tokenizer) -> BothWays:
    """A word cut both ways with the vocabulary of a tokenizer.

    Raises what tokenizer.cut raises.
    """
    encoding = encode(word, vocabulary.rule)
    theirs = tuple(token.bytes for token in tokenizer.cut(word.decode("utf-8")).tokens)
    return BothWays(encoding, longest_match(word, vocabulary), theirs == encoding.cut())


def beginning(word: bytes, most: int) -> bytes:
    """As many whole characters of a word in UTF-8 as fit into a number of bytes."""
    stop = len(word) if len(word) <= most else most
    # A byte 10xxxxxx goes on with a character.
    while 0 < stop < len(word) and word[stop] & 0xC0 == 0x80:
        stop -= 1
    return word[:stop]
