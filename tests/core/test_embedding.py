import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import embedding
from core.model.embedding_table import Neighbourhood
from core.tokens import Token
from tests.neighbourhoods import made

NUMBERS = st.floats(-8, 8, width=32, allow_subnormal=False)


@st.composite
def matrices(draw, least=2):
    shape = draw(st.tuples(st.integers(least, 7), st.integers(1, 5)))
    return draw(arrays(np.float32, shape, elements=NUMBERS))


# Worked examples


def test_looking_up_is_multiplying_with_one_hot_rows(rng):
    matrix = rng.normal(size=(5, 3))
    ids = np.array([4, 0, 4])
    np.testing.assert_array_equal(embedding.lookup(matrix, ids), np.eye(5)[ids] @ matrix)


def test_the_cosine_of_three_and_four_is_four_fifths():
    found = embedding.cosines(np.array([[3.0, 4.0]]), np.array([[0.0, 2.0], [-6.0, -8.0]]))
    np.testing.assert_allclose(found, [[0.8, -1.0]])


def test_points_on_a_line_need_one_axis():
    axes = embedding.principal_axes(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), 2)
    np.testing.assert_allclose(axes.coordinates, [[-(2**0.5), 0], [0, 0], [2**0.5, 0]], atol=1e-12)
    np.testing.assert_allclose(axes.shares, [1, 0], atol=1e-12)


def test_a_text_of_many_tokens_is_looked_up_in_blocks():
    ids = (7, 5, 7, 3, 9, 5, 1)  # 7, 5 | 3, 9 | 1
    assert embedding.around(ids, 2, 2) == (7, 5)
    assert embedding.around(ids, 3, 2) == embedding.around(ids, 4, 2) == (3, 9)
    assert embedding.around(ids, 6, 2) == (1,)
    assert embedding.around(ids, 0, 24) == (7, 5, 3, 9, 1)


# Properties


@given(matrices())
def test_cosines_are_between_minus_one_and_one_whatever_the_lengths(matrix):
    found = embedding.cosines(matrix, matrix)
    assert (np.abs(found) <= 1 + 1e-5).all()
    np.testing.assert_allclose(found, embedding.cosines(3 * matrix, 0.5 * matrix), atol=1e-5)
    np.testing.assert_allclose(found, found.T, atol=1e-6)


@given(matrices())
def test_the_mean_of_all_pairs_needs_no_pairs(matrix):
    matrix = matrix + np.float32(0.01)  # a vector of 0 has no direction
    matrix = matrix[np.linalg.norm(matrix, axis=1) > 1e-3]
    if len(matrix) > 1:
        every = embedding.cosines(matrix.astype(float), matrix.astype(float))
        pairs = every[~np.eye(len(matrix), dtype=bool)]
        assert embedding.mean_cosine(matrix.astype(float)) == pytest.approx(pairs.mean(), abs=1e-6)


@given(matrices(), st.integers(1, 4))
def test_axes_hold_falling_shares_of_the_variance_and_all_of_them_everything(matrix, n_axes):
    axes = embedding.principal_axes(matrix, n_axes)
    assert axes.coordinates.shape == (len(matrix), n_axes)
    assert (np.diff(axes.shares) <= 1e-9).all()
    assert axes.shares.sum() <= 1 + 1e-9
    whole = embedding.principal_axes(matrix, matrix.shape[1]).coordinates
    middle = matrix.astype(float) - matrix.mean(axis=0)
    np.testing.assert_allclose(whole @ whole.T, middle @ middle.T, atol=1e-3)  # a rotation


@given(matrices(), st.integers(0, 10))
def test_the_map_is_the_same_whatever_the_order_of_the_points(matrix, seed):
    order = np.random.default_rng(seed).permutation(len(matrix))
    one = embedding.principal_axes(matrix, 1)
    other = embedding.principal_axes(matrix[order], 1)
    np.testing.assert_allclose(other.shares, one.shares, atol=1e-6)
    is_clear = len(matrix) > 1 and one.shares[0] > 0.7  # else two axes may change places
    if is_clear:
        largest = np.sort(np.abs(np.linalg.svd(matrix - matrix.mean(axis=0))[2][0]))[::-1]
        if len(largest) == 1 or largest[0] - largest[1] > 1e-3:  # else the sign is not clear
            np.testing.assert_allclose(other.coordinates, one.coordinates[order], atol=2e-3)


def test_near_on_the_unit_sphere_is_a_large_cosine():
    found = made()
    placed = embedding.token_map(found, 3, 60)  # enough axes for all of it
    directions = placed.axes.coordinates
    squares = ((directions[0] - directions) ** 2).sum(axis=1)
    rows = embedding.vectors(found)[placed.points]
    np.testing.assert_allclose(squares, 2 - 2 * embedding.cosines(rows[:1], rows)[0], atol=1e-5)
    assert placed.faithful == 1


def test_each_point_is_drawn_once_and_belongs_to_a_token():
    found = made()
    placed = embedding.token_map(found, 3, 2)
    assert len(set(placed.points.tolist())) == len(placed.points)
    np.testing.assert_array_equal(placed.owners[: placed.n_tokens], np.arange(found.n_tokens))
    for point, owner in zip(placed.points[found.n_tokens :], placed.owners[found.n_tokens :],
                            strict=True):  # fmt: skip
        assert point in found.neighbours[owner, :3]
    assert 0 <= placed.faithful <= 1


def test_without_the_mean_the_same_rows_have_other_cosines():
    plain, centred = embedding.among(made()), embedding.among(made(is_centred=True))
    np.testing.assert_allclose(np.diag(plain), 1, atol=1e-5)
    np.testing.assert_allclose(np.diag(centred), 1, atol=1e-5)
    assert np.abs(plain - centred).max() > 0.05


def test_rows_are_the_token_its_neighbours_and_the_mean():
    found = made()
    rows = embedding.rows(found, 2, 2)
    assert rows.points.tolist() == [2, *found.neighbours[2, :2]]
    np.testing.assert_array_equal(rows.numbers[0], found.embeddings[2])
    np.testing.assert_array_equal(rows.numbers[-1], found.mean)


# Oracles


def test_the_axes_are_those_of_the_covariance(rng):
    torch = pytest.importorskip("torch")
    points = rng.normal(size=(12, 7))
    variances, axes = torch.linalg.eigh(torch.cov(torch.from_numpy(points).T))
    found = embedding.principal_axes(points, 3)
    expected = (points - points.mean(axis=0)) @ axes.numpy()[:, ::-1][:, :3]
    signs = np.sign((expected * found.coordinates).sum(axis=0))
    np.testing.assert_allclose(found.coordinates, expected * signs, atol=1e-9)
    shares = (variances / variances.sum()).numpy()[::-1][:3]
    np.testing.assert_allclose(found.shares, shares, atol=1e-9)


# Refusals and edges


@pytest.mark.parametrize(("n_points", "n_axes"), [(0, 2), (3, 0)])
def test_no_points_and_no_axes_are_refused(n_points, n_axes):
    with pytest.raises(ValueError, match=f"got {n_points} and {n_axes}"):
        embedding.principal_axes(np.zeros((n_points, 4)), n_axes)


def test_one_point_lies_in_the_middle():
    axes = embedding.principal_axes(np.ones((1, 4)), 3)
    np.testing.assert_array_equal(axes.coordinates, np.zeros((1, 3)))
    np.testing.assert_array_equal(axes.shares, np.zeros(3))


def test_a_vector_without_direction_is_like_nothing():
    found = embedding.cosines(np.zeros((1, 3)), np.array([[1.0, 0, 0], [0, 0, 0]]))
    np.testing.assert_array_equal(found, [[0, 0]])


def test_a_single_token_with_a_single_neighbour_has_a_map():
    found = Neighbourhood(
        points=(Token(0, b"a"), Token(1, b"b")),
        embeddings=np.array([[1.0, 0], [0, 1]], np.float32),
        neighbours=np.array([[1]]),
        cosines=np.zeros((1, 1), np.float32),
        cosine_counts=np.zeros((1, 100), np.int64),
        norm_counts=np.array([2]),
        norm_edges=np.array([0, 2], np.float32),
        smaller=np.zeros(1),
        mean=np.full(2, 0.5, np.float32),
        mean_cosines=np.zeros(1),
        mean_cosine=0.0,
        n_rows=2,
        is_tied=True,
        is_centred=False,
    )
    placed = embedding.token_map(found, 12, 3)
    assert placed.axes.shares.tolist() == pytest.approx([1, 0, 0])
    assert placed.faithful == 1
