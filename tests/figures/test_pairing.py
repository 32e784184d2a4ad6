import numpy as np
import pytest

from core import pairing, rope
from pages.figures import pairing as figures
from pages.figures.style import COMPACT, axis_labels
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage
from tests.forward_passes import made

FORWARD, OTHER = made(6), made(6, seed=1)
CHANGE = pairing.change(FORWARD, OTHER, 1, 2)
BEFORE_IT_IS_RUN = pairing.change(FORWARD, None, 1, 2)
LABELS = axis_labels([token.visible for token in FORWARD.tokens])
POSITIONS = np.array([0, 1, 5, 100])
VECTOR = np.random.default_rng(0).normal(size=16)
BOTH = pairing.both(VECTOR, rope.spectrum(16), POSITIONS)
NAMES = "one", "other"


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("pairing", request.param)


def test_each_panel_has_the_vector_before_and_after(text):
    figure = figures.two_pairings(BOTH, 3, 8, 2, text)
    before, halves, also_before, neighbours = figure.data
    for trace, expected in (
        (before, VECTOR),
        (also_before, VECTOR),
        (halves, BOTH.halves[2]),
        (neighbours, BOTH.neighbours[2]),
    ):
        np.testing.assert_allclose(trace.y, expected, rtol=1e-6)
    assert halves.name == text("two_pairings.halves")
    assert neighbours.yaxis == "y2"
    assert [step.label for step in figure.layout.sliders[0].steps] == ["0", "1", "5", "100"]


def test_the_bracket_joins_the_two_numbers_of_the_pair(text):
    figure = figures.two_pairings(BOTH, 3, 8, 0, text)
    bars = [shape for shape in figure.layout.shapes if shape.y0 == shape.y1]
    assert [(bar.x0, bar.x1, bar.yref) for bar in bars] == [(3, 11, "y"), (6, 7, "y2")]
    notes = [note.text for note in figure.layout.annotations]
    assert notes[0] == text("two_pairings.halves_pair", pair=3, a=3, b=11)


def test_no_bar_leaves_its_axis_at_any_position(text):
    figure = figures.two_pairings(BOTH, 0, 8, 0, text)
    low, high = figure.layout.yaxis.range
    for frame in figure.frames:
        for trace in frame.data:
            assert low < min(trace.y) <= max(trace.y) < high
    assert stage.packed(figure) == stage.packed(figures.two_pairings(BOTH, 0, 8, 3, text))


def test_numbers_beyond_the_pairs_fit_too(text):
    vector = np.append(np.ones(4), [9.0, -9.0])
    both = pairing.both(vector, rope.spectrum(4), POSITIONS)
    figure = figures.two_pairings(both, 1, 2, 1, text)
    low, high = figure.layout.yaxis.range
    assert low < -9 < 9 < high


def test_both_maps_are_the_heads_own(text):
    figure = figures.maps(CHANGE, FORWARD.tokens, NAMES, text)
    left, right = figure.data
    np.testing.assert_array_equal(left.z, CHANGE.before.visible_weights)
    np.testing.assert_array_equal(right.z, CHANGE.after.visible_weights)
    assert (left.meta, right.meta) == (COMPACT, COMPACT)
    assert right.xaxis == "x2"
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text) == NAMES
    assert list(left.x) == LABELS
    assert not figure.layout.annotations


def test_what_was_not_run_is_said_in_its_place(text):
    figure = figures.maps(BEFORE_IT_IS_RUN, FORWARD.tokens, NAMES, text)
    assert len(figure.data) == 1
    (note,) = figure.layout.annotations
    assert note.text == text("waiting")
    assert len(figures.losses(BEFORE_IT_IS_RUN, FORWARD.tokens, NAMES, text).data) == 1
    assert figures.in_words(BEFORE_IT_IS_RUN)["moved"] == "–"
    assert figures.in_words(CHANGE)["before"] == f"{CHANGE.loss_before:.2f}"


def test_each_token_has_its_bits_before_and_after(text):
    figure = figures.losses(CHANGE, FORWARD.tokens, NAMES, text)
    before, after = figure.data
    np.testing.assert_array_equal(before.y, FORWARD.surprisals)
    np.testing.assert_array_equal(after.y, OTHER.surprisals)
    assert list(after.x) == LABELS[1:]
    assert (before.name, after.name) == NAMES
    assert len(export.numbers(figure)) == 10


def test_one_token_has_no_bits_and_is_told_so(text):
    one = pairing.change(made(1), made(1), 0, 0)
    figure = figures.losses(one, made(1).tokens, NAMES, text)
    assert figure.layout.annotations[0].text == text("losses.nothing")
    assert figures.in_words(one)["before"] == "–"


@pytest.mark.parametrize("base", figures.BASES)
def test_the_wavelengths_of_both_bases_stand_inside_the_axis(text, base):
    trained, other = rope.spectrum(64, 100_000.0), rope.spectrum(64, float(base))
    figure = figures.base_spectrum(trained, other, 8192, text)
    low, high = figure.layout.yaxis.range
    for trace in figure.data:
        assert 10**low <= min(trace.y) <= max(trace.y) <= 10**high
    assert [trace.name for trace in figure.data] == [text("side.trained"), text("side.base")]
    assert len(figures.base_spectrum(None, other, 8192, text).data) == 1
