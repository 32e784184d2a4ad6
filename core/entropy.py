"""Entropy: what an outcome costs on average, in bits or in nats.

An outcome of probability p costs −log p: its self-information. The mean of these costs is the
entropy H(p) = Σ p·(−log p). Whoever expects q where p is true pays the cross-entropy
H(p, q) = Σ p·(−log q), and that is too much by KL(p ‖ q) = H(p, q) − H(p), which is never negative.
A code whose words have whole lengths comes within one bit of the entropy: Huffman's is the best.

Shannon 1948, "A Mathematical Theory of Communication"; Huffman 1952, "A Method for the Construction
of Minimum-Redundancy Codes"; Lin 1991 for the Jensen–Shannon divergence.
"""

import heapq
from collections import Counter
from dataclasses import dataclass
from itertools import count

import numpy as np
from jaxtyping import Float
from numpy import ndarray

LOGARITHMS = {"bits": np.log2, "nats": np.log}
TOLERANCE = 1e-9  # by which the sum of a distribution may miss 1
MOST_BLOCKS, LONGEST_BLOCK = 4096, 8
# Two distributions each: what is true, and what somebody expects.
EXAMPLES = {
    "coin": ((0.5, 0.5), (0.9, 0.1)),
    "bent": ((0.9, 0.1), (0.5, 0.5)),
    "die": ((1 / 6,) * 6, (0.1, 0.1, 0.1, 0.1, 0.1, 0.5)),
    "halves": ((0.5, 0.25, 0.125, 0.125), (0.25, 0.25, 0.25, 0.25)),
    "cat": ((1.0, 0.0), (0.8, 0.2)),
}


@dataclass(frozen=True, eq=False)
class Information:
    """What the outcomes of a distribution cost."""

    probabilities: Float[ndarray, " outcome"]
    costs: Float[ndarray, " outcome"]  # −log p, ∞ where p = 0
    summands: Float[ndarray, " outcome"]  # p·(−log p), 0 where p = 0
    maximum: float  # log n, the entropy of n outcomes that are all alike

    @property
    def entropy(self) -> float:
        """H(p), the sum of the summands: the mean of the costs."""
        return float(self.summands.sum())


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two distributions over the same outcomes, with the summand of each outcome."""

    p: Float[ndarray, " outcome"]
    q: Float[ndarray, " outcome"]
    cross: Float[ndarray, " outcome"]  # −p·log q; ∞ where q = 0 < p
    forward: Float[ndarray, " outcome"]  # p·log(p/q); one may be negative, the sum never
    backward: Float[ndarray, " outcome"]  # q·log(q/p)
    middle: Float[ndarray, " outcome"]  # ½·p·log(p/m) + ½·q·log(q/m) with m = (p + q)/2

    @property
    def cross_entropy(self) -> float:
        """H(p, q)."""
        return float(self.cross.sum())

    @property
    def divergence(self) -> float:
        """KL(p ‖ q)."""
        return float(self.forward.sum())

    @property
    def reverse_divergence(self) -> float:
        """KL(q ‖ p): another number, because KL is no distance."""
        return float(self.backward.sum())

    @property
    def jensen_shannon(self) -> float:
        """JS(p, q), the same both ways and never ∞: at most 1 bit."""
        return float(self.middle.sum())


@dataclass(frozen=True)
class Merge:
    """One step of Huffman's: two nodes become one. Nodes 0 … n − 1 are the outcomes."""

    zero: int  # the node whose code words go on with 0
    one: int
    node: int  # the number of the new node
    probability: float  # of both together


@dataclass(frozen=True, eq=False)
class Code:
    """A prefix code: no code word begins another one."""

    probabilities: Float[ndarray, " outcome"]
    words: tuple[str | None, ...]  # of zeros and ones; None for what never comes
    merges: tuple[Merge, ...]  # from the leaves to the root

    @property
    def mean_length(self) -> float:
        """L = Σ p·length, in bits per symbol."""
        return float(
            sum(
                p * len(word)
                for p, word in zip(self.probabilities, self.words, strict=True)
                if word
            )
        )

    @property
    def kraft(self) -> float:
        """Σ 2^(−length): 1 for a code that wastes nothing (Kraft's inequality: never more)."""
        return sum(2.0 ** -len(word) for word in self.words if word is not None)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The best codes for blocks of 1, 2, 3 … symbols that do not depend on each other."""

    lengths: Float[ndarray, " block"]  # bits per symbol
    entropy: float  # bits per symbol, at or below all of them

    @property
    def limits(self) -> Float[ndarray, " block"]:
        """H + 1/k: below this the mean length per symbol lies for sure."""
        return self.entropy + 1 / np.arange(1, len(self.lengths) + 1)


@dataclass(frozen=True, eq=False)
class Alphabet:
    """The characters of a text by how often they come."""

    characters: tuple[str, ...]  # the most frequent ones
    shares: Float[ndarray, " outcome"]  # of these, and last, if there are more, of all others
    n_characters: int  # different ones in all
    entropy: float  # bits per character, with each of them kept apart


def distribution(weights: Float[ndarray, " outcome"]) -> Float[ndarray, " outcome"]:
    """The shares w/Σw of numbers that need not add up to 1.

    Raises:
        ValueError: one is negative or not finite, or none is above 0.
    """
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError(f"weights must be from 0 up, and not all 0, got {weights}")
    return weights / weights.sum()


def moved(p: Float[ndarray, " outcome"], place: int, share: float) -> Float[ndarray, " outcome"]:
    """p with another share for one outcome; the others keep their proportions.

    Where the others have nothing, what is left is divided equally among them.

    Raises:
        ValueError: p is no distribution, or the share is not between 0 and 1.
    """
    _check(p)
    if not 0 <= share <= 1:
        raise ValueError(f"a share must be between 0 and 1, got {share}")
    if len(p) == 1:
        return p
    others = np.where(np.arange(len(p)) == place, 0.0, p)
    if others.sum() == 0:
        others = np.where(np.arange(len(p)) == place, 0.0, 1.0)
    shares = others * ((1 - share) / others.sum())
    shares[place] = share
    return shares


def information(p: Float[ndarray, " outcome"], unit: str = "bits") -> Information:
    """The cost −log p of each outcome, and its summand p·(−log p) of the entropy.

    What never comes would cost ∞, and adds 0: p·log p → 0 as p → 0.

    Raises:
        ValueError: p is no distribution, or the unit is neither bits nor nats.
    """
    _check(p)
    log = _logarithm(unit)
    costs = _costs(p, unit)
    return Information(p, costs, _weighted(p, costs), float(log(len(p))))


def compare(
    p: Float[ndarray, " outcome"], q: Float[ndarray, " expected"], unit: str = "bits"
) -> Comparison:
    """Cross-entropy, both KL divergences and JS of two distributions, summand by summand.

    Raises:
        ValueError: one is no distribution, they differ in length, or the unit is unknown.
    """
    _check(p)
    _check(q)
    if len(p) != len(q):
        raise ValueError(f"both need the same outcomes, got {len(p)} and {len(q)}")
    m = (p + q) / 2
    return Comparison(
        p,
        q,
        cross=_weighted(p, _costs(q, unit)),
        forward=_relative(p, q, unit),
        backward=_relative(q, p, unit),
        middle=(_relative(p, m, unit) + _relative(q, m, unit)) / 2,
    )


def huffman(p: Float[ndarray, " outcome"]) -> Code:
    """The prefix code of the least mean length: the two least likely nodes are joined, again and
    again, until one is left. H ≤ L < H + 1 bits.

    Of equal ones the older is joined first, which keeps the longest word short. What never comes
    gets no word; what is sure gets the empty one: nothing needs to be sent.

    Raises:
        ValueError: p is no distribution.
    """
    _check(p)
    merges = _merges(p)
    words: dict[int, str] = {merges[-1].node if merges else int(np.argmax(p)): ""}
    for merge in reversed(merges):
        words[merge.zero] = words[merge.node] + "0"
        words[merge.one] = words[merge.node] + "1"
    return Code(p, tuple(words.get(outcome) for outcome in range(len(p))), merges)


def blocks(p: Float[ndarray, " outcome"]) -> Blocks:
    """The mean length per symbol of Huffman's code for blocks of k symbols, k = 1, 2, 3 …

    As long as there are at most 4,096 different blocks, of at most 8 symbols. The blocks'
    probabilities are products, so the entropy per symbol stays: H ≤ L_k/k < H + 1/k.

    Raises:
        ValueError: p is no distribution.
    """
    _check(p)
    likely, lengths = p[p > 0], []
    products = np.ones(1)
    while len(lengths) < LONGEST_BLOCK:
        products = np.outer(products, likely).ravel()
        if len(products) > MOST_BLOCKS and lengths:
            break
        # A word grows by a bit with each joining above it: L is the sum of all joined nodes.
        joined = sum(merge.probability for merge in _merges(products))
        lengths.append(joined / (len(lengths) + 1))
    return Blocks(np.array(lengths, dtype=float), information(p).entropy)


def alphabet(text: str, n_most: int) -> Alphabet:
    """The n most frequent characters of a text, equal ones in the order of the text.

    Raises:
        ValueError: the text is empty.
    """
    if not text:
        raise ValueError("an alphabet needs a text, got an empty one")
    counts = Counter(text).most_common()  # equal ones: which came first
    shares = np.array([n for _, n in counts]) / len(text)
    most = shares[:n_most]
    if len(shares) > n_most:
        most = np.append(most, shares[n_most:].sum())
    return Alphabet(
        tuple(one for one, _ in counts[:n_most]),
        most,
        len(counts),
        information(shares).entropy,
    )


def _check(p: Float[ndarray, " outcome"]) -> None:
    if not (len(p) and (p >= 0).all() and abs(p.sum() - 1) <= TOLERANCE):  # NaN is refused too
        raise ValueError(f"a distribution is from 0 up and adds up to 1, got {p}")


def _logarithm(unit: str) -> np.ufunc:
    if unit not in LOGARITHMS:
        raise ValueError(f"the unit must be bits or nats, got {unit!r}")
    return LOGARITHMS[unit]


def _costs(p: Float[ndarray, " outcome"], unit: str) -> Float[ndarray, " outcome"]:
    with np.errstate(divide="ignore"):
        return -_logarithm(unit)(p) + 0.0  # no "−0.0" for what is sure


def _weighted(
    p: Float[ndarray, " outcome"], costs: Float[ndarray, " outcome"]
) -> Float[ndarray, " outcome"]:
    # 0·∞ is NaN to the machine, and 0 here: what never comes is never paid.
    return np.where(p > 0, p * np.where(p > 0, costs, 0.0), 0.0)


def _relative(
    p: Float[ndarray, " outcome"], q: Float[ndarray, " outcome"], unit: str
) -> Float[ndarray, " outcome"]:
    """p·log(p/q), with 0 where p = 0, and ∞ where only q = 0."""
    with np.errstate(invalid="ignore"):  # ∞ − ∞ where both are 0
        return _weighted(p, _costs(q, unit) - _costs(p, unit))


def _merges(p: Float[ndarray, " outcome"]) -> tuple[Merge, ...]:
    """Huffman's steps. At equal probability the smaller number, which is the older node."""
    heap = [(float(share), outcome) for outcome, share in enumerate(p) if share > 0]
    heapq.heapify(heap)
    merges = []
    for node in count(len(p)):
        if len(heap) < 2:
            return tuple(merges)
        (one, first), (other, second) = heapq.heappop(heap), heapq.heappop(heap)
        # The likelier one goes on with 0, the older one of equals.
        zero, lone = (first, second) if one == other else (second, first)
        merges.append(Merge(zero, lone, node, one + other))
        heapq.heappush(heap, (one + other, node))
