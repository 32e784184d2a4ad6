"""Another way to tell the loaded network where its tokens stand, for one run. Plain values."""

from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray

from core.model.forward_pass import Shared

PAIRINGS = ("halves", "neighbours")


@dataclass(frozen=True)
class Switch:
    """What takes the place of the network's own rotary position encoding.

    The network was not trained with it: what comes out shows what the formula does to this network,
    not how good a network is that was trained so.
    """

    frequencies: tuple[float, ...] = ()  # radians per position, of each pair; none: no rotation
    factor: float = 1.0  # on rotated queries and keys alike, so squared on their product (YaRN)
    pairing: str = "halves"  # one of PAIRINGS: which numbers of a head are read as a point
    slopes: tuple[float, ...] = ()  # ALiBi, of each head; none: no bias


@dataclass(frozen=True)
class Switched:
    """A run of a text with another position encoding."""

    text: str
    switch: Switch

    def n_tokens(self, model) -> int:
        """The text, once."""
        from core.model import asking, switching

        switching.check(model.rotation, self.switch, model.card.n_heads)
        return asking.count(model, self.text)

    def steps(self, model, is_stopped):
        """One step."""
        from core.model import switching

        return switching.switched(model, self, is_stopped)


@dataclass(frozen=True)
class LongLosses:
    """What each token of a long text costs, under each of several position encodings.

    The text may be longer than what other questions run, because nothing but the losses is kept.
    None stands for the network as it is.
    """

    text: str
    switches: tuple[Switch | None, ...]
    n_most: int  # tokens; the text is cut there

    def n_tokens(self, model) -> int:
        """The text, once for each encoding."""
        from core.model import switching

        for switch in filter(None, self.switches):
            switching.check(model.rotation, switch, model.card.n_heads)
        return len(switching.long_ids(model, self.text, self.n_most)) * len(self.switches)

    def steps(self, model, is_stopped):
        """A few hundred tokens a step."""
        from core.model import switching

        return switching.long_losses(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Losses(Shared):
    """Bits of each token from the second on, one row for each encoding that was asked for."""

    surprisals: Float[ndarray, "encoding target"]  # bits
    seconds: float  # that it took


@dataclass(frozen=True)
class Needles:
    """How probable the right answer is when it was hidden in a long text: one cell a step.

    A sentence is put into the text at a depth, from 0 (start) to 1 (end), and a question after it.
    """

    text: str  # the hay
    lengths: tuple[int, ...]  # tokens, the sentence and the question included
    depths: tuple[float, ...]
    switch: Switch | None = None  # None: the network as it is
    sentence: str = "\nThe secret number is 7421.\n"
    question: str = "\nThe secret number is"
    answer: str = " 7421"

    def n_tokens(self, model) -> int:
        """Each length, once for each depth."""
        from core.model import switching

        if self.switch is not None:
            switching.check(model.rotation, self.switch, model.card.n_heads)
        switching.long_ids(model, self.text, max(self.lengths))
        return sum(self.lengths) * len(self.depths)

    def steps(self, model, is_stopped):
        """One text a step."""
        from core.model import switching

        return switching.needles(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Found(Shared):
    """The probability of the whole answer, as the network goes on after the question."""

    probabilities: Float[ndarray, "depth length"]
