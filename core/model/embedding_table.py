"""The input embeddings of the loaded model: what can be asked of them, and the answer. Torch-free.

The embedding of a token is one row of a matrix with a row for every entry of the vocabulary. The
work itself is in table_lookup.py; answers that come with the program, in stored_table.py.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import Shared
from core.tokens import Token

N_NEIGHBOURS = 12
COSINE_EDGES = np.linspace(-1.0, 1.0, 101)
NORM_BINS = 60


@dataclass(frozen=True)
class Neighbours:
    """The tokens whose embeddings point most nearly where those of the given tokens do.

    With `is_centred` the mean of all rows is taken from each row before cosines are computed.
    """

    token_ids: tuple[int, ...]
    n_neighbours: int = N_NEIGHBOURS
    is_centred: bool = False

    def n_tokens(self, model) -> int:
        """As many as the network could read while the matrix is multiplied with the tokens' rows.

        A token costs about two operations a parameter, a row of the matrix two a number.
        """
        from core.model import table_lookup

        table_lookup.check(model, self.token_ids)
        # Each row is read three more times: for the mean, for its length, for the mean direction.
        times = len(self.token_ids) + 3
        return 1 + model.card.d_vocab * model.card.d_model * times // model.card.n_parameters

    def steps(self, model, is_stopped):
        """Some thousand rows of the matrix a step."""
        from core.model import table_lookup

        return table_lookup.neighbourhood(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class Neighbourhood(Shared):
    """Some tokens with their nearest neighbours, and how their vectors lie among all others.

    Rows of the matrix that belong to no token of the vocabulary are left out everywhere.
    """

    points: tuple[
        Token, ...
    ]  # the tokens asked for, each once, then the neighbours that are not among them
    embeddings: Float[ndarray, "point d_model"]  # rows of the matrix, as they are
    neighbours: Int[ndarray, "token rank"]  # places among the points, the nearest one first
    cosines: Float[ndarray, "token rank"]
    cosine_counts: Int[ndarray, "token bin"]  # of all other rows, between COSINE_EDGES
    norm_counts: Int[ndarray, " column"]  # of all rows
    norm_edges: Float[ndarray, " edge"]
    smaller: Float[ndarray, " token"]  # share of all rows that are shorter than the token's
    mean: Float[ndarray, " d_model"]  # of all rows
    mean_cosines: Float[ndarray, " token"]  # of each token with all other rows
    mean_cosine: float  # of all pairs of different rows
    n_rows: int
    is_tied: bool  # the same matrix also turns the last state into logits
    is_centred: bool

    @property
    def n_tokens(self) -> int:
        """How many of the points were asked for."""
        return len(self.neighbours)

    @property
    def norms(self) -> Float[ndarray, " point"]:
        """The length of each point's row."""
        return np.linalg.norm(self.embeddings, axis=1)

    @property
    def mean_norm(self) -> float:
        """The length of the mean of all rows."""
        return float(np.linalg.norm(self.mean))
