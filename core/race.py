"""Race: BPE, WordPiece and Unigram trained on the same words, compared at the same vocabulary size.

BPE and WordPiece begin with single characters and add an entry a step, Unigram begins with far too
many and drops those that are missed least. Which of them needs the fewest tokens depends on how
many entries they may have, so that they are only compared where they have as many. BPE's greed is
for exactly this number; WordPiece merges what is surprisingly often together, however rare it is.

Sennrich et al. 2016, arXiv:1508.07909; Schuster and Nakajima 2012; Kudo 2018, arXiv:1804.10959.
Bostrom and Durrett 2020, arXiv:2004.03720, compare models trained on BPE's and Unigram's pieces.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import bpe, unigram, wordpiece

ALGORITHMS = ("bpe", "wordpiece", "unigram")
CORPORA = ("both", "sentence", "sample")
SHRINKING = 0.88  # what each round of Unigram leaves: small steps, to be compared at many sizes
N_ABOVE = 8  # stops beyond them
N_CHOICES = 6
SAMPLE_START = 149  # of the long text that comes along: after its title and the first names


@dataclass(frozen=True)
class Choice:
    """What an algorithm can do next, or did last: a pair to merge, or a piece to drop."""

    parts: tuple[str, ...]  # the pair; of a piece that goes, what stands in its place
    piece: str  # what the pair becomes; the piece that goes
    count: int  # how often the pair, or the piece, occurs
    value: float  # by which it is chosen: BPE count, WordPiece score, Unigram bits of loss


@dataclass(frozen=True, eq=False)
class Standing:
    """How far one algorithm is where its vocabulary has at most so many entries."""

    n_vocab: int
    n_tokens: int  # in the whole text
    cuts: tuple[tuple[str, ...], ...]  # of the first words
    last: Choice | None  # None: nothing was done yet
    next: tuple[Choice, ...]  # the best one first; nothing: the training is over


@dataclass(frozen=True, eq=False)
class Course:
    """One algorithm from its first to its last vocabulary."""

    n_vocab: Int[ndarray, " step"]
    n_tokens: Int[ndarray, " step"]


@dataclass(frozen=True, eq=False)
class Race:
    """Three trainings on the same words."""

    n_characters: int
    n_words: int
    words: tuple[str, ...]  # the first ones
    sizes: Int[ndarray, " stop"]  # of the vocabulary, at each stop
    standings: dict[str, tuple[Standing, ...]]  # of each algorithm, at each stop
    courses: dict[str, Course]

    def tokens_at(self, stop: int) -> dict[str, int]:
        """The tokens of the text, by algorithm."""
        return {name: standings[stop].n_tokens for name, standings in self.standings.items()}

    def leader(self, stop: int) -> str | None:
        """Who needs the fewest tokens; None where two need the same number."""
        tokens = self.tokens_at(stop)
        first, second = sorted(tokens.values())[:2]
        return None if first == second else min(tokens, key=tokens.get)

    @property
    def usual_stop(self) -> int:
        """Where to begin to look: a third of the way."""
        return len(self.sizes) // 3

    def characters_per_token(self, n_tokens: Int[ndarray, " step"]) -> Float[ndarray, " step"]:
        """How much of the text one token holds."""
        return self.n_characters / n_tokens


def sample(text: str, length: int) -> str:
    """So many characters of the long text, from where its people begin to speak."""
    return text[SAMPLE_START : SAMPLE_START + length]


def corpus(kind: str, sentence: str, sample: str) -> list[str]:
    """The words to train on: those of a sentence, of a sample, or of both, the sentence's first.

    All three algorithms get the same ones, each word with the space before it.

    Raises:
        ValueError: the kind is none of CORPORA.
    """
    if kind not in CORPORA:
        raise ValueError(f"kind must be one of {', '.join(CORPORA)}, got {kind!r}")
    apart = "\n" if sentence else ""
    texts = {"both": (sentence, apart, sample), "sentence": (sentence,), "sample": (sample,)}[kind]
    return [word for text in texts for word in bpe.words(text)]


def race(words: Sequence[str], n_shown: int) -> Race:
    """Train all three on the words; the first n_shown of them are cut at each stop.

    Words are never merged with each other. BPE and WordPiece end when no pair occurs twice, Unigram
    when only single characters are left.

    Raises:
        ValueError: there is no word.
    """
    if not any(words):
        raise ValueError(f"there must be words to train on, got {len(words)} empty ones")
    counts = Counter(word for word in words if word)
    n_most = sum(map(len, counts))  # there are never more merges than places between characters
    merges = {
        "bpe": bpe.train(counts, n_most),
        "wordpiece": wordpiece.train(counts, n_most),
    }
    pruning = unigram_on(counts)
    sizes = stops([training.n_vocab for training in merges.values()], pruning.n_vocab)
    shown = tuple(words[:n_shown])
    standings = {
        name: tuple(merged(training, int(size), shown) for size in sizes)
        for name, training in merges.items()
    }
    standings["unigram"] = tuple(pruned(pruning, int(size), shown) for size in sizes)
    every = merges | {"unigram": pruning}
    courses = {name: Course(one.n_vocab, one.n_tokens) for name, one in every.items()}
    n_characters = sum(len(word) * count for word, count in counts.items())
    return Race(n_characters, counts.total(), shown, sizes, standings, courses)


def unigram_on(counts: Mapping[str, int]) -> unigram.Training:
    """Unigram's training down to single characters, in small rounds."""
    characters = Counter("".join(counts))
    start = unigram.seeds(counts)
    expected = unigram.expect(counts, unigram.vocabulary_of(start)).expected
    if max(expected.values()) < unigram.LEAST_EXPECTED:
        # Of a single word such as aaaaaaaa, every piece is expected too seldom to be kept.
        total = math.log(characters.total())
        start = {one: math.log(count) - total for one, count in characters.items()}
    return unigram.train(counts, len(characters) + 1, start=start, shrinking=SHRINKING)


def stops(
    growing: Iterable[Int[ndarray, " _"]], shrinking: Int[ndarray, " round"]
) -> Int[ndarray, " stop"]:
    """Vocabulary sizes from one that all three can have to the largest that a merger reaches.

    They are the sizes of Unigram's rounds, since mergers can have any; above its first useful one,
    sizes that grow by the same factor.
    """
    low = max(*(int(sizes[0]) for sizes in growing), int(shrinking[-1]))
    high = max(low, *(int(sizes[-1]) for sizes in growing))
    useful = shrinking[1:]  # the seeds are only what it begins with
    rounds = useful[(useful >= low) & (useful <= high)]
    above = (
        np.geomspace(max(low, *useful.tolist(), 1), high, N_ABOVE) if useful.max() < high else []
    )
    return np.unique(np.rint([low, *rounds, *above, high]).astype(np.int64))


def merged(
    training: bpe.Training | wordpiece.Training, size: int, words: Sequence[str]
) -> Standing:
    """BPE or WordPiece where its vocabulary has `size` entries, or where it ended before that."""
    n_merges = int(np.searchsorted(training.n_vocab, size, side="right")) - 1
    last = None
    if n_merges:
        last = options(training, n_merges - 1)[0]
    return Standing(
        int(training.n_vocab[n_merges]),
        int(training.n_tokens[n_merges]),
        tuple(training.cut(word, n_merges) for word in words),
        last,
        options(training, n_merges)[:N_CHOICES],
    )


def options(training: bpe.Training | wordpiece.Training, n_merges: int) -> tuple[Choice, ...]:
    """The best pairs after so many merges: by count for BPE, by score for WordPiece."""
    if n_merges >= len(training.steps):
        return ()
    step = training.steps[n_merges]
    if isinstance(step, bpe.MergeStep):
        return tuple(
            Choice(one.pair, one.pair[0] + one.pair[1], one.count, float(one.count))
            for one in step.top
        )
    return tuple(
        Choice(one.pair, wordpiece.joined(*one.pair), one.count, one.score)
        for one in step.by_likelihood
    )


def pruned(training: unigram.Training, size: int, words: Sequence[str]) -> Standing:
    """Unigram after the first round that leaves at most `size` entries."""
    n_rounds = int(np.argmax(training.n_vocab <= size))
    gone = training.steps[n_rounds - 1].pruned if n_rounds else ()
    ahead = training.steps[n_rounds].costs if n_rounds < len(training.steps) else ()
    return Standing(
        int(training.n_vocab[n_rounds]),
        int(training.n_tokens[n_rounds]),
        tuple(training.cut(word, n_rounds) for word in words),
        dropped(gone[0]) if gone else None,  # the dearest of them, which went last
        tuple(dropped(cost) for cost in ahead[::-1] if cost.parts)[:N_CHOICES],
    )


def dropped(cost: unigram.PieceCost) -> Choice:
    """A piece that goes, or would."""
    return Choice(cost.parts, cost.piece, cost.count, cost.bits)
