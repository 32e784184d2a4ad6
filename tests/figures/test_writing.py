import json

import numpy as np
import pytest

from core import writing
from core.writing import Manner, Tree
from pages.figures import chips
from pages.figures import writing as figures
from pages.figures.style import PAPER, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export
from pages.ui.stage import packed
from tests.core.test_writing import answers_of, grown
from tests.forward_passes import OPENING, made

PATHS = [(1, 2, 3, 4), (1, 2, 9), (1, 2, 9, 7, 8), tuple(OPENING)]


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("writing", request.param)


def passages_of(tree):
    answers = answers_of(tree)
    return [writing.passage(tree, answers, number) for number in range(len(tree))]


@pytest.fixture
def tree():
    return grown(*PATHS, manner=Manner((), 1))


def test_the_tree_draws_each_token_once_in_the_column_of_its_place(tree, text):
    figure = figures.written_tree(tree, passages_of(tree), 1, "probability", text)
    bars = figure.data[0]
    marks = [figures.mark(figure, number) for number in range(len(bars.x))]
    assert len(marks) == len(set(marks)) == tree.n_tokens
    starts = {}
    for (_, place), start in zip(marks, bars.base, strict=True):
        assert starts.setdefault(place, start) == start
    assert sorted(starts.values()) == [starts[place] for place in sorted(starts)]
    lines = {(branch, line) for (branch, _), line in zip(marks, bars.y, strict=True)}
    assert len(lines) == len(tree)
    assert list(figure.layout.yaxis.ticktext) == ["0", "1", "2"]


def test_the_chosen_branch_is_outlined_with_all_that_leads_to_it(tree, text):
    number = tree.nearest((1, 2, 9, 7, 8))[0]
    figure = figures.written_tree(tree, passages_of(tree), number, "rank", text)
    outlined = {
        figures.mark(figure, mark)
        for mark, colour in enumerate(figure.data[0].marker.line.color)
        if colour == SECOND
    }
    assert outlined == {(owner, place) for place, owner in enumerate(tree.owners(number))}
    assert set(figure.data[0].marker.line.color) == {SECOND, PAPER}


def test_a_branch_begins_under_the_token_that_it_replaces(tree, text):
    figure = figures.written_tree(tree, passages_of(tree), 0, "probability", text)
    bars, ties = figure.data[:2]
    found = {figures.mark(figure, n): (bars.base[n], bars.y[n]) for n in range(len(bars.x))}
    start, above = found[0, 2]
    _, below = found[1, 2]
    assert ties.x[0] == pytest.approx(start + 0.5)
    assert above < ties.y[0] < ties.y[1] < below


def test_a_line_that_is_full_goes_on_below_and_what_has_no_room_is_told(text):
    tree = grown(tuple(int(n) for n in np.arange(1_500) % 250 + 1))
    figure = figures.written_tree(tree, passages_of(tree), 0, "rank", text)
    assert figure.layout.height < 2_700
    (note,) = figure.layout.annotations
    left_out = tree.n_tokens - len(figure.data[0].x)
    assert note.text == text("written_tree.cut", n=left_out)
    assert (figure.data[0].base + figure.data[0].x).max() <= chips.ROOM


@pytest.mark.parametrize(
    ("probability", "rank", "expected"),
    [(1.0, 1, (0, 0)), (0.5, 3, (0, 1)), (0.3, 10, (1, 2)), (0.01, 11, (2, 3)), (0.0, 101, (4, 4))],
)
def test_colours_go_by_probability_or_by_rank(probability, rank, expected, text):
    found = tuple(figures.class_of(probability, rank, shade) for shade in figures.SHADES)
    assert found == expected
    for shade in figures.SHADES:
        assert len(set(figures.classes(shade, text))) == len(figures.COLOURS)


def test_the_course_holds_the_bits_and_the_others_from_where_they_part(tree, text):
    passages = passages_of(tree)
    figure = figures.written_course(passages, 0, 2, text)
    bars, entropies, ranks, *others = figure.data
    np.testing.assert_allclose(bars.y, passages[0].bits, rtol=1e-6)
    np.testing.assert_allclose(entropies.y, passages[0].answer.entropies, rtol=1e-6)
    np.testing.assert_allclose(ranks.y, passages[0].answer.ranks)
    assert bars.marker.color.index(SECOND) == 2
    assert [trace.x[0] for trace in others[::2]] == [1, 0]
    np.testing.assert_allclose(others[0].y, passages[1].bits[1:], rtol=1e-6)
    assert figure.layout.yaxis.title.text == text("axis.bits")


def test_the_numbers_hold_every_token_of_the_tree(tree, text):
    rows = export.numbers(figures.written_tree(tree, passages_of(tree), 0, "rank", text))
    assert list(rows.columns) == figures.columns(text)
    assert len(rows) == tree.n_tokens
    ids = [n for branch in tree.branches for n in branch.ids]
    assert sorted(map(int, rows[text("axis.token_id")])) == sorted(ids)


def test_what_stands_to_choose_is_drawn_where_nothing_is_written(text):
    forward = made(4)
    found = writing.choices(forward)
    tokens = [forward.token(int(one)) for one in found.token_ids]
    figure = figures.choices(found, tokens, text)
    lengths = figure.data[0].x / figure.data[0].x[0]
    np.testing.assert_allclose(lengths, found.probabilities / found.probabilities[0], rtol=1e-5)
    assert len(export.numbers(figure)) == 10


def test_markup_in_a_token_stays_text(text):
    tree = grown(tuple(OPENING))
    for figure in (
        figures.written_tree(tree, passages_of(tree), 0, "rank", text),
        figures.written_course(passages_of(tree), 0, 0, text),
    ):
        spec, _ = packed(figure)
        assert "<b>" not in json.dumps(json.loads(spec), ensure_ascii=False).replace("<br>", "")


def test_a_single_token_and_a_full_tree_are_drawn(text):
    for tree in (grown((5,)), grown(*((n, n, n) for n in range(1, 1 + writing.MOST_BRANCHES)))):
        assert isinstance(tree, Tree)
        figures.written_tree(tree, passages_of(tree), len(tree) - 1, "rank", text)
        figures.written_course(passages_of(tree), len(tree) - 1, 0, text)
