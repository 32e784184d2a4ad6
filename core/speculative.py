"""Speculative decoding: something cheap proposes tokens, the network accepts them or corrects them.

One pass over k + 1 tokens costs hardly more than over one, because the weights have to be fetched
from memory either way. So k tokens are proposed, and the network looks at all of them at once. A
proposal x is accepted with probability min(1, p(x) / q(x)), where q is what the proposer drew it
from; the first one refused is replaced by a draw from what p has more than q. The text is then
distributed exactly as if the network had written it alone.

Leviathan et al. 2023, arXiv:2211.17192, algorithm 1; Saxena 2023, "Prompt lookup decoding" (n-grams
of the text as the proposer).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.model.writing import Speculated, Written


def look_up(ids: Sequence[int], n_ahead: int, longest: int = 3) -> tuple[int, ...]:
    """What followed when the text's last tokens were there before: at most n_ahead tokens.

    The longest ending counts, of up to `longest` tokens; of several places the last. Nothing where
    not even the last token was there before. As a proposer it is certain of what it says: q = 1.

    Raises:
        ValueError: n_ahead or longest is less than 1.
    """
    if n_ahead < 1 or longest < 1:
        raise ValueError(f"ahead and longest must be 1 or more, got {n_ahead} and {longest}")
    ids = tuple(ids)
    for size in range(min(longest, len(ids) - 1), 0, -1):
        ending = ids[-size:]
        for start in range(len(ids) - size - 1, -1, -1):
            if ids[start : start + size] == ending:
                return ids[start + size : start + size + n_ahead]
    return ()


def certain(proposed: Sequence[int], d_vocab: int) -> Float[ndarray, "position vocab"]:
    """The distributions of a proposer that is certain: 1 for what it proposes."""
    rows = np.zeros((len(proposed), d_vocab))
    rows[np.arange(len(proposed)), list(proposed)] = 1
    return rows


@dataclass(frozen=True)
class Verdict:
    """What became of a proposal."""

    n_accepted: int
    token: int  # drawn after the accepted ones: in place of the one refused, or after all of them

    def tokens(self, proposed: Sequence[int]) -> tuple[int, ...]:
        """What the pass has written."""
        return (*proposed[: self.n_accepted], self.token)


def verify(
    proposed: Sequence[int],
    p: Float[ndarray, "more vocab"],
    q: Float[ndarray, "position vocab"],
    dice: np.random.Generator,
) -> Verdict:
    """Accept or refuse, token by token. Row n of p is the network's distribution after n of them.

    Raises:
        ValueError: there is not one row of p more than tokens, or not as many rows of q.
    """
    if len(p) != len(proposed) + 1 or len(q) != len(proposed):
        raise ValueError(f"{len(proposed)} tokens need one row of p more, got {len(p)}, {len(q)}")
    for place, token in enumerate(proposed):
        if dice.random() * q[place, token] >= p[place, token]:
            return Verdict(place, _draw(left_over(p[place], q[place]), dice))
    return Verdict(len(proposed), _draw(p[-1], dice))


def left_over(p: Float[ndarray, " vocab"], q: Float[ndarray, " vocab"]) -> Float[ndarray, " vocab"]:
    """What p has more than q, made a distribution: max(0, p − q) / Σ max(0, p − q)."""
    more = np.maximum(0.0, p - q)
    return more / more.sum()


def _draw(probabilities: Float[ndarray, " vocab"], dice: np.random.Generator) -> int:
    sums = np.cumsum(probabilities)
    # Rounding may leave the last sum below 1; nothing without probability is ever drawn.
    return int(np.searchsorted(sums, dice.random() * sums[-1], side="right"))


@dataclass(frozen=True, eq=False)
class Account:
    """What the proposals saved."""

    speculated: Speculated

    @property
    def n_written(self) -> int:
        """Tokens in all."""
        return len(self.speculated.tokens)

    @property
    def n_passes(self) -> int:
        """Passes of the network; alone it would have needed one for each token."""
        return len(self.speculated.n_proposed)

    @property
    def n_proposed(self) -> int:
        """Tokens that were proposed."""
        return int(self.speculated.n_proposed.sum())

    @property
    def n_accepted(self) -> int:
        """Of them, accepted."""
        return int(self.speculated.n_accepted.sum())

    @property
    def acceptance(self) -> float:
        """The share of the proposed tokens that were accepted; NaN where none was proposed."""
        return self.n_accepted / self.n_proposed if self.n_proposed else float("nan")

    @property
    def per_pass(self) -> float:
        """Tokens written with each pass."""
        return self.n_written / self.n_passes

    @property
    def fates(self) -> tuple[str, ...]:
        """Of each written token: accepted, corrected (in place of a refused one) or drawn."""
        fates = []
        counts = zip(self.speculated.n_proposed, self.speculated.n_accepted, strict=True)
        for n_proposed, n_accepted in counts:
            fates += ["accepted"] * int(n_accepted)
            fates.append("corrected" if n_accepted < n_proposed else "drawn")
        return tuple(fates[: self.n_written])

    @property
    def seconds(self) -> float:
        """That all passes took."""
        return float(self.speculated.seconds.sum())


def seconds_of(written: Written) -> float:
    """That writing token by token took."""
    return float(np.nansum(written.seconds))


@dataclass(frozen=True)
class Proposal:
    """A look into the text: the ending that was there before, and what followed it then."""

    ending: tuple[int, int]  # first place and the one after the last
    before: tuple[int, int] | None  # the same words, earlier; None: not there
    following: tuple[int, int] | None  # what is proposed

    @property
    def is_there(self) -> bool:
        """Whether anything is proposed."""
        return self.following is not None


def example(ids: Sequence[int], n_ahead: int, longest: int = 3) -> Proposal:
    """Where look_up finds its proposal for a text. Raises what `look_up` raises."""
    n = len(ids)
    found = look_up(ids, n_ahead, longest)
    for size in range(min(longest, n - 1), 0, -1):
        for start in range(n - size - 1, -1, -1):
            if found and tuple(ids[start : start + size]) == tuple(ids[n - size :]):
                after = start + size
                return Proposal((n - size, n), (start, after), (after, after + len(found)))
    return Proposal((n - 1, n), None, None)
