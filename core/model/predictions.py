"""What the network expected at each token of a text, not only what the token cost: plain values.

The logits of 8,000 tokens would take 1.6 GB. So of each prediction a few numbers are kept, and its
best guesses. The work is in predicting.py.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import ModelCard, Shared
from core.tokens import Token

N_BEST = 10  # guesses that are kept of each prediction
N_MOST = 8_192  # tokens of a text


@dataclass(frozen=True)
class Predictions:
    """What the network predicts for every token of a text but the first, and how right it is.

    Of a text with more than `n_most` tokens, or than the network was made for, the first ones.
    """

    text: str
    n_best: int = N_BEST
    n_most: int = N_MOST  # tokens

    def n_tokens(self, model) -> int:
        """The text, once, as far as it is read."""
        from core.model import predicting

        return len(predicting.read_ids(model, self)[0])

    def steps(self, model, is_stopped):
        """A few hundred tokens a step; what there is of the answer is told in the pauses."""
        from core.model import predicting

        return predicting.predicted(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Predicted(Shared):
    """A text and its predictions: target i is the token i + 1, because the first has none."""

    model: ModelCard
    text: str
    tokens: tuple[Token, ...]  # as far as they were read, the first one included
    n_all: int  # tokens of the whole text
    vocabulary: tuple[bytes, ...]
    surprisals: Float[ndarray, " target"]  # bits, −log₂ p of the token that came
    entropies: Float[ndarray, " target"]  # bits that the prediction itself expects
    ranks: Int[ndarray, " target"]  # of the token that came: 1 = best; ties by token id
    best_ids: Int[ndarray, "target rank"]  # the likeliest tokens; ties by token id
    best_probabilities: Float[ndarray, "target rank"]
    is_stored: bool = False  # read from the file that comes with the program, not run now

    @property
    def probabilities(self) -> Float[ndarray, " target"]:
        """p of each token that came."""
        return np.exp2(-self.surprisals)

    @property
    def both(self) -> Float[ndarray, "encoding target"]:
        """Surprisals and entropies as two rows, to be averaged alike."""
        return np.stack([self.surprisals, self.entropies])

    @property
    def most_surprising(self) -> int:
        """The place of the token that cost most."""
        return int(self.surprisals.argmax()) + 1

    def target_at(self, place: int) -> int:
        """The target at a place among the tokens, from 1 on."""
        return place - 1

    def token(self, token_id: int) -> Token:
        """The vocabulary's entry under a number."""
        return Token(token_id, self.vocabulary[token_id])
