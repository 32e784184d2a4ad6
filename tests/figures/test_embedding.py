import numpy as np
import pytest

from core import embedding
from pages.figures import embedding as figures
from pages.figures.style import ACCENT, COMPACT, INK, REMOVED
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.neighbourhoods import D_MODEL, made

FOUND = made()
ENGLISH = load_text("embedding", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bars_are_the_cosines_and_a_line_tells_what_is_usual(language):
    text = load_text("embedding", language)
    near = embedding.nearest(FOUND, 1, 4)
    figure = figures.nearest(FOUND, near, text)
    (bars,) = figure.data
    np.testing.assert_array_equal(bars.x, FOUND.cosines[1, :4].astype(np.float32))
    assert len(set(bars.y)) == 4
    assert figure.layout.shapes[0].x0 == pytest.approx(FOUND.mean_cosines[1])
    assert figure.layout.annotations[0].text == text("nearest.baseline")
    assert figure.layout.xaxis.title.text == text("axis.cosine")
    assert list(export.numbers(figure).columns) == [text("axis.cosine"), text("axis.neighbour")]


def test_bars_below_zero_stay_on_the_axis():
    near = embedding.Nearest(0, FOUND.neighbours[0, :2], np.array([0.2, -0.4], np.float32))
    assert figures.nearest(FOUND, near, ENGLISH).layout.xaxis.range[0] < -0.4


@pytest.mark.parametrize("n_axes", [2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_holds_every_point_once_and_marks_the_chosen_ones(language, n_axes):
    text = load_text("embedding", language)
    placed = embedding.token_map(FOUND, 3, n_axes)
    figure = figures.token_map(FOUND, placed, 1, text)
    spokes, points = figure.data
    assert len(points.x) == len(placed.points)
    assert points.type == ("scatter" if n_axes == 2 else "scatter3d")
    np.testing.assert_array_equal(points.y, placed.axes.coordinates[:, 1].astype(np.float32))
    colours = np.array(points.marker.color)
    np.testing.assert_array_equal(colours == ACCENT, placed.owners == 1)
    assert {INK, REMOVED} <= set(colours)
    labelled = np.array([bool(name) for name in points.text])
    np.testing.assert_array_equal(
        labelled, (np.arange(len(labelled)) < placed.n_tokens) | (placed.owners == 1)
    )
    assert points.text[0] == "&lt;b&gt;"
    assert np.isnan(spokes.x).sum() == (placed.owners == 1).sum() - 1
    table = export.numbers(figure)
    assert len(table) == len(placed.points)
    assert table.columns[0] == text("axis.token")
    share = text("token_map.axis", n=1, share=placed.axes.shares[0])
    axis = figure.layout.xaxis if n_axes == 2 else figure.layout.scene.xaxis
    assert axis.title.text == share


def test_distances_on_the_plane_can_be_compared():
    figure = figures.token_map(FOUND, embedding.token_map(FOUND, 3, 2), 0, ENGLISH)
    assert figure.layout.yaxis.scaleanchor == "x"
    figure = figures.token_map(FOUND, embedding.token_map(FOUND, 3, 3), 0, ENGLISH)
    assert figure.layout.scene.aspectmode == "data"


def test_labels_keep_out_of_each_others_way():
    places = np.array([[0, 0], [0.02, 0], [0.04, 0], [1, 1]], np.float32)
    sides = figures._sides(["first", "second", "third", "far"], places)
    assert len(set(sides[:3])) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_strip_is_a_row_of_the_matrix(language):
    text = load_text("embedding", language)
    rows = embedding.rows(FOUND, 2, 2)
    figure = figures.vector_strip(rows, ["<b>", "a", "b", text("vector_strip.mean")], text)
    (strips,) = figure.data
    np.testing.assert_array_equal(strips.z, rows.numbers.astype(np.float32))
    assert strips.z.shape == (4, D_MODEL)
    assert strips.meta == COMPACT
    assert strips.y[0].startswith("&lt;b&gt;")
    assert len(set(strips.y)) == 4
    assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax
    assert len(export.numbers(figure)) == 4 * D_MODEL


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_histograms_count_the_whole_table(language):
    text = load_text("embedding", language)
    figure = figures.whole_table(FOUND, 1, text)
    norms, tokens, cosines = figure.data
    assert sum(norms.y) == FOUND.n_rows
    assert sum(cosines.y) == FOUND.n_rows - 1
    np.testing.assert_allclose(tokens.x, FOUND.norms[: FOUND.n_tokens], rtol=1e-6)
    assert list(tokens.marker.color).index(ACCENT) == 1
    assert figure.layout.shapes[0].x0 == FOUND.mean_cosine
    assert figure.layout.xaxis2.title.text == text("axis.cosine")
    assert len(export.numbers(figure)) == len(norms.x) + len(cosines.x) + FOUND.n_tokens


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_words_is_their_cosines(language):
    text = load_text("embedding", language)
    cosines = embedding.among(FOUND)
    labels = tuple(point.visible for point in FOUND.points[: FOUND.n_tokens])
    figure = figures.word_cosines(labels, cosines, text)
    np.testing.assert_array_equal(figure.data[0].z, cosines.astype(np.float32))
    assert figure.data[0].x[0] == "&lt;b&gt;<sub>0</sub>"
    assert len(export.numbers(figure)) == FOUND.n_tokens**2
    assert figure.layout.coloraxis.colorbar.title.text == text("axis.cosine")
