"""Beam search: several texts are written at once, and of all their continuations the best are kept.

Greedy decoding takes the likeliest token at each step, and may pay for it later. Beam search keeps
the B likeliest beginnings. It is no search for the likeliest text: what it drops it never sees
again, so a wider beam can end with a less likely text than a narrower one. The likeliest text of a
given length can be found for certain, at a price, because no text is likelier than its beginning.

Graves 2012, arXiv:1211.3711; Wu et al. 2016, arXiv:1609.08144, eq. 14 (length); Stahlberg and Byrne
2019, arXiv:1908.10090 (exact search, and what it finds).
"""

import heapq
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float
from numpy import ndarray

Beginning = tuple[int, ...]  # token ids that were written
Rows = Float[ndarray, "beam vocab"]  # ln p of each next token, one row for each beginning
N_BACKUP = 2  # times the beams: candidates looked at, so that enough are left if some are finished


@dataclass(frozen=True)
class Hypothesis:
    """A text that was begun, and how likely it is."""

    tokens: Beginning = ()
    log_probability: float = 0.0  # ln, natural logarithm, of the whole

    def score(self, length_penalty: float) -> float:
        """ln P / n^penalty. 0 compares ln P; above 0 favours longer texts, whose ln P is lower."""
        return self.log_probability / len(self.tokens) ** length_penalty


@dataclass(frozen=True)
class Candidate:
    """A continuation that was looked at in a step."""

    hypothesis: Hypothesis
    parent: int  # the place, in the step before, of the one that it continues
    fate: str  # kept, finished or dropped


@dataclass(frozen=True)
class Round:
    """One step: the candidates, the likeliest first."""

    candidates: tuple[Candidate, ...]

    @property
    def kept(self) -> tuple[Hypothesis, ...]:
        """Those that are continued."""
        return tuple(one.hypothesis for one in self.candidates if one.fate == "kept")


@dataclass(frozen=True)
class Search:
    """A whole search."""

    n_beams: int
    length_penalty: float
    rounds: tuple[Round, ...]
    finished: tuple[Hypothesis, ...]  # the best score first, at most n_beams

    @property
    def best(self) -> Hypothesis:
        """What the search returns."""
        return self.finished[0]

    @property
    def best_bits(self) -> float:
        """−log₂ P of what the search returns."""
        return bits(self.best.log_probability)

    @property
    def n_read(self) -> int:
        """Beginnings that went through the network."""
        return 1 + sum(len(one.kept) for one in self.rounds[:-1])


def searching(
    n_beams: int, n_new: int, length_penalty: float = 1.0, ends: Sequence[int] = ()
) -> Generator[tuple[Hypothesis, ...], Rows, Search]:
    """Beam search, step by step: yields what is to be continued, is sent ln p of the next tokens.

    As transformers 5.23 has it, with early_stopping=False: of the candidates, those that end with
    one of `ends` or reach n_new tokens are finished if they are among the first n_beams; the search
    is over when the best one still running cannot beat the worst finished one at its present
    length. (A longer one with length_penalty > 0 might, so this too can miss the best.)

    Raises:
        ValueError: n_beams or n_new is less than 1.
    """
    if n_beams < 1 or n_new < 1:
        raise ValueError(f"beams and new tokens must be 1 or more, got {n_beams} and {n_new}")
    n_looked_at = max(N_BACKUP, 1 + len(ends)) * n_beams
    running: tuple[Hypothesis, ...] = (Hypothesis(),)
    finished: list[Hypothesis] = []
    rounds: list[Round] = []
    for length in range(1, n_new + 1):
        rows = yield running
        likely = best_continuations(running, rows, n_looked_at)
        is_over = [one.tokens[-1] in ends or length == n_new for _, one in likely]
        done = [one for (_, one), over in zip(likely[:n_beams], is_over, strict=False) if over]
        finished = best_of([*finished, *done], n_beams, length_penalty)
        going = [one for (_, one), over in zip(likely, is_over, strict=True) if not over][:n_beams]
        rounds.append(Round(tuple(_candidates(likely, done, going))))
        running = tuple(going)
        if not running or _cannot_win(running, finished, n_beams, length_penalty):
            break
    return Search(n_beams, length_penalty, tuple(rounds), tuple(finished))


def best_continuations(
    running: Sequence[Hypothesis], rows: Rows, n: int
) -> list[tuple[int, Hypothesis]]:
    """The n likeliest beginnings with one token more, each with the place of what it continues."""
    totals = np.array([one.log_probability for one in running])[:, None] + rows
    flat = totals.ravel()
    n = min(n, int(np.isfinite(flat).sum()))
    places = np.argpartition(-flat, n - 1)[:n] if n < len(flat) else np.arange(len(flat))
    places = places[np.lexsort((places, -flat[places]))][:n]
    return [
        (beam, Hypothesis((*running[beam].tokens, token), float(flat[place])))
        for place in places.tolist()
        for beam, token in [divmod(place, rows.shape[1])]
    ]


def best_of(hypotheses: Sequence[Hypothesis], n: int, length_penalty: float) -> list[Hypothesis]:
    """The n with the highest scores; of equal ones those that were finished first."""
    return sorted(hypotheses, key=lambda one: -one.score(length_penalty))[:n]


def _candidates(likely, done, going):
    for parent, one in likely:
        fate = "finished" if one in done else "kept" if one in going else "dropped"
        yield Candidate(one, parent, fate)


def _cannot_win(running, finished, n_beams: int, length_penalty: float) -> bool:
    """Whether nothing that still runs can displace one of n_beams finished texts."""
    if len(finished) < n_beams:
        return False
    return running[0].score(length_penalty) <= finished[-1].score(length_penalty)


Reader = Callable[[Sequence[Beginning]], Rows]


def search(read: Reader, n_beams: int, n_new: int, **settings) -> Search:
    """The whole search at once, where `read` gives ln p of the next token after each beginning.

    Raises what `searching` raises.
    """
    going = searching(n_beams, n_new, **settings)
    running = next(going)
    try:
        while True:
            running = going.send(read([one.tokens for one in running]))
    except StopIteration as end:
        return end.value


@dataclass(frozen=True)
class Optimum:
    """The likeliest text of a length, or how far the search for it came."""

    best: Hypothesis | None  # None: given up
    n_read: int  # beginnings that went through the network


def likeliest_first(
    n_new: int, n_most: int, ends: Sequence[int] = ()
) -> Generator[Hypothesis, Float[ndarray, " vocab"], Optimum]:
    """The likeliest text of n_new tokens, for certain (one that ends earlier counts as well).

    Always continues the likeliest beginning that there is. No continuation is likelier than its
    beginning, so the first whole text that comes to the front is the likeliest of all. Given up
    after n_most beginnings. Only the most probable text: a length penalty has no place here.

    Raises:
        ValueError: n_new or n_most is less than 1.
    """
    if n_new < 1 or n_most < 1:
        raise ValueError(f"new tokens and readings must be 1 or more, got {n_new} and {n_most}")
    waiting: list[tuple[float, Beginning]] = [(0.0, ())]
    n_read = 0
    while waiting:
        lost, tokens = heapq.heappop(waiting)
        if len(tokens) == n_new or (tokens and tokens[-1] in ends):
            return Optimum(Hypothesis(tokens, -lost), n_read)
        if n_read == n_most:
            return Optimum(None, n_read)
        row = yield Hypothesis(tokens, -lost)
        n_read += 1
        # More than n_most of its continuations can never come to the front before it is given up.
        for _, one in best_continuations([Hypothesis(tokens, -lost)], row[None], n_most):
            heapq.heappush(waiting, (-one.log_probability, one.tokens))
    return Optimum(None, n_read)


def optimum(read: Reader, n_new: int, n_most: int, ends: Sequence[int] = ()) -> Optimum:
    """The same at once. Raises what `likeliest_first` raises."""
    going = likeliest_first(n_new, n_most, ends)
    one = next(going)
    try:
        while True:
            one = going.send(read([one.tokens])[0])
    except StopIteration as end:
        return end.value


@dataclass(frozen=True)
class Table:
    """A small world, made up to be worked through on paper: p of the next token by beginning."""

    names: tuple[str, ...]  # of the tokens
    n_new: int
    probabilities: Mapping[Beginning, tuple[float, ...]]

    def read(self, beginnings: Sequence[Beginning]) -> Rows:
        """ln p of each next token."""
        with np.errstate(divide="ignore"):
            return np.log(np.array([self.probabilities[one] for one in beginnings]))

    def all_texts(self) -> list[Hypothesis]:
        """Every whole text, the likeliest first."""
        found = []
        for tokens in product(range(len(self.names)), repeat=self.n_new):
            steps = [self.read([tokens[:n]])[0, tokens[n]] for n in range(self.n_new)]
            found.append(Hypothesis(tokens, float(np.sum(steps))))
        return best_of(found, len(found), 0.0)


def _wider_is_worse() -> dict[Beginning, tuple[float, ...]]:
    third = (1 / 3, 1 / 3, 1 / 3)
    even = {(first, second): third for first in range(3) for second in range(3)}
    return {
        (): (0.5, 0.45, 0.05),
        (0,): (0.34, 0.33, 0.33),
        (1,): (0.5, 0.5, 0.0),
        (2,): third,
        **even,
        (0, 0): (1.0, 0.0, 0.0),
    }


# Worked examples. In the first, greedy decoding takes A, and B was the better beginning: a beam
# of 2 finds it. In the second, a beam of 1 goes A, A, A (0.5 · 0.34 · 1 = 0.17). One of 2 keeps B
# as well, whose two continuations (0.225 each) push AA out, and after them all is a guess: it
# ends with 0.075.
GREEDY_IS_WORSE = Table(
    ("A", "B", "C"),
    2,
    {(): (0.5, 0.4, 0.1), (0,): (0.4, 0.3, 0.3), (1,): (0.9, 0.05, 0.05), (2,): (0.98, 0.01, 0.01)},
)
WIDER_IS_WORSE = Table(("A", "B", "C"), 3, _wider_is_worse())


@dataclass(frozen=True)
class Node:
    """A candidate in the picture of a search."""

    step: int  # from 1
    place: int  # among the candidates of its step, the likeliest first
    parent: int  # place of the one that it continues in the step before; −1 at the root
    candidate: Candidate
    is_on_best: bool  # part of what the search returns


def tree(found: Search, n_shown: int) -> tuple[Node, ...]:
    """The first candidates of each step, and all that were continued or finished."""
    nodes, kept_places = [], [-1]
    for step, one in enumerate(found.rounds, 1):
        places = []
        for place, candidate in enumerate(one.candidates):
            if candidate.fate == "kept":
                places.append(place)
            if place < n_shown or candidate.fate != "dropped":
                tokens = candidate.hypothesis.tokens
                is_on_best = tokens == found.best.tokens[: len(tokens)]
                parent = kept_places[candidate.parent]
                nodes.append(Node(step, place, parent, candidate, is_on_best))
        kept_places = places
    return tuple(nodes)


def bits(log_probability: float) -> float:
    """−log₂ P of a whole text."""
    return -log_probability / float(np.log(2)) + 0.0


def all_widths(table: Table, widths: Sequence[int], length_penalty: float) -> dict[int, Search]:
    """A search of a table with each of the widths."""
    return {
        width: search(table.read, width, table.n_new, length_penalty=length_penalty)
        for width in widths
    }


@dataclass(frozen=True)
class Widths:
    """What searches of different widths ended with, beside the likeliest text."""

    bits: Mapping[int, float]  # −log₂ P of what a search with each width returns
    texts: Mapping[int, Beginning]
    optimum: Optimum | None  # None: not searched for

    @property
    def worse(self) -> tuple[int, ...]:
        """The widths whose text costs more bits than that of some narrower beam."""
        widths = sorted(self.bits)
        return tuple(
            width
            for place, width in enumerate(widths)
            if any(
                # The same text, read in batches of another size, may be rounded otherwise.
                self.texts[width] != self.texts[narrow] and self.bits[width] > self.bits[narrow]
                for narrow in widths[:place]
            )
        )

    @property
    def least_bits(self) -> float | None:
        """Of the likeliest text there is; None where it was not found."""
        if self.optimum is None or self.optimum.best is None:
            return None
        return bits(self.optimum.best.log_probability)


def compared(searches: Mapping[int, Search], certain: Optimum | None) -> Widths:
    """Searches by their width. Their texts are compared by probability, without any penalty."""
    return Widths(
        {width: one.best_bits for width, one in searches.items()},
        {width: one.best.tokens for width, one in searches.items()},
        certain,
    )
