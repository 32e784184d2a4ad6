import numpy as np
import pytest

from core import cross_entropy
from core.cross_entropy import IGNORED, Settings
from pages.figures import cross_entropy as figures
from pages.figures.style import ACCENT, REMOVED
from pages.text import LANGUAGES, load_text

LOGITS = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [0.0, 5.0, 0.0]])
LABELS = np.array([2, 0, IGNORED])
NAMES = ("0", "<b>", "␣a very long token")


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("cross_entropy", request.param)


def lines(figure):
    """What is written in the cells, row by row; the map has the same for its table."""
    _, cells, written = figure.data
    words = [word.removeprefix("<b>").removesuffix("</b>").strip() for word in written.text]
    assert all(written.text), "an empty text stays empty when the figure is redrawn"
    rows = np.array(words, object).reshape(len(figures.ROWS), -1).tolist()
    assert rows == [[cell[2] for cell in row] for row in cells.customdata]
    return rows


def found(**chosen):
    return cross_entropy.loss(LOGITS, LABELS, Settings(**chosen))


def test_under_each_logit_stand_its_numbers_and_at_the_end_their_sums(text):
    figure = figures.steps(found(), 0, NAMES, text)
    bars = figure.data[0]
    np.testing.assert_allclose(bars.y, LOGITS[0])
    assert bars.marker.color.index(ACCENT) == 2
    plain = lines(figure)
    assert plain[1] == ["2.7183", "7.3891", "20.086", "30.193"]
    assert plain[2] == ["0.0900", "0.2447", "0.6652", "1"]
    assert plain[3] == ["0", "0", "1", "1"]
    assert plain[4][-1] == ""
    assert plain[5] == ["0", "0", "0.4076", "0.4076"]
    assert figure.layout.yaxis2.ticktext == tuple(text(f"row.{row}") for row in figures.ROWS)
    assert figure.layout.xaxis.ticktext[1:3] == ("&lt;b&gt;", "<b>␣a very l…</b>")
    low, high = figure.layout.meta["drag_low"], figure.layout.meta["drag_high"]
    assert (low, high) == figures.NEAR


def test_smoothing_is_seen_in_the_aim_and_an_ignored_sample_has_none(text):
    figure = figures.steps(found(smoothing=0.3), 1, NAMES, text)
    assert lines(figure)[3] == ["0.8", "0.1", "0.1", "1"]
    figure = figures.steps(found(smoothing=0.3), 2, NAMES, text)
    assert ACCENT not in figure.data[0].marker.color
    assert lines(figure)[3] == ["0", "0", "0", "0"]


def test_a_large_logit_has_a_wider_axis(text):
    far = cross_entropy.loss(10 * LOGITS, LABELS)
    low, high = figures.steps(far, 0, NAMES, text).layout.yaxis.range
    assert low < figures.FAR[0] < figures.FAR[1] < high


def test_a_sample_that_is_ignored_has_no_bar_and_is_not_in_the_mean(text):
    figure = figures.samples(found(), 1, text)
    (bars,) = figure.data
    np.testing.assert_allclose(bars.x, [0.40761, 0.40761, 0], atol=1e-5)
    assert bars.marker.color[1:] == (ACCENT, REMOVED)
    assert figure.layout.yaxis.ticktext[2] == text("loss_samples.ignored", sample=2)
    (line,) = figure.layout.shapes
    assert line.x0 == pytest.approx(0.40761, abs=1e-5)
    none = cross_entropy.loss(LOGITS, np.full(3, IGNORED))
    assert figures.samples(none, 0, text).layout.shapes == ()


def test_the_curves_are_both_losses_and_both_descents(text):
    course = cross_entropy.course(LOGITS[0], 2)
    descents = tuple(
        cross_entropy.descend(LOGITS[0], 2, 9, 1.0, is_twice=is_twice) for is_twice in (False, True)
    )
    figure = figures.softmax_twice(course, 1.0, descents, cross_entropy.lowest_twice(3), text)
    right, twice, learnt, stalled, marks = figure.data
    np.testing.assert_allclose(right.y, course.right, rtol=1e-6)
    np.testing.assert_allclose(twice.y, course.twice, rtol=1e-6)
    np.testing.assert_allclose(learnt.y, descents[0], rtol=1e-6)
    np.testing.assert_allclose(stalled.y, descents[1], rtol=1e-6)
    assert marks.y[0] == pytest.approx(0.40761, abs=1e-3)
    assert right.name == learnt.name == text("softmax_twice.right")
    assert figure.layout.yaxis.range[1] >= right.y.max()


def test_the_formulas_hold_the_numbers_of_the_figures(text):
    result = found(class_weights=(3.0, 1.0, 1.0))
    told = figures.told(result, cross_entropy.twice(result), 1, text)
    assert told["exponentials"] == "e^3 + e^2 + e^1"
    assert (told["sum"], told["power"], told["probability"]) == ("30.193", "3", "0.6652")
    assert (told["surprisal"], told["weight"], told["loss"]) == ("0.4076", "3", "1.2228")
    assert (told["top"], told["below"]) == ("(0.4076 + 1.2228)", "(1 + 3)")
    assert told["mean"] == told["returned"] == "0.4076"
    assert told["perplexity"] == "1.5032"
    none = cross_entropy.loss(-LOGITS, np.full(3, IGNORED))
    told = figures.told(none, cross_entropy.twice(none), 0, text)
    assert told["exponentials"] == "e^(−1) + e^(−2) + e^(−3)"
    assert told["mean"] == told["perplexity"] == told["returned"] == "nan"
    assert told["headline"] == text("headline.ignored", sample=0)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.09003, "0.0900"),
        (3.0, "3"),
        (-0.5, "−0.5"),
        (-1e-17, "−1.0·10⁻¹⁷"),
        (22026.4658, "22026"),
        (5.18e21, "5.2·10²¹"),
        (2.2e-5, "2.2·10⁻⁵"),
        (0.0, "0"),
        (np.inf, "∞"),
        (np.nan, ""),
        (123.456, "123.46"),
    ],
)
def test_a_number_is_as_short_as_it_can_be(number, words):
    assert figures.short(number) == words
