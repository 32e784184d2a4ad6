"""Neighbourhoods in a table of random numbers, found with NumPy alone."""

import numpy as np

from core.model.embedding_table import COSINE_EDGES, Neighbourhood
from core.tokens import Token
from tests.forward_passes import HALF, VOCABULARY

D_MODEL = 24
NAMES = (b"<b>", b" cat", b"\n", HALF, "猫".encode())


def table(seed: int = 0) -> np.ndarray:
    """A matrix whose rows have a part in common."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(len(VOCABULARY), D_MODEL)) + 0.7).astype(np.float32)


def made(n: int = 6, *, is_centred: bool = False, names: tuple[bytes, ...] = NAMES):
    """The n nearest neighbours of some tokens."""
    matrix = table()
    mean = matrix.mean(axis=0)
    compared = matrix - mean if is_centred else matrix
    units = compared / np.linalg.norm(compared, axis=1, keepdims=True)
    asked = [VOCABULARY.index(name) for name in names]
    cosines = units[asked] @ units.T
    every = units @ units.T
    cosines[np.arange(len(asked)), asked] = -2
    nearest = np.argsort(-cosines, axis=1)[:, :n]
    ids = list(dict.fromkeys([*asked, *nearest.flatten().tolist()]))
    norms = np.linalg.norm(matrix, axis=1)
    counts, edges = np.histogram(norms, 20, (0, 1.02 * norms.max()))
    others = [np.delete(row, number) for row, number in zip(cosines, asked, strict=True)]
    return Neighbourhood(
        points=tuple(Token(number, VOCABULARY[number]) for number in ids),
        embeddings=matrix[ids],
        neighbours=np.vectorize(ids.index, otypes=[np.int64])(nearest),
        cosines=np.take_along_axis(cosines, nearest, axis=1),
        cosine_counts=np.stack([np.histogram(row, COSINE_EDGES)[0] for row in others]),
        norm_counts=counts,
        norm_edges=edges.astype(np.float32),
        smaller=np.array([(norms < norms[number]).mean() for number in asked]),
        mean=mean,
        mean_cosines=np.array([row.mean() for row in others]),
        mean_cosine=float((every.sum() - len(matrix)) / (len(matrix) * (len(matrix) - 1))),
        n_rows=len(matrix),
        is_tied=True,
        is_centred=is_centred,
    )
