"""Unigram: every piece has a probability, and a text is cut where their product is largest.

The reverse of BPE. Training begins with far too many pieces; expectation and maximisation (EM) give
each a probability, and those go whose loss hurts least, until the vocabulary is as small as wished.
All ways to cut a text are a lattice: Viterbi's algorithm finds the likeliest way through it. Ways
can be drawn at random too, so that a network in training meets a word in many cuts.

Kudo 2018, arXiv:1804.10959; SentencePiece, Kudo and Richardson 2018, arXiv:1808.06226. The training
is that of the trainers of SentencePiece and of the library tokenizers, turn by turn.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.tokenizer.cut import Card

SPACE = "▁"  # the space before a word, as SentencePiece draws it
RUN = re.compile("▁?[^▁]+|▁")
LONGEST_PIECE = 16  # characters
SHRINKING = 0.75  # of the vocabulary, what each round leaves at least
N_EM = 2  # turns of expectation and maximisation in each round
LEAST_EXPECTED = 0.5  # a piece that is expected less often is dropped
OVERSIZE = 1.1  # times the size wished for: there the rounds end, and the last cut is made
UNKNOWN_PENALTY = 10.0  # nats that a character without a piece costs, beyond the rarest piece
NATS = math.log(2)  # in one bit


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The pieces with their probabilities; they may sum up to less than 1, see `maximise`."""

    log_p: Mapping[str, float] = field(repr=False)  # nats
    longest: int  # characters
    unknown: float  # nats, of a character without a piece

    def __len__(self) -> int:
        """Entries, with the one that stands for unknown characters."""
        return len(self.log_p) + 1


class Arc(NamedTuple):
    """A piece at its place in a text, from edge to edge of the lattice."""

    start: int  # characters before it
    stop: int
    piece: str
    log_p: float  # nats
    is_known: bool  # else it is a character that no piece stands for

    @property
    def bits(self) -> float:
        """−log₂ p: how long the arc is."""
        return -self.log_p / NATS


@dataclass(frozen=True, eq=False)
class Lattice:
    """All pieces that a text can be cut into, each at its place."""

    text: str
    ending: tuple[tuple[Arc, ...], ...] = field(repr=False)  # at each edge, the arcs that end there

    @property
    def arcs(self) -> tuple[Arc, ...]:
        """All arcs."""
        return tuple(arc for arcs in self.ending for arc in arcs)

    @property
    def n_ways(self) -> int:
        """In how many ways the text can be cut."""
        ways = [1]
        for arcs in self.ending[1:]:
            ways.append(sum(ways[arc.start] for arc in arcs))
        return ways[-1]


@dataclass(frozen=True, eq=False)
class Way:
    """One way through a lattice."""

    arcs: tuple[Arc, ...]
    log_p: float  # nats: the sum over its arcs

    @property
    def parts(self) -> tuple[str, ...]:
        """What the text is cut into."""
        return tuple(arc.piece for arc in self.arcs)

    @property
    def bits(self) -> float:
        """−log₂ p."""
        return -self.log_p / NATS


@dataclass(frozen=True, eq=False)
class Marginals:
    """The sums over all ways through a lattice, each way weighted by p^alpha."""

    lattice: Lattice
    alpha: float
    forward: Float[ndarray, " edge"]  # log of the sum over all ways from the start to the edge
    backward: Float[ndarray, " edge"]  # … from the edge to the end

    @property
    def log_total(self) -> float:
        """Log of the sum over all ways; with alpha = 1, the log of the text's probability."""
        return float(self.forward[-1])

    def share_of(self, way: Way) -> float:
        """The probability of one way among all: p^alpha / Σ p^alpha (Kudo 2018, section 3.2)."""
        return math.exp(self.alpha * way.log_p - self.log_total)

    def share(self, arc: Arc) -> float:
        """The probability that the way goes along an arc."""
        through = self.forward[arc.start] + self.alpha * arc.log_p + self.backward[arc.stop]
        return math.exp(through - self.log_total)


@dataclass(frozen=True, eq=False)
class Expectation:
    """What a vocabulary makes of a corpus, on the mean over all ways to cut it."""

    expected: Mapping[str, float]  # how often each piece occurs; "" is for unknown characters
    log_likelihood: float  # nats, of the whole corpus


@dataclass(frozen=True)
class PieceCost:
    """What it would cost to do without a piece."""

    piece: str
    count: int  # occurrences in the likeliest cuts
    parts: tuple[str, ...]  # what would stand in its place; nothing: it is never dropped
    bits: float  # by which the corpus would become longer; 0 where the piece does not occur


@dataclass(frozen=True, eq=False)
class PruneStep:
    """One round of training: what each piece costs, what goes, and what that leads to.

    The first round is EM alone, which drops what it expects too seldom; the last one is pruning
    alone, to the size wished for; between them, pruning comes before EM.
    """

    costs: tuple[PieceCost, ...] = field(repr=False)  # of all before, the dearest first
    pruned: tuple[PieceCost, ...] = field(repr=False)  # of these, what was given up for its cost
    dropped: tuple[str, ...] = field(repr=False)  # what EM then expected too seldom
    n_vocab: int  # entries after it
    n_tokens: int  # in the corpus, by likeliest cuts, after it
    loss: float  # bits per character of the corpus, after it


@dataclass(frozen=True, eq=False)
class Training:
    """All rounds of a training: the vocabulary before the first one, and after each."""

    counts: dict[str, int]  # how often each word occurs
    vocabularies: tuple[Vocabulary, ...]  # the first one holds the seeds
    steps: tuple[PruneStep, ...]
    rankings: tuple[tuple[PieceCost, ...], ...] = field(repr=False)  # of each vocabulary
    n_tokens: Int[ndarray, " step"]  # in the corpus, by likeliest cuts
    losses: Float[ndarray, " step"]  # bits per character

    @property
    def n_vocab(self) -> Int[ndarray, " step"]:
        """Entries before the first round, and after each."""
        return np.array([len(vocabulary) for vocabulary in self.vocabularies], np.int64)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the training leads to."""
        return self.vocabularies[-1]

    def cut(self, word: str, n_rounds: int) -> tuple[str, ...]:
        """A word in its likeliest cut after that many rounds."""
        return viterbi(lattice(word, self.vocabularies[n_rounds])).parts


def words(text: str) -> list[str]:
    """What is cut apart before any piece: at lines, at spaces, which belong to what follows, and
    at marks.

    A space is put before the first word too, so that a word is the same wherever it stands.
    """
    found = []
    for line in filter(None, text.splitlines()):
        spaced = (line if line.startswith((" ", SPACE)) else " " + line).replace(" ", SPACE)
        for run in RUN.findall(spaced):
            found += split_at_marks(run)
    return found


def least_vocab(corpus: Iterable[str]) -> int:
    """The smallest vocabulary that can be trained: each character, and the unknown one."""
    return len(set("".join(corpus))) + 1


def most_telling(words: list[str], vocabulary: Vocabulary, longest: int) -> int:
    """Which of the words, cut off where they are too long, can be cut in the most ways."""
    ways = [lattice(word[:longest], vocabulary).n_ways for word in words]
    return ways.index(max(ways))


def suits(card: Card) -> bool:
    """Whether a tokenizer cuts in this way."""
    return card.algorithm == "unigram"


def split_at_marks(run: str) -> list[str]:
    """Punctuation, and "$", "+" and all such signs of ASCII, each alone."""
    parts = [""]
    for character in run:
        is_sign = "!" <= character <= "~" and not character.isalnum()
        if is_sign or unicodedata.category(character).startswith("P"):
            parts += [character, ""]
        else:
            parts[-1] += character
    return [part for part in parts if part]


def vocabulary_of(log_p: Mapping[str, float]) -> Vocabulary:
    """Pieces with the logarithms of their probabilities, made ready.

    Raises:
        ValueError: there is no piece, or one without a character.
    """
    if not log_p or "" in log_p:
        raise ValueError(f"there must be pieces, none of them empty; got {len(log_p)}")
    longest = max(map(len, log_p))
    return Vocabulary(log_p, longest, min(log_p.values()) - UNKNOWN_PENALTY)


def lattice(text: str, vocabulary: Vocabulary, *, without: str | None = None) -> Lattice:
    """All pieces in a text; a character that is no piece is an arc of its own, at a high price."""
    log_p, ending = vocabulary.log_p, [()]
    for stop in range(1, len(text) + 1):
        found = []
        for start in range(max(0, stop - vocabulary.longest), stop):
            piece = text[start:stop]
            if piece in log_p:
                if piece != without:
                    found.append(Arc(start, stop, piece, log_p[piece], True))
            elif start == stop - 1:
                found.append(Arc(start, stop, piece, vocabulary.unknown, False))
        ending.append(tuple(found))
    return Lattice(text, tuple(ending))


def viterbi(lattice: Lattice) -> Way | None:
    """The likeliest way, of equal ones that with the longer last piece; None where there is none.

    best(stop) = max over arcs of best(start) + log p: the best way to an edge goes on from the best
    way to an earlier one, so that one look at each arc is enough.
    """
    best, last = [0.0], [None]
    for arcs in lattice.ending[1:]:
        top, chosen = -math.inf, None
        for arc in arcs:
            log_p = best[arc.start] + arc.log_p
            if log_p > top:
                top, chosen = log_p, arc
        best.append(top)
        last.append(chosen)
    if best[-1] == -math.inf:
        return None
    arcs, edge = [], len(lattice.text)
    while edge:
        arcs.append(last[edge])
        edge = last[edge].start
    return Way(tuple(reversed(arcs)), best[-1])


def n_best(lattice: Lattice, n: int) -> list[Way]:
    """The n likeliest ways, the likeliest first: at each edge, the n best ways to it are kept.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    best: list[list[Way]] = [[Way((), 0.0)]]
    for arcs in lattice.ending[1:]:
        ways = [
            Way((*way.arcs, arc), way.log_p + arc.log_p) for arc in arcs for way in best[arc.start]
        ]
        best.append(sorted(ways, key=lambda way: -way.log_p)[:n])
    return best[-1]


def marginals(lattice: Lattice, alpha: float = 1.0) -> Marginals:
    """Forward and backward sums over all ways, in one look at each arc."""
    n_edges = len(lattice.ending)
    forward, leaving = [0.0], [[] for _ in range(n_edges)]
    for arcs in lattice.ending[1:]:
        forward.append(log_sum([forward[arc.start] + alpha * arc.log_p for arc in arcs]))
        for arc in arcs:
            leaving[arc.start].append(arc)
    backward = [0.0] * n_edges
    for start in range(n_edges - 2, -1, -1):
        reached = [backward[arc.stop] + alpha * arc.log_p for arc in leaving[start]]
        backward[start] = log_sum(reached)
    return Marginals(lattice, alpha, np.array(forward), np.array(backward))


def log_sum(logs: list[float]) -> float:
    """log Σ exp, without overflow; −∞ for nothing."""
    if len(logs) < 2:
        return logs[0] if logs else -math.inf
    top = max(logs)
    return top + math.log(sum(math.exp(one - top) for one in logs)) if top > -math.inf else top


def sample(marginals: Marginals, n: int, seed: int) -> Counter[tuple[str, ...]]:
    """Ways drawn at random with the probabilities p^alpha / Σ p^alpha, and how often each came.

    From the end to the start: of the arcs that end at an edge, one is drawn by the sum of all ways
    that lead along it. ⚠ SentencePiece's sampler, and the library's, once multiplied the forward
    sums by alpha too, which draws other probabilities.
    """
    rng = np.random.default_rng(seed)
    lattice, drawn = marginals.lattice, Counter()
    odds: list[Float[ndarray, " arc"]] = [np.ones(1)]
    for stop, arcs in enumerate(lattice.ending[1:], start=1):
        logs = [marginals.forward[arc.start] + marginals.alpha * arc.log_p for arc in arcs]
        odds.append(np.cumsum(np.exp(np.array(logs) - marginals.forward[stop])))
    for _ in range(n):
        parts, edge = [], len(lattice.text)
        while edge:
            arcs = lattice.ending[edge]
            place = int(np.searchsorted(odds[edge], rng.random() * odds[edge][-1], side="right"))
            parts.append(arcs[min(place, len(arcs) - 1)].piece)
            edge -= len(parts[-1])
        drawn[tuple(reversed(parts))] += 1
    return drawn


def seeds(counts: Mapping[str, int], longest: int = LONGEST_PIECE) -> dict[str, float]:
    """Where training begins: all characters, and all that occurs twice, with log-probabilities.

    The score of a longer piece is its count times its length. The characters come first, then the
    highest scores. (The library's trainer takes fewer: of pieces that always go on in the same
    way, only the longest; and it counts a repeated word once.)
    """
    characters: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for word, count in counts.items():
        for start in range(len(word)):
            characters[word[start]] += count
            for stop in range(start + 2, min(start + longest, len(word)) + 1):
                found[word[start:stop]] += count
    scores = {piece: count * len(piece) for piece, count in found.items() if count > 1}
    # By score, then in the order of Unicode: the same for the same corpus.
    scores = dict(characters) | scores
    ordered = sorted(scores, key=lambda piece: (len(piece) > 1, -scores[piece], piece))
    total = math.log(sum(scores.values()))
    return {piece: math.log(scores[piece]) - total for piece in ordered}


def expect(counts: Mapping[str, int], vocabulary: Vocabulary) -> Expectation:
    """The E step: how often each piece occurs, on the mean over all ways, each with its share."""
    expected: defaultdict[str, float] = defaultdict(float)
    log_likelihood = 0.0
    for word, count in counts.items():
        sums = marginals(lattice(word, vocabulary))
        log_likelihood += count * sums.log_total
        for arc in sums.lattice.arcs:
            expected[arc.piece if arc.is_known else ""] += count * sums.share(arc)
    return Expectation(expected, log_likelihood)


def maximise(vocabulary: Vocabulary, found: Expectation) -> dict[str, float]:
    """The M step: log p = digamma(expected) − digamma(Σ expected), for pieces that are expected.

    Not the logarithm of the expected share, which plain EM has: digamma is lower, most of all for
    rare pieces, and so presses them out (a sparse prior; Liang and Klein 2007, tutorial at ACL). So
    the probabilities sum up to less than 1. Where no piece is expected often enough, as in a text
    of one long word, the vocabulary stays as it is.
    """
    kept = {
        piece: found.expected[piece]
        for piece in vocabulary.log_p
        if found.expected.get(piece, 0.0) >= LEAST_EXPECTED
    }
    if not kept:
        return dict(vocabulary.log_p)
    total = digamma(sum(kept.values()))
    return {piece: digamma(expected) - total for piece, expected in kept.items()}


def digamma(x: float) -> float:
    """The derivative of log Γ, to 10 digits: ψ(x) = ψ(x + 1) − 1/x, and a series for large x."""
    below = 0.0
    while x < 10:
        below += 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    return math.log(x) - 1 / (2 * x) - series - below


def costs(
    counts: Mapping[str, int], vocabulary: Vocabulary, *, as_library: bool = False
) -> tuple[PieceCost, ...]:
    """What the loss of each piece would cost, the dearest first; before them, those that must stay.

    The corpus is cut in the likeliest way, and a piece that goes is replaced by its own second best
    cut: an estimate, as replacing it may let the neighbours be cut otherwise. Of the counts n and
    their sum N, it costs n(x)·(log n(x)/N − Σ log (n(part) + n(x))/N'), where the sum grows to
    N' = N + n(x)·(parts − 1). ⚠ The trainers of SentencePiece and tokenizers put the size of the
    whole vocabulary in the place of the number of parts; `as_library` does so too.
    """
    found = viterbi_counts(counts, vocabulary)
    total = sum(found.values())
    must_stay, others = [], []
    for piece, log_p in vocabulary.log_p.items():
        other = viterbi(lattice(piece, vocabulary, without=piece))
        count = found[piece]
        if other is None or (other.log_p > log_p and count):
            must_stay.append(PieceCost(piece, count, (), math.inf))
        elif not count or other.log_p > log_p:
            others.append(PieceCost(piece, count, other.parts, 0.0))
        else:
            n_parts = len(vocabulary) if as_library else len(other.arcs)
            total_after = math.log(total + count * (n_parts - 1))
            names = [arc.piece if arc.is_known else "" for arc in other.arcs]
            after = sum(math.log(found[name] + count) - total_after for name in names)
            nats = count * (math.log(count) - math.log(total) - after)
            others.append(PieceCost(piece, count, other.parts, nats / NATS))
    # What does not occur goes first, even before what costs less than nothing.
    others.sort(key=lambda cost: (cost.count == 0, -cost.bits))
    return (*must_stay, *others)


def viterbi_counts(counts: Mapping[str, int], vocabulary: Vocabulary) -> Counter[str]:
    """How often each piece occurs in the corpus, cut in the likeliest way; "" is unknown."""
    found: Counter[str] = Counter()
    for word, count in counts.items():
        for arc in viterbi(lattice(word, vocabulary)).arcs:
            found[arc.piece if arc.is_known else ""] += count
    return found


def train(
    corpus: Mapping[str, int] | Iterable[str],
    n_vocab: int,
    *,
    start: Mapping[str, float] | None = None,
    shrinking: float = SHRINKING,
    as_library: bool = False,
) -> Training:
    """EM and pruning in turns, until n_vocab entries are left at most; single characters stay.

    Each round leaves the share `shrinking`. `start` takes the place of the seeds; `as_library`
    repeats what `costs` says of the libraries.

    Raises:
        ValueError: n_vocab has no room for the characters of the corpus, there is none, or the
            vocabulary would not shrink.
    """
    counts = {word: count for word, count in Counter(corpus).items() if count > 0 and word}
    alphabet = sorted(set("".join(counts)))
    if not alphabet or n_vocab <= len(alphabet):
        raise ValueError(f"n_vocab must be above {len(alphabet)}, got {n_vocab}")
    if not 0 < shrinking < 1:
        raise ValueError(f"shrinking must lie between 0 and 1, got {shrinking}")
    wished = max(n_vocab, int(n_vocab * OVERSIZE + 1e-9))
    states = [vocabulary_of(seeds(counts) if start is None else start)]
    rankings = [costs(counts, states[0], as_library=as_library)]
    lefts = [states[0]]  # by each round, before EM
    states.append(improved(counts, states[0]))
    while True:
        before = states[-1]
        rankings.append(costs(counts, before, as_library=as_library))
        if is_done(before, alphabet, n_vocab):
            break
        if len(before) > wished:
            n_kept = max(wished, int(len(before) * shrinking))
            lefts.append(pruned_to(n_kept, before, rankings[-1]))
            states.append(improved(counts, lefts[-1]))
        else:
            lefts.append(last_cut(before, alphabet, n_vocab))
            states.append(lefts[-1])
    measures = [measure(counts, state) for state in states]
    none_yet = [(), *rankings[1:-1]]  # the first round does not look at costs
    rounds = zip(none_yet, lefts, states[1:], measures[1:], strict=True)
    steps = tuple(step_of(*parts) for parts in rounds)
    n_tokens, losses = (np.array(part) for part in zip(*measures, strict=True))
    return Training(counts, tuple(states), steps, tuple(rankings), n_tokens, losses)


def is_done(now: Vocabulary, alphabet: list[str], n_vocab: int) -> bool:
    """Whether the vocabulary is small enough, with all characters in it."""
    return len(now) <= n_vocab and all(character in now.log_p for character in alphabet)


def step_of(
    ranking: tuple[PieceCost, ...],
    left: Vocabulary,
    after: Vocabulary,
    measured: tuple[int, float],
) -> PruneStep:
    """A round as it is looked at."""
    pruned = tuple(cost for cost in ranking if cost.piece not in left.log_p)
    dropped = tuple(piece for piece in left.log_p if piece not in after.log_p)
    return PruneStep(ranking, pruned, dropped, len(after), *measured)


def improved(counts: Mapping[str, int], vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary after some turns of EM."""
    for _ in range(N_EM):
        vocabulary = vocabulary_of(maximise(vocabulary, expect(counts, vocabulary)))
    return vocabulary


def pruned_to(n_vocab: int, before: Vocabulary, ranking: tuple[PieceCost, ...]) -> Vocabulary:
    """The dearest pieces, and all that must stay; what does not occur goes in any case."""
    kept = [cost.piece for cost in ranking if cost.count or not cost.parts]
    n_staying = sum(not cost.parts for cost in ranking)
    kept = kept[: max(n_vocab - 1, n_staying)]
    return vocabulary_of({piece: before.log_p[piece] for piece in kept})


def last_cut(before: Vocabulary, alphabet: list[str], n_vocab: int) -> Vocabulary:
    """All characters, then the pieces in the order of the last ranking, as many as there is room.

    A character that EM had dropped comes back as the rarest piece.
    """
    rarest = min(before.log_p.values())
    kept = {character: before.log_p.get(character, rarest) for character in alphabet}
    others = [piece for piece in before.log_p if piece not in kept]
    kept |= {piece: before.log_p[piece] for piece in others[: n_vocab - 1 - len(kept)]}
    return vocabulary_of(kept)


def measure(counts: Mapping[str, int], vocabulary: Vocabulary) -> tuple[int, float]:
    """Tokens of the corpus in its likeliest cut; its loss in bits per character, over all ways."""
    n_tokens, log_likelihood = 0, 0.0
    for word, count in counts.items():
        ways = lattice(word, vocabulary)
        n_tokens += count * len(viterbi(ways).arcs)
        log_likelihood += count * marginals(ways).log_total
    n_characters = sum(len(word) * count for word, count in counts.items())
    return n_tokens, -log_likelihood / NATS / n_characters
