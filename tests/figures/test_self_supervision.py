import numpy as np
import pytest

from core import self_supervision
from core.self_supervision import IGNORED
from core.tokens import Token
from pages.figures import self_supervision as figures
from pages.figures.style import ACCENT, REMOVED
from pages.text import LANGUAGES, load_text
from tests.forward_passes import VOCABULARY, made


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("self_supervision", request.param)


def test_the_pairs_are_a_staircase(text):
    forward = made(6)
    lesson = self_supervision.lesson(forward.surprisals, 3)
    stairs, steps, bars, *_ = figures.pairs(lesson, forward.tokens, 0, text).data
    assert [int((stairs.y == row).sum()) for row in range(5)] == [1, 2, 3, 4, 5]
    # Each target begins where its prefix ends.
    for row in range(5):
        ends = (stairs.base + stairs.x)[stairs.y == row]
        assert steps.base[row] == pytest.approx(ends.max())
    assert steps.text[:2] == ("&amp;", "␣cat")
    np.testing.assert_allclose(bars.x, lesson.losses, rtol=1e-6)
    assert bars.marker.color == (REMOVED, REMOVED, ACCENT, ACCENT, ACCENT)
    assert list(steps.customdata[1][1:3]) == ["&lt;b&gt; &amp;", "␣cat"]
    assert steps.customdata[1][5] == text("pairs.no")


def test_the_mean_is_of_those_that_count_and_absent_where_none_does(text):
    forward = made(6)
    for n_given in (0, 4):
        lesson = self_supervision.lesson(forward.surprisals, n_given)
        figure = figures.pairs(lesson, forward.tokens, 0, text)
        (line,), (note,) = figure.layout.shapes, figure.layout.annotations
        assert line.x0 == pytest.approx(lesson.losses[lesson.counts].mean())
        assert note.text == text("pairs.mean", mean=lesson.mean)
    none = self_supervision.lesson(forward.surprisals, 6)
    assert figures.pairs(none, forward.tokens, 0, text).layout.shapes == ()


@pytest.mark.parametrize("first", [0, 1, 500, 1022])
def test_of_a_long_text_those_pairs_are_drawn_that_fit(text, first):
    forward = made(1024)
    shown = figures.drawn_pairs(forward.tokens, first)
    assert shown.start == first
    assert 1 <= len(shown) <= figures.MOST_PAIRS
    lesson = self_supervision.lesson(forward.surprisals, 0)
    figure = figures.pairs(lesson, forward.tokens, first, text)
    stairs, steps, *_ = figure.data
    assert (stairs.text[0] == "…") == (first > 0)
    assert len(steps.x) == len(shown)
    assert (steps.base + steps.x).max() <= figure.layout.xaxis.range[1]
    assert figure.layout.yaxis.ticktext[0] == str(first + 1)


@pytest.mark.parametrize("n_tokens", [2, 3])
def test_the_shortest_texts_have_pairs_too(text, n_tokens):
    forward = made(n_tokens)
    lesson = self_supervision.lesson(forward.surprisals, 0)
    for first in range(n_tokens - 1):
        figures.pairs(lesson, forward.tokens, first, text)
    assert figures.drawn_pairs(forward.tokens, 0) == range(n_tokens - 1)


def test_a_box_joins_the_bytes_of_a_character(text):
    tokens = tuple(Token(number, raw) for number, raw in enumerate([b"\xe4\xbb", b"\x8a", b"a"]))
    lesson = self_supervision.lesson(np.ones(2), 0)
    stairs, _, _, boxes = figures.pairs(lesson, tokens, 0, text).data
    assert boxes.text == ("今",)
    assert boxes.x[0] == pytest.approx(stairs.x[stairs.y == 1].sum())


def test_the_labels_are_drawn_as_the_library_is_given_them(text):
    forward = made(30)
    ids = [token.id for token in forward.tokens]
    figure = figures.shifted(self_supervision.shift(ids, 2), forward.tokens, 0, text)
    (cells,) = figure.data
    inputs, labels, targets, twice = cells.text
    assert inputs[0] == f"&lt;b&gt;<br>{ids[0]}"
    assert labels[:3] == ["−100", "−100", inputs[2]]
    assert targets[:2] == ["−100", inputs[2]]
    assert twice[:2] == inputs[2:4]
    assert len(inputs) == figures.MOST_POSITIONS
    last = figures.shifted(self_supervision.shift(ids, 0), forward.tokens, 29, text).data[0]
    assert (last.text[2][-1], last.text[3][-2]) == ("−100", "−100")
    assert figure.layout.yaxis.ticktext == tuple(text(f"line.{line}") for line in figures.LINES)


def test_what_is_masked_has_its_label_below(text):
    forward = made(40)
    ids = [token.id for token in forward.tokens]
    found = self_supervision.masked(ids, len(VOCABULARY), 0.5, 1)
    chips = figures.masked(found, forward.tokens, VOCABULARY, text).data[0]
    assert set(found.fates) == set(figures.FATES)
    for place, fate in enumerate(found.fates):
        assert chips.marker.color[place] == figures.FATES[fate]
        assert chips.text[place].startswith("[MASK]<br>") == (found.shown[place] == IGNORED)
        assert ("→" in chips.text[place]) == (fate != "kept")


def test_both_ways_to_lay_texts_out_are_drawn(text):
    figure = figures.packing((3, 1, 2), 4, text)
    apart, together = figure.data
    assert apart.z.shape == together.z.shape == (3, 4)
    assert together.text[0] == ["1", "", "", "×"]
    assert together.text[1] == ["2", "×", "3", ""]
    assert together.z.tolist() == [[2, 2, 2, 1], [3, 1, 4, 4], [1, 0, 0, 0]]
    told = figures.told((3, 1, 5), 4)
    assert (told["n_padded"], told["n_packed"], told["n_lost"]) == (3, 3, 2)
    assert figure.layout.annotations[1].text == text("packed_rows.together", n_rows=3, empty=0.25)
