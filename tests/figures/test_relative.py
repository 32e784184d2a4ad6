import numpy as np
import pytest

from core import attention, relative, rope
from pages.figures import relative as figures
from pages.figures.style import ACCENT, COMPACT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage
from tests.forward_passes import made

FORWARD = made(6)
LOOKS = attention.head(FORWARD, 1, 2)


def vectors(d_head=16, seed=0):
    query, key = np.random.default_rng(seed).normal(size=(2, d_head))
    return relative.Vectors(query, key, rope.spectrum(d_head), 0.25, 3, is_measured=True)


COURSE = relative.by_distance(vectors(), figures.distances(64))


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("relative", request.param)


def test_the_map_has_the_score_of_every_place(text):
    figure = figures.diagonals(vectors(), 3, 0, text)
    cells = figure.data[0]
    np.testing.assert_allclose(cells.z, relative.placed(vectors(), 65), rtol=1e-5, atol=1e-6)
    assert cells.meta == COMPACT
    assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax
    assert figure.layout.yaxis.title.text == text("axis.m")


def test_the_mark_moves_along_its_diagonal_and_its_number_stays(text):
    figure = figures.diagonals(vectors(), 3, 5, text)
    score = COURSE.scores[3]
    assert len(figure.frames) == 62
    for place, frame in enumerate(figure.frames):
        mark, number = frame.data
        assert (mark.x, mark.y) == ((place,), (place + 3,))
        expected = text("diagonals.number", query=place + 3, key=place, score=score)
        assert number.text == (expected,)
    assert figure.data[2].x == (5,)
    assert figure.layout.sliders[0].active == 5


@pytest.mark.parametrize(("distance", "shift"), [(0, 64), (32, 64), (1000, 0), (1000, 64)])
def test_any_distance_and_shift_have_room(text, distance, shift):
    figure = figures.diagonals(vectors(), distance, shift, text)
    (x,), (y,) = figure.data[2].x, figure.data[2].y
    assert 0 <= x <= y <= 64
    assert y - x == min(distance, 32)
    assert len(figure.frames) > 30


def test_the_map_is_the_same_at_each_step_and_small(text):
    packed = stage.packed(figures.diagonals(vectors(), 3, 0, text))
    assert packed == stage.packed(figures.diagonals(vectors(), 3, 40, text))
    assert len(packed[0]) < 60_000
    assert len(export.numbers(figures.diagonals(vectors(), 3, 0, text))) == 65 * 65


def test_the_bars_are_the_querys_weights_and_the_key_stands_out(text):
    figure = figures.key_weights(LOOKS, FORWARD.tokens, 4, 2, text)
    (bars,) = figure.data
    np.testing.assert_array_equal(bars.x, LOOKS.attention_weights[4, :5])
    assert bars.marker.color == (REMOVED, REMOVED, SECOND, REMOVED, REMOVED)
    assert bars.y[0] == "&lt;b&gt;<sub>0</sub>"


@pytest.mark.parametrize(("distance", "n_marks"), [(0, 1), (64, 1), (65, 0)])
def test_the_score_is_drawn_over_distance_with_its_own_distance_marked(text, distance, n_marks):
    line, mark = figures.score_by_distance(COURSE, distance, text).data
    np.testing.assert_allclose(line.y, COURSE.scores, rtol=1e-6)
    assert len(mark.x) == n_marks
    if n_marks:
        assert mark.y[0] == pytest.approx(COURSE.scores[distance])


def test_the_bound_is_drawn_above_the_score(text):
    figure = figures.decay_bound(COURSE, text)
    bound, score = figure.data
    assert (np.asarray(bound.y) >= np.asarray(score.y)).all()
    assert [trace.name for trace in figure.data] == [
        text("decay_bound.bound"),
        text("decay_bound.score"),
    ]
    low, high = figure.layout.yaxis.range
    assert low < np.log10(COURSE.most) < np.log10(COURSE.bounds.max()) < high


def test_a_score_of_nothing_is_drawn_without_a_logarithm_of_0(text):
    still = np.zeros(4)
    nothing = relative.Vectors(still, still, rope.spectrum(4), 1.0, 0, is_measured=True)
    course = relative.by_distance(nothing, figures.distances(64))
    assert np.isfinite(figures.decay_bound(course, text).layout.yaxis.range).all()
    assert figures.carriers_map(course, text).layout.coloraxis.cmax == 1
    assert figures.diagonals(nothing, 0, 0, text).layout.coloraxis.cmax == 1


def test_the_bars_of_the_pairs_add_up_to_the_score(text):
    (bars,) = figures.carriers(COURSE, text).data
    assert sum(bars.y) == pytest.approx(COURSE.scores[0], abs=1e-5)
    assert set(bars.marker.color) <= {ACCENT, SECOND}
    assert all((y >= 0) == (c == ACCENT) for y, c in zip(bars.y, bars.marker.color, strict=True))


@pytest.mark.parametrize("span", figures.SPANS)
def test_the_map_over_distance_has_not_too_many_columns(text, span):
    thin = relative.by_distance(vectors(), figures.thinned(span))
    figure = figures.carriers_map(thin, text)
    assert np.asarray(figure.data[0].z).shape[1] <= 513
    assert thin.distances[-1] == span
    np.testing.assert_allclose(np.asarray(figure.data[0].z).sum(axis=0), thin.scores, atol=1e-4)
    assert figure.layout.coloraxis.colorbar.title.text == text("axis.adds")
