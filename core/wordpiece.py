"""WordPiece: merge what belongs together, and cut a word by its longest beginnings.

Training starts from single characters; "##" marks those that go on with a word. Of all pairs of
neighbours, the one is merged whose parts occur together most often *for how often they occur at
all*: f(ab) / (f(a)·f(b)). Encoding knows nothing of the merges: it takes the longest entry that the
word begins with, then the longest that the rest begins with. If no entry fits somewhere, the whole
word is [UNK].

Schuster and Nakajima 2012, "Japanese and Korean Voice Search"; Wu et al. 2016, arXiv:1609.08144;
the form with "##" is BERT's, Devlin et al. 2018. Google's trainer was never published. ⚠ That of
the library tokenizers merges the most frequent pair, as BPE does.
"""

import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from core.tokenizer.cut import Card
from core.tokenizer.library import Tokenizer

CRITERIA = ("likelihood", "frequency")  # by which a pair is chosen
INSIDE = "##"  # goes on with a word
UNKNOWN = "[UNK]"
LONGEST_WORD = 100  # characters; longer words are [UNK] unread (max_input_chars_per_word)
N_TOP = 10  # pairs of each step that are kept to be looked at
LEAST_COUNT = 2  # a pair that occurs once saves nothing
# Written without spaces: BERT takes each of these characters as a word of its own.
IDEOGRAPHS = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]  # fmt: skip

Pair = tuple[str, str]


@dataclass(frozen=True)
class PairScore:
    """Two neighbours: how often they stand side by side, and how often each stands at all."""

    pair: Pair
    count: int
    n_left: int
    n_right: int

    @property
    def score(self) -> float:
        """f(ab) / (f(a)·f(b)), by which the likelihood grows at each place where the two meet.

        Times the number of symbols it says how much more often they meet than by chance. Of two
        that never part, each seen f times, it is 1/f: the rarer, the higher.
        """
        return self.count / (self.n_left * self.n_right)


@dataclass(frozen=True, eq=False)
class MergeStep:
    """One step of training: what was counted, what was chosen, and what that led to."""

    by_likelihood: tuple[PairScore, ...]  # the highest scores before the merge
    by_frequency: tuple[PairScore, ...]  # the highest counts before the merge
    chosen: PairScore
    n_pairs: int  # different ones that were counted
    n_vocab: int  # symbols after the merge
    n_tokens: int  # in the corpus after the merge

    @property
    def pair(self) -> Pair:
        """The two that are merged."""
        return self.chosen.pair

    @property
    def score(self) -> float:
        """Its likelihood score."""
        return self.chosen.score

    @property
    def count(self) -> int:
        """How often they stood side by side."""
        return self.chosen.count

    @property
    def symbol(self) -> str:
        """The new one."""
        return joined(*self.pair)


@dataclass(frozen=True, eq=False)
class Training:
    """All steps of a training, and the corpus with all its cuts."""

    criterion: str  # one of CRITERIA
    alphabet: tuple[str, ...]
    counts: dict[str, int]  # how often each word occurs
    steps: tuple[MergeStep, ...]
    gone: dict[str, tuple[tuple[int, int], ...]]  # of each word: the step, and the edge it removed

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """All symbols: the alphabet, then what was merged."""
        return self.alphabet + tuple(dict.fromkeys(step.symbol for step in self.steps))

    @property
    def n_tokens(self) -> Int[ndarray, " step"]:
        """Tokens in the corpus before the first merge, and after each."""
        before = sum(len(word) * count for word, count in self.counts.items())
        return np.array([before, *(step.n_tokens for step in self.steps)], np.int64)

    @property
    def n_vocab(self) -> Int[ndarray, " step"]:
        """Symbols before the first merge, and after each."""
        return np.array([len(self.alphabet), *(step.n_vocab for step in self.steps)], np.int64)

    def cut(self, word: str, n_merges: int) -> tuple[str, ...]:
        """A word of the corpus as it is cut after that many merges."""
        gone = self.gone[word]
        merged = {edge for _, edge in gone[: bisect_left(gone, (n_merges,))]}
        edges = [place for place in range(len(word) + 1) if place not in merged]
        parts = [word[start:stop] for start, stop in pairwise(edges)]
        return tuple(part if not place else INSIDE + part for place, part in enumerate(parts))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What words are cut with."""

    entries: frozenset[str] = field(repr=False)
    is_lower: bool  # no capital letter has an entry: text is made small before it is cut


@dataclass(frozen=True)
class Try:
    """One question to the vocabulary: does it hold this piece?"""

    start: int  # characters of the word before it
    stop: int
    piece: str  # with "##" inside a word
    is_known: bool


@dataclass(frozen=True, eq=False)
class Search:
    """A word, and all that was tried to cut it."""

    word: str
    tries: tuple[Try, ...]
    is_too_long: bool = False  # so that nothing was tried

    @property
    def found(self) -> tuple[Try, ...]:
        """The tries that fitted, whether or not they are of any use in the end."""
        return tuple(one for one in self.tries if one.is_known)

    @property
    def is_unknown(self) -> bool:
        """Whether some place has no entry: then nothing of what was found counts."""
        reached = self.found[-1].stop if self.found else 0
        return self.is_too_long or reached < len(self.word)

    @property
    def pieces(self) -> tuple[str, ...]:
        """What the word becomes."""
        return (UNKNOWN,) if self.is_unknown else tuple(one.piece for one in self.found)

    @property
    def impossible(self) -> str:
        """The character at which no entry begins; nothing where the word is known."""
        return self.word[self.tries[-1].start] if self.tries and self.is_unknown else ""


def words(text: str, *, lower: bool = True, split_ideographs: bool = True) -> list[str]:
    """What is cut apart before any piece, as BERT does it: at white space, marks and ideographs.

    With `lower`, letters are made small and lose their accents, as in "uncased" models.
    """
    if lower:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if category(c) != "Mn").lower()
    apart = []
    for character in text:
        if is_control(character):
            continue
        alone = is_mark(character) or (split_ideographs and is_ideograph(character))
        apart.append(f" {character} " if alone else character)
    return "".join(apart).split()


def first_word(text: str, instead: str, *, lower: bool) -> str:
    """The first word of a text; of another one where it holds none."""
    return (words(text, lower=lower) or words(instead, lower=lower))[0]


def category(character: str) -> str:
    """The character's general category in Unicode."""
    return unicodedata.category(character)


def is_mark(character: str) -> bool:
    """Whether it is punctuation; BERT counts "$", "+" and all such signs of ASCII as well."""
    is_sign = "!" <= character <= "~" and not character.isalnum()
    return is_sign or category(character).startswith("P")


def is_ideograph(character: str) -> bool:
    """Whether it is a Chinese character."""
    return any(first <= ord(character) <= last for first, last in IDEOGRAPHS)


def is_control(character: str) -> bool:
    """Whether BERT leaves it out: what has no shape of its own, or half of one, and "�"."""
    return character not in "\t\n\r" and (
        category(character) in ("Cc", "Cf", "Co", "Cs") or character == "\ufffd"
    )


def train(
    corpus: Mapping[str, int] | Iterable[str],
    n_merges: int,
    *,
    criterion: str = "likelihood",
    least_count: int = LEAST_COUNT,
) -> Training:
    """Merge the best pair of neighbours, n_merges times or until all are too rare.

    Pairs are counted inside words. Of pairs with the same score the more frequent one wins, then,
    as of equally frequent ones, the one with the smaller numbers: symbols are numbered in the order
    of Unicode, then as they were made. `criterion="frequency"` is how the library's trainer chooses
    (it numbers symbols in another order, so that ties may end in another way).

    Raises:
        ValueError: the criterion is none of CRITERIA, or n_merges is negative.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {CRITERIA}, got {criterion!r}")
    if n_merges < 0:
        raise ValueError(f"n_merges must be 0 or more, got {n_merges}")
    counts = {word: count for word, count in Counter(corpus).items() if count > 0 and word}
    cuts = {word: symbols_of(word) for word in counts}
    alphabet = tuple(sorted({symbol for cut in cuts.values() for symbol in cut}))
    numbers = {symbol: number for number, symbol in enumerate(alphabet)}
    tally = Tally(cuts, counts)
    steps: list[MergeStep] = []
    gone: dict[str, list[tuple[int, int]]] = {word: [] for word in counts}
    while len(steps) < n_merges:
        frequent = tally.pairs_with(least_count)
        if not frequent:
            break
        tops = {name: tally.best(frequent, name, numbers) for name in CRITERIA}
        chosen = tops[criterion][0]
        for word in tally.places.pop(chosen.pair):
            merged, edges = merge(cuts[word], chosen.pair)
            gone[word] += [(len(steps), edge) for edge in edges]
            tally.replace(cuts[word], merged, word)
            cuts[word] = merged
        numbers.setdefault(joined(*chosen.pair), len(numbers))
        tallied = tally.symbols.total()
        steps.append(MergeStep(*tops.values(), chosen, len(frequent), len(numbers), tallied))
    edges = {word: tuple(found) for word, found in gone.items()}
    return Training(criterion, alphabet, counts, tuple(steps), edges)


class Tally:
    """How often symbols and pairs occur, kept right while words are cut anew."""

    def __init__(self, cuts: Mapping[str, list[str]], counts: Mapping[str, int]):
        self.counts = counts  # of words
        self.symbols: Counter[str] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[str]] = defaultdict(set)  # words that held it once
        for word, cut in cuts.items():
            self.replace([], cut, word)

    def replace(self, before: list[str], after: list[str], word: str) -> None:
        """A word is cut in another way."""
        for cut, count in ((before, -self.counts[word]), (after, self.counts[word])):
            for symbol in cut:
                self.symbols[symbol] += count
            for pair in pairwise(cut):
                self.pairs[pair] += count
                if not self.pairs[pair]:
                    del self.pairs[pair]
        for pair in pairwise(after):
            self.places[pair].add(word)

    def pairs_with(self, least_count: int) -> list[Pair]:
        """The pairs that occur at least so often."""
        return [pair for pair, count in self.pairs.items() if count >= least_count]

    def best(
        self, pairs: list[Pair], criterion: str, numbers: Mapping[str, int]
    ) -> tuple[PairScore, ...]:
        """The N_TOP best of some pairs by a criterion, the best one first."""
        values = np.array([self.pairs[pair] for pair in pairs], float)
        if criterion == "likelihood":
            left, right = (
                np.array([self.symbols[one] for one in side]) for side in zip(*pairs, strict=True)
            )
            values /= left * right
        # Sorting out by values alone first is faster than comparing numbers throughout.
        least = np.partition(values, -N_TOP)[-N_TOP] if len(values) > N_TOP else 0
        found = [self.scored(pairs[place]) for place in np.flatnonzero(values >= least)]

        def rank(one: PairScore) -> tuple[float, int, int, int]:
            first = -one.score if criterion == "likelihood" else 0.0
            return first, -one.count, *(numbers[symbol] for symbol in one.pair)

        return tuple(sorted(found, key=rank)[:N_TOP])

    def scored(self, pair: Pair) -> PairScore:
        """A pair with what its score is made of."""
        return PairScore(pair, self.pairs[pair], *(self.symbols[symbol] for symbol in pair))


def symbols_of(word: str) -> list[str]:
    """Its characters, all but the first one marked."""
    return [word[:1], *(INSIDE + character for character in word[1:])]


def joined(left: str, right: str) -> str:
    """What two symbols become."""
    return left + right.removeprefix(INSIDE)


def merge(cut: list[str], pair: Pair) -> tuple[list[str], list[int]]:
    """The cut with each occurrence of the pair, from the left, made one; the edges that go."""
    parts: list[str] = []
    edges, place, was_merged = [], 0, False
    for part in cut:
        if parts and not was_merged and (parts[-1], part) == pair:
            parts[-1] = joined(*pair)
            edges.append(place)
            was_merged = True  # what was just made is no part of the next pair: aaa becomes aa a
        else:
            parts.append(part)
            was_merged = False
        place += len(part) - (len(INSIDE) if place else 0)
    return parts, edges


def vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    """The entries of a tokenizer whose algorithm is WordPiece."""
    entries = frozenset(map(tokenizer.name_of, range(tokenizer.card.d_vocab)))
    # Special tokens are in capitals in every vocabulary.
    return Vocabulary(entries, not any(entry.isupper() and len(entry) == 1 for entry in entries))


def suits(card: Card) -> bool:
    """Whether a tokenizer cuts in this way."""
    return card.algorithm == "wordpiece"


def most_telling(words: list[str], entries: Container[str]) -> int:
    """Which of the words takes the most tries; the first of several."""
    n_tries = [len(search(word, entries).tries) for word in words]
    return n_tries.index(max(n_tries))


def search(word: str, vocabulary: Container[str], *, longest: int = LONGEST_WORD) -> Search:
    """Cut a word by longest beginnings: at each place, the longest entry of the vocabulary.

    Raises:
        ValueError: there is no character in the word.
    """
    if not word:
        raise ValueError("a word needs at least one character, got none")
    if len(word) > longest:
        return Search(word, (), is_too_long=True)
    tries: list[Try] = []
    start = 0
    while start < len(word):
        for stop in range(len(word), start, -1):
            piece = word[start:stop] if start == 0 else INSIDE + word[start:stop]
            tries.append(Try(start, stop, piece, piece in vocabulary))
            if tries[-1].is_known:
                break
        if not tries[-1].is_known:
            break
        start = tries[-1].stop
    return Search(word, tuple(tries))


def encode(
    word: str, vocabulary: Container[str], *, longest: int = LONGEST_WORD
) -> tuple[str, ...]:
    """The pieces of a word; [UNK] alone where one of them is impossible."""
    return search(word, vocabulary, longest=longest).pieces
