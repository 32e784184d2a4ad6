import numpy as np
import pytest

from core import long_context, surprisal
from core.model import stored, stored_predictions
from pages.figures import surprisal as figures
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

FOUND = stored_predictions.load(stored.load())
COURSE = surprisal.course(FOUND.surprisals, FOUND.entropies)


@pytest.mark.parametrize("language", LANGUAGES)
def test_bars_are_the_bits_and_the_lines_their_mean_and_what_was_expected(language):
    text = load_text("surprisal", language)
    figure = figures.bits(COURSE, FOUND.tokens, 2, text)
    each, mean, expected, perplexity = figure.data
    np.testing.assert_allclose(each.y, FOUND.surprisals, rtol=1e-6)
    np.testing.assert_allclose(mean.y, COURSE.running_mean, rtol=1e-6)
    np.testing.assert_allclose(expected.y, FOUND.entropies, rtol=1e-6)
    np.testing.assert_allclose(perplexity.y, 2**COURSE.running_mean, rtol=1e-5)
    assert (each.type, mean.type) == ("bar", "scatter")
    names = [text(f"bits.{name}") for name in ("each", "mean", "entropy", "perplexity")]
    assert [trace.name for trace in figure.data] == names
    assert figure.layout.xaxis.title.text == text("axis.token")
    assert figure.layout.yaxis.title.text == text("axis.bits")
    assert figure.layout.yaxis2.title.text == text("axis.perplexity")
    (frame,) = figure.layout.shapes
    assert (frame.x0 + frame.x1) / 2 == 1  # the second bar is that of token 2
    (end,) = figure.layout.annotations
    assert f"{COURSE.cross_entropy:.2f}" in end.text
    assert f"{COURSE.perplexity:.1f}" in end.text


def test_one_height_is_bits_on_the_left_and_two_to_their_power_on_the_right():
    layout = figures.bits(COURSE, FOUND.tokens, 1, load_text("surprisal", "en")).layout
    left, right = layout.yaxis.range, layout.yaxis2.range
    assert layout.yaxis2.type == "log"
    assert right == pytest.approx([np.log10(2**height) for height in left])
    assert left[1] > max(FOUND.surprisals)


def test_the_first_token_has_no_bar_and_equal_tokens_stay_apart():
    forward = made(6)
    course = surprisal.course(forward.surprisals)
    figure = figures.bits(course, forward.tokens, None, load_text("surprisal", "en"))
    for trace in figure.data:
        assert trace.x == (
            "&amp;<sub>1</sub>",
            "␣cat<sub>2</sub>",
            "↵<sub>3</sub>",
            "⟨E4 BD⟩<sub>4</sub>",
            "␣cat<sub>5</sub>",
        )


@pytest.mark.parametrize(("n_tokens", "mode"), [(2, "lines+markers"), (200, "lines")])
def test_the_points_of_a_long_line_are_left_out(n_tokens, mode):
    forward = made(n_tokens)
    course = surprisal.course(forward.surprisals)
    line = figures.bits(course, forward.tokens, 1, load_text("surprisal", "en")).data[1]
    assert line.mode == mode
    assert len(line.y) == n_tokens - 1


def test_a_long_text_is_drawn_as_the_means_of_its_windows(rng):
    rows = rng.exponential(4.0, (2, 5_000)).astype(np.float32)
    course = surprisal.course(*rows)
    windows = long_context.windowed(rows, 50)
    figure = figures.windowed_bits(course, windows, 50, 77, load_text("surprisal", "en"))
    each, mean, expected, perplexity = figure.data
    assert len(each.x) <= 1_000
    np.testing.assert_allclose(each.y, windows.values[0], rtol=1e-5)
    np.testing.assert_allclose(expected.y, windows.values[1], rtol=1e-5)
    assert each.y[-1] == pytest.approx(rows[0, -50:].mean(), rel=1e-4)
    assert mean.y[-1] == pytest.approx(course.cross_entropy)
    assert perplexity.y[-1] == pytest.approx(course.perplexity, rel=1e-4)
    assert figure.layout.shapes[0].x0 == 77
    assert "50" in each.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_histogram_marks_mean_and_median(language):
    text = load_text("surprisal", language)
    found = surprisal.histogram(FOUND.surprisals)
    figure = figures.bit_counts(found, text)
    (bars,) = figure.data
    np.testing.assert_array_equal(bars.y, found.counts)
    np.testing.assert_allclose(bars.x, found.edges[:-1] + 0.5)
    assert [shape.x0 for shape in figure.layout.shapes] == [found.mean, found.median]
    assert [note.text for note in figure.layout.annotations] == [
        text("bit_counts.mean", bits=found.mean),
        text("bit_counts.median", bits=found.median),
    ]


@pytest.mark.parametrize("is_among", [True, False])
def test_the_token_that_came_stands_out_among_the_guesses(is_among):
    best, shares = FOUND.best_ids[3], FOUND.best_probabilities[3]
    own = int(best[4]) if is_among else int(max(best)) + 1
    choice = surprisal.guesses(own, float(shares[4]) if is_among else 1e-5, best, shares)
    tokens = tuple(FOUND.token(int(number)) for number in choice.token_ids)
    text = load_text("surprisal", "en")
    (bars,) = figures.guesses(choice, tokens, 5 if is_among else 1_234, text).data
    assert len(bars.y) == (11 if is_among else 12)
    assert sum(bars.y) == pytest.approx(1, abs=1e-4)
    colours = [ACCENT] * (len(bars.y) - 1) + [REMOVED]
    colours[choice.own] = SECOND
    assert list(bars.marker.color) == colours
    assert ("1,234" in bars.x[-2]) is not is_among
    assert bars.x[-1] == text("guesses.rest")


@pytest.mark.parametrize("shade", surprisal.SHADES[:3])
def test_the_ticks_of_the_colours_stand_where_their_numbers_are(shade):
    d_vocab = 49_152
    places, labels = zip(*figures.ticks(shade, d_vocab), strict=True)
    numbers = np.array([float(label.replace(",", "")) for label in labels])
    ranks = numbers.clip(1).astype(int)
    levels = surprisal.levels(shade, numbers, numbers, ranks, d_vocab)
    assert places == pytest.approx(levels, abs=1e-3)
    assert list(places) == sorted(places)
    assert (places[0], places[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_put_into_the_formulas(language):
    text = load_text("surprisal", language)
    spread = surprisal.histogram(FOUND.surprisals)
    values = figures.in_words(FOUND, COURSE, spread, 1)
    table = figures.lines(COURSE, values, text)
    rows = table.splitlines()[2:]
    assert len(rows) == 5
    assert f"= {COURSE.surprisals[0]:.2f}$" in rows[0]
    assert f"= {COURSE.entropies[0]:.2f}$" in rows[1]
    assert rf"\frac{{{COURSE.total:,.2f}}}{{8}} = {COURSE.cross_entropy:.3f}$" in rows[3]
    assert f"2^{{{COURSE.cross_entropy:.3f}}} = {COURSE.perplexity:,.2f}$" in rows[4]
    assert values["first"] == pytest.approx(1 / 8)
