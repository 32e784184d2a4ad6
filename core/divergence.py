"""Divergence: how far two predictions are apart, place by place.

KL(P‖Q) = Σ p log₂(p/q) is what a token costs more, on average, if it comes from P and is paid for
as Q thinks: cross-entropy less entropy. It is 0 for equal distributions only, is not symmetric, and
is ∞ as soon as Q rules out what P does not. The Jensen–Shannon divergence asks both against their
mean, M = (P + Q)/2: symmetric, and never more than 1 bit.

Kullback and Leibler 1951, "On information and sufficiency", eq. 2.4; Lin 1991, "Divergence measures
based on the Shannon entropy", eq. 4.1. Two texts are aligned by Ratcliff and Obershelp 1988, as
Python's difflib does: the longest common run of tokens first, then left and right of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core import alibi
from core.model.contrast import Contrasted, Read
from core.model.forward_pass import ModelCard
from core.model.switch import Switch

ABSENT = -1  # the place of a token in a text that does not have it
TOLERANCE = 1e-6  # of the sum of all probabilities
VARIANTS = ("no_positions", "squeezed", "alibi")  # of a network with RoPE
Logs = Float[ndarray, "... vocab"]  # natural logarithms of probabilities; −∞ for 0
Bits = Float[ndarray, "..."] | np.floating


def terms(log_p: Logs, log_q: Logs) -> Float[ndarray, "... vocab"]:
    """p · log₂(p/q) of each token: 0 where p is 0, ∞ where q is 0 and p is not. KL is their sum.

    Raises:
        ValueError: the probabilities do not add up to 1.
    """
    _check(log_p, log_q)
    p = np.exp(log_p)
    with np.errstate(invalid="ignore"):  # −∞ less −∞, where p is 0
        return np.where(p > 0, p * (log_p - log_q), 0.0) / np.log(2)


def kl(log_p: Logs, log_q: Logs) -> Bits:
    """KL(P‖Q) = Σ p log₂(p/q), in bits. Raises what `terms` raises."""
    return terms(log_p, log_q).sum(axis=-1)


def entropy(log_p: Logs) -> Bits:
    """H(P) = −Σ p log₂ p, in bits. Raises what `terms` raises."""
    return cross_entropy(log_p, log_p)


def cross_entropy(log_p: Logs, log_q: Logs) -> Bits:
    """H(P, Q) = −Σ p log₂ q = H(P) + KL(P‖Q), in bits. Raises what `terms` raises."""
    _check(log_p, log_q)
    p = np.exp(log_p)
    with np.errstate(invalid="ignore"):  # 0 · ∞
        return -np.where(p > 0, p * log_q, 0.0).sum(axis=-1) / np.log(2)


def js(log_p: Logs, log_q: Logs) -> Bits:
    """½ KL(P‖M) + ½ KL(Q‖M) with M = (P + Q)/2, in bits. Raises what `terms` raises."""
    _check(log_p, log_q)
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    return (kl(log_p, log_m) + kl(log_q, log_m)) / 2


def tempered(log_p: Logs, temperature: float) -> Logs:
    """Log-probabilities at another temperature: log p/T, normalised again.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"a temperature above 0, got {temperature}")
    scaled = log_p / temperature
    return scaled - np.logaddexp.reduce(scaled, axis=-1, keepdims=True)


def _check(log_p: Logs, log_q: Logs):
    for logs in (log_p, log_q):
        sums = np.exp(logs).sum(axis=-1)
        if not (np.abs(sums - 1) <= TOLERANCE).all():
            raise ValueError(f"probabilities must add up to 1, got {np.ravel(sums)}")


@dataclass(frozen=True, eq=False)
class Alignment:
    """The tokens of two texts on one axis: what both have once, what only one has alone."""

    places_a: Int[ndarray, " position"]  # index in A, or −1
    places_b: Int[ndarray, " position"]  # index in B, or −1

    @property
    def is_shared(self) -> Bool[ndarray, " position"]:
        """Which columns stand for a token of both."""
        return (self.places_a != ABSENT) & (self.places_b != ABSENT)


def align(a: Sequence[int], b: Sequence[int]) -> Alignment:
    """The token ids of two texts on one axis; where they differ, A's come before B's."""
    # The matcher's answer can depend on which text is its first: a fixed order makes that of A
    # and B the mirror image of that of B and A. Its "junk" would be every frequent token.
    swapped = list(b) < list(a)
    first, second = (b, a) if swapped else (a, b)
    rows = []
    for tag, *ends in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        in_a, in_b = (range(*ends[:2]), range(*ends[2:]))[:: -1 if swapped else 1]
        if tag == "equal":
            rows += zip(in_a, in_b, strict=True)
        else:
            rows += [(place, ABSENT) for place in in_a] + [(ABSENT, place) for place in in_b]
    places = np.array(rows, np.int64).reshape(-1, 2)
    return Alignment(*places.T)


def predicted(alignment: Alignment) -> Int[ndarray, "pair two"]:
    """Where both texts have a prediction of the same token, and the places after both ends.

    A text's first token has no prediction.
    """
    places = np.stack([alignment.places_a, alignment.places_b], axis=1)
    pairs = places[(places > 0).all(axis=1)]
    return np.concatenate([pairs, places.max(axis=0, initial=ABSENT)[None] + 1])


@dataclass(frozen=True, eq=False)
class Columns:
    """Two texts and what was predicted in them on one axis; the last column is after both ends."""

    places_a: Int[ndarray, " position"]  # index in A, or −1
    places_b: Int[ndarray, " position"]  # index in B, or −1
    pairs: Int[ndarray, " position"]  # which pair of predictions, or −1
    bits_a: Float[ndarray, " position"]  # of the token; NaN where there is none, or no prediction
    bits_b: Float[ndarray, " position"]
    forward: Float[ndarray, " position"]  # KL(A ‖ B), bits; NaN where not compared
    backward: Float[ndarray, " position"]  # KL(B ‖ A), bits
    js: Float[ndarray, " position"]  # bits, at most 1

    @property
    def difference(self) -> Float[ndarray, " position"]:
        """What a token of both costs more in B, in bits; NaN where it is ∞ in both."""
        with np.errstate(invalid="ignore"):
            return np.where(self.pairs == ABSENT, np.nan, self.bits_b - self.bits_a)

    @property
    def compared(self) -> Int[ndarray, " pair"]:
        """The columns in which two predictions are compared."""
        return np.flatnonzero(self.pairs != ABSENT)

    @property
    def furthest(self) -> int:
        """The column of the largest KL(A ‖ B)."""
        return int(self.compared[np.argmax(self.forward[self.compared])])

    def at_or_after(self, place: int) -> int:
        """The first column from a place on where predictions are compared; the last always is."""
        return int(self.compared[np.searchsorted(self.compared, place)])

    def mean(self, name: str) -> float:
        """The mean of one of the numbers over the columns that have it."""
        numbers = getattr(self, name)
        known = numbers[~np.isnan(numbers)]
        return float(known.mean()) if len(known) else float("nan")


def columns(found: Contrasted) -> Columns:
    """A contrast laid on one axis."""
    alignment = align(*([token.id for token in of] for of in (found.tokens_a, found.tokens_b)))
    ends = len(found.tokens_a), len(found.tokens_b)
    places = [
        np.append(of, end)
        for of, end in zip((alignment.places_a, alignment.places_b), ends, strict=True)
    ]
    pairs = np.where((places[0] > 0) & (places[1] > 0), 0, ABSENT)
    pairs[pairs == 0] = np.arange(len(found.forward))
    bits = [
        np.append(np.nan, costs)[np.where((of >= 0) & (of < end), of, 0)]
        for of, end, costs in zip(
            places, ends, (found.surprisals_a, found.surprisals_b), strict=True
        )
    ]
    measured = [
        np.append(of, np.nan)[pairs] for of in (found.forward, found.backward, found.js)
    ]  # −1 reads the NaN behind
    return Columns(*places, pairs, *bits, *measured)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two predictions for one place: their likeliest tokens, and what each adds to KL."""

    ids: Int[ndarray, " token"]  # by the larger of the two probabilities
    p: Float[ndarray, " token"]  # in A
    q: Float[ndarray, " token"]  # in B
    forward_terms: Float[ndarray, " token"]  # p log₂(p/q), bits; some are negative, their sum not
    backward_terms: Float[ndarray, " token"]  # q log₂(q/p)
    forward: float  # KL(A ‖ B), over the whole vocabulary
    backward: float  # KL(B ‖ A)
    js: float
    entropy_a: float
    entropy_b: float

    @property
    def rest(self) -> tuple[float, float]:
        """What the tokens that are not shown add to KL(A ‖ B), and to KL(B ‖ A)."""
        wholes = (self.forward, self.forward_terms), (self.backward, self.backward_terms)
        return tuple(
            whole - float(parts.sum()) if np.isfinite(whole) else whole for whole, parts in wholes
        )

    @property
    def cross_entropy(self) -> float:
        """H(A, B) = H(A) + KL(A ‖ B)."""
        return self.entropy_a + self.forward


def pair(found: Contrasted, number: int) -> Pair:
    """One of the pairs, with what its likeliest tokens add to both divergences."""
    bits_a, bits_b = found.bits_a[number], found.bits_b[number]
    p, q = np.exp2(-bits_a), np.exp2(-bits_b)
    with np.errstate(invalid="ignore"):
        forward = np.where(p > 0, p * (bits_b - bits_a), 0.0)
        backward = np.where(q > 0, q * (bits_a - bits_b), 0.0)
    numbers = (found.forward, found.backward, found.js, found.entropies_a, found.entropies_b)
    measured = (float(of[number]) for of in numbers)
    return Pair(found.candidates[number], p, q, forward, backward, *measured)


def switch(card: ModelCard, variant: str, stretch: float) -> Switch:
    """One of VARIANTS of a network with RoPE, for one run; it was not trained so.

    no_positions: nothing is turned. squeezed: positions divided by `stretch`, linear interpolation.
    alibi: no turning, but a bias that falls with the distance.

    Raises:
        ValueError: an unknown variant, a stretch below 1, or a network without a rotation.
    """
    if variant not in VARIANTS or not stretch >= 1 or card.rope_frequencies is None:
        raise ValueError(f"one of {VARIANTS} by 1 or more, got {variant!r} by {stretch}")
    if variant == "no_positions":
        return Switch()
    if variant == "alibi":
        return Switch(slopes=tuple(alibi.slopes(card.n_heads).tolist()))
    return Switch(tuple(speed / stretch for speed in card.rope_frequencies), card.rope_factor)


@dataclass(frozen=True, eq=False)
class AlongBytes:
    """What one network's tokens cost, along the bytes of the text."""

    starts: Int[ndarray, " token"]  # first byte
    stops: Int[ndarray, " token"]  # the byte after the last
    surprisals: Float[ndarray, " token"]  # bits; NaN for the first token, which is not predicted
    first: int  # byte from which on the tokens count

    @property
    def counted(self) -> Bool[ndarray, " token"]:
        """The tokens that begin behind the first tokens of both networks."""
        return (self.starts >= self.first) & ~np.isnan(self.surprisals)

    @property
    def total(self) -> float:
        """Bits of the tokens that count."""
        return float(self.surprisals[self.counted].sum())

    @property
    def bits_per_byte(self) -> float:
        """Their bits by their bytes; NaN where none counts."""
        n_bytes = int((self.stops - self.starts)[self.counted].sum())
        return self.total / n_bytes if n_bytes else float("nan")

    @property
    def bits_per_token(self) -> float:
        """Their bits by their number; NaN where none counts."""
        return float(self.surprisals[self.counted].mean()) if self.counted.any() else float("nan")

    @property
    def so_far(self) -> Float[ndarray, " token"]:
        """Bits up to each stop."""
        return np.cumsum(np.where(self.counted, self.surprisals, 0.0))


def along_bytes(a: Read, b: Read) -> tuple[AlongBytes, AlongBytes]:
    """Two networks with different tokens over one text, where only bytes are common to both.

    A network's first token is not predicted. So both are counted from the byte on where the longer
    of the first tokens ends.

    Raises:
        ValueError: they read different texts.
    """
    if a.text != b.text:
        raise ValueError(f"both must read one text, got {a.text[:40]!r} and {b.text[:40]!r}")
    first = max(int(one.byte_stops[0]) for one in (a, b))
    sides = []
    for one in (a, b):
        starts = np.append(0, one.byte_stops[:-1])
        surprisals = np.append(np.nan, one.surprisals.astype(np.float64))
        sides.append(AlongBytes(starts, one.byte_stops, surprisals, first))
    return sides[0], sides[1]
