import numpy as np
import pytest

from core import interpolation
from core.interpolation import Plan, Trained
from pages.figures import interpolation as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text

SMOL = Trained(64, 100_000.0, 8192)
FACTORS = interpolation.step_factors(32, 12, 4.0)
PLAN = Plan(4.0, 32_768, rescale=FACTORS)
METHODS = interpolation.methods(SMOL, PLAN)
YARN = METHODS[interpolation.METHODS.index("yarn")]


@pytest.fixture
def text():
    return load_text("interpolation", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_pairs_turn_before_and_after_and_what_was_seen_is_shaded(language):
    text = load_text("interpolation", language)
    figure = figures.angles(YARN, SMOL, PLAN.length, 16, text)
    for place, pair in enumerate((0, 16, 31)):
        before, after = figure.data[2 * place : 2 * place + 2]
        assert before.x[-1] == after.x[-1] == PLAN.length
        assert before.y[-1] == pytest.approx(PLAN.length * SMOL.frequencies[pair] / (2 * np.pi))
        assert after.y[-1] == pytest.approx(PLAN.length / YARN.wavelengths[pair])
        assert (before.line.color, after.line.color) == (SECOND, ACCENT)
        seen = figure.layout.shapes[place]
        assert (seen.x1, seen.y1) == (SMOL.length, pytest.approx(SMOL.turns[pair]))
        axis = figure.layout[f"yaxis{place + 1 if place else ''}"]
        assert axis.range[1] > max(before.y[-1], after.y[-1], seen.y1)
    assert figure.data[0].name == text("angles.before")
    assert figure.layout.xaxis.title.text == text("axis.position")
    assert figure.layout.yaxis.title.text == text("axis.turns")


def test_a_text_inside_the_trained_length_leaves_the_shade_whole(text):
    figure = figures.angles(YARN, SMOL, 100, 1, text)
    assert figure.layout.xaxis.range[1] > SMOL.length
    for place, number in enumerate(("", 2, 3)):
        assert figure.layout[f"yaxis{number}"].range[1] > figure.layout.shapes[place].y1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chosen", interpolation.METHODS)
def test_every_method_is_a_line_and_the_chosen_one_is_on_top(language, chosen):
    text = load_text("interpolation", language)
    figure = figures.ratios(METHODS, chosen, 5, text)
    drawn = {trace.name: trace for trace in figure.data}
    assert len(drawn) == len({str(trace.line) for trace in figure.data}) == 8
    for one in METHODS:
        np.testing.assert_allclose(drawn[text(f"method.{one.name}")].y, one.ratios, rtol=1e-6)
    assert figure.data[-1].name == text(f"method.{chosen}")
    assert figure.data[-1].line.color == ACCENT
    low, high = figure.layout.yaxis.range
    for trace in figure.data:
        assert low < np.log10(trace.y.min()) and np.log10(trace.y.max()) < high
    assert figure.layout.xaxis.title.text == text("axis.pair")
    assert figure.layout.yaxis.title.text == text("axis.ratio")


@pytest.mark.parametrize(("s", "times"), [(1.0, 1.0), (32.0, 32.0), (1.0, 32.0)])
def test_the_ratios_have_their_fractions_on_the_axis(text, s, times):
    plan = Plan(s, SMOL.times(times), rescale=interpolation.step_factors(32, 12, s))
    axis = figures.ratios(interpolation.methods(SMOL, plan), "none", 0, text).layout.yaxis
    assert axis.ticktext[0] == "1"
    assert 1 < len(axis.ticktext) <= 8
    for value, words in zip(axis.tickvals[1:], axis.ticktext[1:], strict=True):
        assert words == f"1/{round(1 / value)}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 32.0), (0.25, 64.0), (3.5, 4.0)])
def test_the_ramps_are_drawn_apart_with_their_ends(language, alpha, beta):
    text = load_text("interpolation", language)
    code, paper = (interpolation.ramp(kind, SMOL, alpha, beta) for kind in ("code", "paper"))
    llama = interpolation.ramp("paper", SMOL, *interpolation.LLAMA_3)
    figure = figures.ramps(code, paper, llama, (alpha, beta), SMOL, text)
    drawn = {trace.name: trace for trace in figure.data}
    for name, ramp in (("code", code), ("paper", paper), ("llama", llama)):
        np.testing.assert_allclose(drawn[text(f"ramps.{name}")].y, ramp.kept, atol=1e-6)
    assert [mark.x0 for mark in figure.layout.shapes] == [paper.first, paper.last]
    assert [note.text for note in figure.layout.annotations] == [f"β = {beta:g}", f"α = {alpha:g}"]
    assert figure.layout.yaxis.title.text == text("axis.kept")


def test_an_end_beyond_the_pairs_is_not_marked(text):
    trained = Trained(8, 10_000.0, 100_000)
    code, paper = (interpolation.ramp(kind, trained, 1.0, 32.0) for kind in ("code", "paper"))
    figure = figures.ramps(code, paper, paper, (1.0, 32.0), trained, text)
    assert [note.text for note in figure.layout.annotations] == ["β = 32"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digits", [1, 6, 12])
def test_the_blow_up_stands_inside_its_axis(language, digits):
    text = load_text("interpolation", language)
    score = interpolation.fitted_score(SMOL, YARN, PLAN.length, digits, 0)
    figure = figures.blow_up(score, "a method", text)
    low, high = figure.layout.yaxis.range
    lines = dict(zip(("extrapolated", "scaled", "interpolated"), figure.data, strict=True))
    for name, trace in lines.items():
        np.testing.assert_allclose(trace.y, getattr(score.peaks, name), rtol=1e-6)
        assert trace.name == text(f"blow_up.{name}", method="a method")
        assert low < np.log10(trace.y.min()) and np.log10(trace.y.max()) < high
    assert figure.layout.shapes[0].x1 == SMOL.length
    assert figure.layout.xaxis.title.text == text("axis.distance")
