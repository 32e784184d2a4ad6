import numpy as np
import pytest

from core import surprisal
from pages.figures import surprisal as figures
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made


@pytest.mark.parametrize("language", LANGUAGES)
def test_bars_are_the_bits_and_the_line_their_mean_so_far(language):
    forward, text = made(7), load_text("surprisal", language)
    course = surprisal.course(forward.surprisals)
    figure = figures.bits(course, forward.tokens, text)
    each, mean = figure.data
    np.testing.assert_allclose(each.y, course.surprisals, rtol=1e-6)
    np.testing.assert_allclose(mean.y, course.running_mean, rtol=1e-6)
    assert mean.y[-1] == pytest.approx(forward.surprisals.mean())
    assert (each.type, mean.type) == ("bar", "scatter")
    assert (each.name, mean.name) == (text("bits.each"), text("bits.mean"))
    assert figure.layout.xaxis.title.text == text("axis.token")
    assert figure.layout.yaxis.title.text == text("axis.bits")


def test_the_first_token_has_no_bar_and_equal_tokens_stay_apart():
    forward = made(6)
    course = surprisal.course(forward.surprisals)
    for trace in figures.bits(course, forward.tokens, load_text("surprisal", "en")).data:
        assert trace.x == (
            "&amp;<sub>1</sub>",
            "␣cat<sub>2</sub>",
            "↵<sub>3</sub>",
            "⟨E4 BD⟩<sub>4</sub>",
            "␣cat<sub>5</sub>",
        )


@pytest.mark.parametrize(("n_tokens", "mode"), [(2, "lines+markers"), (300, "lines")])
def test_the_points_of_a_long_line_are_left_out(n_tokens, mode):
    forward = made(n_tokens)
    course = surprisal.course(forward.surprisals)
    line = figures.bits(course, forward.tokens, load_text("surprisal", "en")).data[1]
    assert line.mode == mode
    assert len(line.y) == n_tokens - 1
