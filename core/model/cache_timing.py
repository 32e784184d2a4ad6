"""A question: how long a token takes with a KV cache and without, and what the cache takes.

Plain values: torch-free. The measuring is in generating.py.
"""

from dataclasses import dataclass

from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ModelCard, Shared


@dataclass(frozen=True)
class CacheTiming:
    """The first tokens of a text are read, and then the likeliest next token is written, again and
    again: once by reading only what is new, once by reading everything anew.
    """

    text: str
    n_before: int  # tokens of the text, at most
    n_new: int  # tokens that are written

    def n_tokens(self, model) -> int:
        """All that is read in both ways."""
        from core.model import generating

        n = len(generating.beginning(model, self))
        return sum(n + step for step in range(self.n_new)) + n + self.n_new

    def steps(self, model, is_stopped):
        """One step a token."""
        from core.model import generating

        return generating.timed(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class CacheTimes(Shared):
    """What each written token took in both ways."""

    model: ModelCard
    n_before: int  # tokens of the text
    with_cache: Float[ndarray, " step"]  # seconds; the first step reads the whole text
    without_cache: Float[ndarray, " step"]  # seconds
    cache_bytes: Int[ndarray, " step"]  # of the keys and values that are kept after the step
    largest_difference: float  # between the logits of the two ways
    same_tokens: bool  # both ways would have written the same
