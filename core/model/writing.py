"""Questions about writing: a text goes on token by token, through a chain of sampling steps.

Plain values: torch-free. The work itself is in generating.py.
"""

from dataclasses import dataclass

from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ModelCard, Shared
from core.sampling import Step
from core.tokens import Token

N_SHOWN = 10  # alternatives to each token that was written
ENDINGS = ("asked", "ended", "full", "nothing_left", "underway")


@dataclass(frozen=True)
class Writing:
    """The text, continued by drawing from the distribution that the steps leave.

    `prefix` is what was written before, or chosen by hand: token ids after the text's own. A token
    is drawn with the number of its place in the seed's sequence, so whoever chooses by hand what
    would have been drawn gets the same text.
    """

    text: str
    n_new: int  # tokens after the prefix; fewer where the network ends the text or it is full
    chain: tuple[Step, ...] = ()  # of sampling steps
    seed: int = 0
    prefix: tuple[int, ...] = ()

    def n_tokens(self, model) -> int:
        """The text with its prefix, and then one by one."""
        from core.model import generating

        return len(generating.given(model, self)) + self.n_new

    def steps(self, model, is_stopped):
        """One step a token."""
        from core.model import generating

        return generating.written(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Written(Shared):
    """What was written so far, and what stood to choose at each of its tokens, prefix included."""

    model: ModelCard
    given: tuple[Token, ...]  # the text
    tokens: tuple[Token, ...]  # the prefix, and what was drawn after it
    n_prefix: int
    probabilities: Float[ndarray, " step"]  # that the network itself gave to the token
    drawn_with: Float[ndarray, " step"]  # its probability after all sampling steps; 0: by hand only
    ranks: Int[ndarray, " step"]  # in the network's own distribution; 1 is the most likely
    entropies: Float[ndarray, " step"]  # bits, of the network's own distribution
    candidates: Int[ndarray, "step candidate"]  # token ids, the most likely first
    candidate_probabilities: Float[ndarray, "step candidate"]  # the network's own
    candidate_drawn_with: Float[ndarray, "step candidate"]  # after all sampling steps
    removed_by: Int[ndarray, "step candidate"]  # number of the sampling step, from 1; 0: kept
    seconds: Float[ndarray, " step"]  # that each token took; of the prefix NaN
    vocabulary: tuple[bytes, ...]  # shared with the model
    ending: str  # one of ENDINGS

    def token(self, token_id: int) -> Token:
        """The vocabulary's entry under a number."""
        return Token(token_id, self.vocabulary[token_id])

    @property
    def ids(self) -> tuple[int, ...]:
        """What was written, as numbers: the prefix of a writing that goes on."""
        return tuple(token.id for token in self.tokens)

    @property
    def text(self) -> str:
        """What was written; "�" where its last character is not complete."""
        return b"".join(token.bytes for token in self.tokens).decode("utf-8", "replace")


@dataclass(frozen=True)
class Speculation:
    """The text, continued with proposals looked up in the text itself."""

    text: str
    n_new: int  # tokens
    n_ahead: int  # tokens that are proposed at once, at most
    chain: tuple[Step, ...] = ()
    seed: int = 0

    def n_tokens(self, model) -> int:
        """The text, and then all that is read in the worst case."""
        from core.model import generating

        return len(generating.room_for(model, self.text, self.n_new)) + self.n_new

    def steps(self, model, is_stopped):
        """One step a pass."""
        from core.model import generating

        return generating.speculated(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Speculated(Shared):
    """What was written so, pass by pass."""

    model: ModelCard
    given: tuple[Token, ...]
    tokens: tuple[Token, ...]
    n_proposed: Int[ndarray, " step"]  # tokens, in each pass
    n_accepted: Int[ndarray, " step"]
    seconds: Float[ndarray, " step"]  # of each pass; the first one reads the text

    @property
    def text(self) -> str:
        """What was written; "�" where its last character is not complete."""
        return b"".join(token.bytes for token in self.tokens).decode("utf-8", "replace")
