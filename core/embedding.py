"""Embedding: every token is a vector, one row of a matrix, learned like every other weight.

Looking up token t takes row t of the matrix E, which is the same as multiplying a one-hot row by
it: onehot(t)·E. Tokens that are used alike get vectors that point alike. word2vec (skip-gram and
CBOW) was trained for such vectors alone; a language model learns them on the way.

Mikolov et al. 2013, arXiv:1301.3781. Ethayarajh 2019, arXiv:1909.00512 (directions are not spread
evenly). Mu and Viswanath 2018, arXiv:1702.01417 (the mean taken out). Press and Wolf 2017,
arXiv:1608.05859 (one matrix for input and output).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.embedding_table import Neighbourhood


@dataclass(frozen=True, eq=False)
class Axes:
    """Points in the few directions in which they differ most."""

    coordinates: Float[ndarray, "point axis"]
    shares: Float[ndarray, " axis"]  # of the points' variance that each axis holds


@dataclass(frozen=True, eq=False)
class Nearest:
    """One token's neighbours, the nearest first."""

    token: int  # its place among the points
    points: Int[ndarray, " rank"]  # places among the points
    cosines: Float[ndarray, " rank"]


@dataclass(frozen=True, eq=False)
class TokenMap:
    """Some tokens with their nearest neighbours, as points in two or three dimensions."""

    points: Int[ndarray, " shown"]  # places among the points of the neighbourhood
    owners: Int[ndarray, " shown"]  # the token each was drawn for; of a token, itself
    axes: Axes
    n_tokens: int  # the first of the points; the others are neighbours
    faithful: float  # share of the tokens whose nearest point is the same one on the map


@dataclass(frozen=True, eq=False)
class Rows:
    """A token's row of the matrix, those of its nearest neighbours, and the mean of all rows."""

    points: Int[ndarray, " shown"]  # places among the points, of all but the last row
    numbers: Float[ndarray, "row d_model"]


def lookup(
    matrix: Float[ndarray, "vocab d_model"], token_ids: Int[ndarray, " token"]
) -> Float[ndarray, "token d_model"]:
    """E[t] for each token t: what onehot(t)·E comes to, without the multiplications by 0."""
    return matrix[token_ids]


def cosines(
    vectors: Float[ndarray, "point d_model"], others: Float[ndarray, "other d_model"]
) -> Float[ndarray, "point other"]:
    """cos(u, v) = u·v / (‖u‖·‖v‖): 1 for the same direction, whatever the lengths.

    0 where one of the vectors is 0 and has no direction.
    """
    return _directions(vectors) @ _directions(others).T


def mean_cosine(vectors: Float[ndarray, "point d_model"]) -> float:
    """The mean cosine of all pairs of different vectors, at the cost of a single sum.

    The cosines of all ordered pairs add up to ‖Σ u/‖u‖‖², each vector's with itself included.
    """
    n, total = len(vectors), _directions(vectors).sum(axis=0, dtype=np.float64)
    return float((total @ total - n) / (n * (n - 1)))


def vectors(found: Neighbourhood) -> Float[ndarray, "point d_model"]:
    """The vectors whose directions are compared: the rows, without the mean of all if centred."""
    return found.embeddings - found.mean if found.is_centred else found.embeddings


def nearest(found: Neighbourhood, token: int, n: int) -> Nearest:
    """The first n neighbours of one of the tokens."""
    return Nearest(token, found.neighbours[token, :n], found.cosines[token, :n])


def rows(found: Neighbourhood, token: int, n: int) -> Rows:
    """One of the tokens, its first n neighbours, and the mean of all rows of the matrix."""
    points = np.concatenate([[token], found.neighbours[token, :n]]).astype(int)
    return Rows(points, np.vstack([lookup(found.embeddings, points), found.mean]))


def among(found: Neighbourhood) -> Float[ndarray, "token token"]:
    """The cosine of each of the tokens with each other one."""
    own = vectors(found)[: found.n_tokens]
    return cosines(own, own)


def principal_axes(points: Float[ndarray, "point d_model"], n_axes: int) -> Axes:
    """The n orthogonal directions along which the points vary most (PCA, by the SVD).

    X − mean = U·S·Vᵀ: the rows of Vᵀ are the axes, U·S the coordinates, S² the variances. An axis
    has no sign of its own; here its largest weight is positive. Axes that the points do not need
    are 0.

    Raises:
        ValueError: there is no point, or no axis is asked for.
    """
    if not len(points) or n_axes < 1:
        raise ValueError(f"at least one point and one axis, got {len(points)} and {n_axes}")
    middle = points - points.mean(axis=0)
    u, s, axes = np.linalg.svd(middle.astype(np.float64), full_matrices=False)
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])
    n = min(n_axes, len(s))
    coordinates, shares = np.zeros((len(points), n_axes)), np.zeros(n_axes)
    coordinates[:, :n] = (u * s * signs)[:, :n]
    shares[:n] = s[:n] ** 2 / max(float(s @ s), 1e-30)
    return Axes(coordinates, shares)


def token_map(found: Neighbourhood, n_neighbours: int, n_axes: int) -> TokenMap:
    """The tokens and the first neighbours of each, by the directions of their vectors.

    Vectors are brought to length 1 first, so that near on the map stands for a large cosine:
    ‖u − v‖² = 2 − 2·cos(u, v).
    """
    n = found.n_tokens
    drawn = found.neighbours[:, :n_neighbours]
    owner_of = {token: token for token in range(n)}
    for token, row in enumerate(drawn.tolist()):
        for point in row:
            owner_of.setdefault(point, token)  # one that several share is drawn once
    points = np.array(list(owner_of))
    directions = _directions(vectors(found)[points])
    axes = principal_axes(directions, n_axes)
    own = _nearest_points(directions, n)
    seen = _nearest_points(axes.coordinates, n)
    return TokenMap(points, np.array(list(owner_of.values())), axes, n, float((own == seen).mean()))


def around(token_ids: tuple[int, ...], chosen: int, most: int) -> tuple[int, ...]:
    """A text's different tokens, in order; of more than `most`, the block of the chosen one."""
    different = tuple(dict.fromkeys(token_ids))
    start = different.index(token_ids[chosen]) // most * most
    return different[start : start + most]


def _directions(vectors: ndarray) -> ndarray:
    # The square of a tiny number would be 0, so the largest of each vector is made 1 first.
    largest = np.abs(vectors).max(axis=-1, keepdims=True, initial=0)
    scaled = vectors / np.where(largest > 0, largest, 1)
    norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
    return scaled / np.where(norms > 0, norms, 1)


def _nearest_points(places: ndarray, n: int) -> Int[ndarray, " token"]:
    """For each of the first n points, the nearest other one."""
    lengths = (places**2).sum(axis=-1)
    squares = lengths[:n, None] + lengths - 2 * places[:n] @ places.T
    squares[np.arange(n), np.arange(n)] = np.inf
    return squares.argmin(axis=1)
