"""What can be asked of the loaded model besides a run over one text. Plain values: torch-free.

A question is a key to its answer, so equal questions are worked on once. Its work is cut into
steps, and between two steps the service lets short runs through. The work itself is in asking.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from numpy import ndarray

from core.model.forward_pass import ForwardPass, Shared
from core.model.results import Answer

Head = tuple[int, int]  # layer, head
ABLATIONS = ("zero", "mean")
REPEATED = 50  # tokens of the random sequence, which stands there twice


@runtime_checkable
class Question(Protocol):
    """Something that takes one or many runs."""

    def n_tokens(self, model) -> int:
        """How many tokens will go through the network, for an estimate of the time.

        Raises what `steps` would raise at once.
        """

    def steps(self, model, is_stopped: Callable[[], bool]) -> "Iterator[float | Partial]":
        """Work; yield the share that is done in the pauses; return the answer."""


@dataclass(frozen=True)
class Partial:
    """How far a question is whose answer can be looked at while it grows."""

    share: float  # of the work
    answer: Answer  # what there is of it


@dataclass(frozen=True)
class Ablation:
    """What the network predicts when some heads carry nothing, or always their mean.

    "zero" puts zeros in place of a head's output. "mean" puts the mean of its output over the
    positions of the same text, run without any ablation: what the head carries whatever it reads.
    The mean knows the whole text, so the surprisal of early tokens may fall; the prediction after
    the last token has nothing ahead of it.
    """

    text: str
    heads: tuple[Head, ...]
    kind: str = "mean"  # one of ABLATIONS

    def n_tokens(self, model) -> int:
        """The text, once as it is and once with the heads ablated."""
        from core.model import asking

        asking.check(model, self.kind, self.heads)
        return 2 * asking.count(model, self.text)

    def steps(self, model, is_stopped):
        """Two steps, one a run."""
        from core.model import asking

        return asking.ablated(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Ablated(Shared):
    """Two runs of a text: as it is, and with heads ablated."""

    logits_before: Float[ndarray, " vocab"]
    logits_after: Float[ndarray, " vocab"]
    surprisals_before: Float[ndarray, " target"]  # bits
    surprisals_after: Float[ndarray, " target"]  # bits


@dataclass(frozen=True)
class HeadRanking:
    """What each head, ablated alone, would change for a text."""

    text: str
    kind: str = "mean"  # one of ABLATIONS

    def n_tokens(self, model) -> int:
        """The text once for each head of the network."""
        from core.model import asking

        asking.check(model, self.kind, ())
        return model.card.n_layers * model.card.n_heads * asking.count(model, self.text)

    def steps(self, model, is_stopped):
        """A few heads a step."""
        from core.model import asking

        return asking.ranked(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class RankedHeads(Shared):
    """What ablating each head alone changed."""

    divergences: Float[ndarray, "layer head"]  # bits; KL(before ‖ after) of the next token
    loss_changes: Float[ndarray, "layer head"]  # bits per token, after − before; NaN for one token


@dataclass(frozen=True)
class Continuation:
    """The text, continued by the most likely token again and again (greedy decoding)."""

    text: str
    n_new: int  # tokens; fewer are written where the network ends the text or its length is full

    def n_tokens(self, model) -> int:
        """The text and what is written, and once more for the run over all of it."""
        from core.model import asking

        return 2 * (asking.count(model, self.text) + self.n_new)

    def steps(self, model, is_stopped):
        """One step a token."""
        from core.model import asking

        return asking.continued(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Continued(Shared):
    """A text with its continuation, run once as a whole, and what stood to choose at each step."""

    forward: ForwardPass
    n_given: int  # tokens of the text; the others were written
    candidates: tuple[tuple[int, ...], ...]  # token ids at each step, the most likely one first
    probabilities: Float[ndarray, "step candidate"]
    has_ended: bool  # the network wrote its end-of-text token, which is left out


@dataclass(frozen=True)
class RepeatedTokens:
    """A run over random tokens that stand there twice: what comes next can only be looked up."""

    seed: int = 0

    def n_tokens(self, model) -> int:
        """Both copies."""
        return 2 * REPEATED

    def steps(self, model, is_stopped):
        """One step."""
        from core.model import asking

        return asking.repeated(model, self, is_stopped)
