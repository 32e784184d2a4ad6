"""Questions about the likeliest continuation of a text: beam search, and the search for certain.

Plain values: torch-free. The work is in generating.py.
"""

from dataclasses import dataclass

from core.beam_search import Optimum, Search
from core.model.forward_pass import ModelCard, Shared
from core.tokens import Token


@dataclass(frozen=True)
class Beams:
    """The text, continued by beam search."""

    text: str
    n_beams: int
    n_new: int  # tokens, at most
    length_penalty: float = 1.0

    def n_tokens(self, model) -> int:
        """The text, and then all beams one token after the other."""
        from core.model import generating

        return len(generating.room_for(model, self.text, self.n_new)) + self.n_beams * self.n_new

    def steps(self, model, is_stopped):
        """One step a round."""
        from core.model import generating

        return generating.beamed(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Beamed(Shared):
    """A beam search on the network."""

    model: ModelCard
    given: tuple[Token, ...]
    search: Search
    vocabulary: tuple[bytes, ...]  # shared with the model

    def token(self, token_id: int) -> Token:
        """The vocabulary's entry under a number."""
        return Token(token_id, self.vocabulary[token_id])


@dataclass(frozen=True)
class Likeliest:
    """The likeliest continuation of the text, for certain, unless it takes too long."""

    text: str
    n_new: int  # tokens
    n_most: int  # beginnings that are read before it is given up

    def n_tokens(self, model) -> int:
        """As if it were given up: each beginning anew."""
        from core.model import generating

        given = generating.room_for(model, self.text, self.n_new)
        return len(given) + self.n_most * self.n_new // 2

    def steps(self, model, is_stopped):
        """One step a beginning."""
        from core.model import generating

        return generating.likeliest(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Likely(Shared):
    """What the search for certain came to."""

    optimum: Optimum
