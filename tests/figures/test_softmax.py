import numpy as np
import pytest

from core import softmax
from pages.figures import softmax as figures
from pages.figures.style import ACCENT, REMOVED
from pages.text import LANGUAGES, load_text

LOGITS = np.array([2.0, 1.0, 0.5, -1.0])
NAMES = ("<b>", "cat", "␣dog", "a long token")


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("softmax", request.param)


def test_an_arrow_goes_from_each_probability_to_its_target(text):
    found = softmax.gradient(LOGITS, 1)
    figure = figures.pulls(found, NAMES, text)
    logits, shares, target = figure.data
    np.testing.assert_allclose(logits.y, LOGITS)
    np.testing.assert_allclose(shares.y, found.probabilities, rtol=1e-6)
    assert target.y.tolist() == [0, 1, 0, 0]
    assert shares.marker.color == (REMOVED, ACCENT, REMOVED, REMOVED)
    arrows = [note for note in figure.layout.annotations if note.showarrow]
    lengths = {note.x: note.ay - note.y for note in arrows}
    for place, slope in enumerate(found.of_logits):
        if abs(slope) >= figures.LEAST_ARROW:
            assert lengths[place] == pytest.approx(slope)
    assert len(lengths) == (abs(found.of_logits) >= figures.LEAST_ARROW).sum()
    assert figure.layout.xaxis.ticktext[0] == "&lt;b&gt;"
    assert figure.layout.xaxis2.ticktext[1].endswith(f"{found.probabilities[1]:.3f}")
    assert figure.layout.annotations[-1].text == text("pulls.arrow")


@pytest.mark.parametrize(
    ("highest", "ends"), [(9.9, (-10, 10)), (22.0, (0, 30)), (31.0, (-50, 50)), (-44, (-50, 50))]
)
def test_every_logit_stands_inside_what_it_can_be_dragged_to(text, highest, ends):
    found = softmax.gradient(np.array([highest, 1.0]), 0)
    layout = figures.pulls(found, ("A", "B"), text).layout
    assert (layout.meta["drag_low"], layout.meta["drag_high"]) == ends
    low, high = layout.yaxis.range
    assert low < ends[0]
    assert ends[1] < high


def test_the_cells_of_the_jacobian_are_its_numbers_and_its_rows_add_up_to_nothing(text):
    table = softmax.jacobian(LOGITS)
    cells, sums = figures.jacobian(table, NAMES, text).data
    np.testing.assert_allclose(cells.z, table, rtol=1e-6)
    assert cells.text[0][0] == f"{table[0, 0]:+.3f}"
    assert cells.text[0][1] == f"{table[0, 1]:+.3f}".replace("-", "−")
    assert sums.text == ("<b>0</b>",) * 4
    assert cells.customdata[1][2][:2] == ["cat", "␣dog"]


def test_both_losses_are_drawn_and_the_present_logit_where_it_is(text):
    found, now = softmax.saturation(LOGITS, 0), softmax.gradient(LOGITS, 0)
    figure = figures.flat_ends(found, now, text)
    names = ("probabilities", "slopes", "cross_entropy", "squared_error")
    for trace, name in zip(figure.data, names, strict=True):
        np.testing.assert_allclose(trace.y, getattr(found, name), rtol=1e-6, atol=1e-12)
    assert [shape.x0 for shape in figure.layout.shapes] == [2.0, 2.0]
    far = np.array([50.0, -50.0])
    figure = figures.flat_ends(softmax.saturation(far, 0), softmax.gradient(far, 0), text)
    assert len(figure.layout.shapes) == 0, "it lies beyond the axis"


def test_each_step_of_the_descent_is_a_frame(text):
    course = softmax.descend(LOGITS, 3, 2.0, 5)
    figure = figures.descent(course, NAMES, 2, text)
    assert len(figure.frames) == len(figure.layout.sliders[0].steps) == 6
    for step, frame in enumerate(figure.frames):
        np.testing.assert_allclose(frame.data[0].y, course.logits[step], rtol=1e-6)
        np.testing.assert_allclose(frame.data[1].y, course.probabilities[step], rtol=1e-6)
        np.testing.assert_allclose(frame.data[2].y, course.losses[step], rtol=1e-6)
    np.testing.assert_allclose(figure.data[1].y, course.probabilities[2], rtol=1e-6)
    np.testing.assert_allclose(figure.data[3].y, course.losses, rtol=1e-6)
    assert figure.layout.sliders[0].active == 2
    assert figure.layout.yaxis3.title.text == text("axis.loss")


def test_what_overflowed_is_shown_as_what_it_gave(text):
    found = softmax.shifts(LOGITS)
    figure = figures.overflow(found, NAMES, text)
    naive, stable = figure.data
    shown = {(note.y, note.x) for note in figure.layout.annotations}
    assert shown == {*map(tuple, np.argwhere(np.isnan(found.naive)).tolist())}
    assert all(note.text == "<b>NaN</b>" for note in figure.layout.annotations)
    np.testing.assert_array_equal(naive.z, found.naive)
    np.testing.assert_array_equal(stable.z, found.stable)
    assert stable.text[0][0] == f"{found.stable[0, 0]:.3f}"


def test_the_numbers_in_the_formula_are_those_of_the_figure():
    found = softmax.gradient(LOGITS, 0)
    lines = figures.worked(found)
    assert f"{found.probabilities[0]:.4f}" in lines
    assert f"{found.loss:.4f}" in lines
    assert r"\frac{1.000}{1.000 + 0.368 + 0.223 + 0.050}" in lines
