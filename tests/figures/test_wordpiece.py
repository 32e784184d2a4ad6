import json

import numpy as np
import pytest

from core import wordpiece
from core.wordpiece import CRITERIA
from pages.figures import cells
from pages.figures import wordpiece as figures
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage

WORDS = wordpiece.words("hug " * 10 + "pug " * 5 + "pun " * 12 + "bun " * 4 + "hugs " * 5)
FOUND = {name: wordpiece.train(WORDS, 6, criterion=name) for name in CRITERIA}
ENTRIES = {"un", "una", "##able", "##b", "##l", "##e", "snow"}
NOTHING = wordpiece.train(["a", "b"], 6)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("wordpiece", request.param)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_frame_holds_the_best_pairs_by_both_criteria(text, criterion):
    found = FOUND[criterion]
    figure = figures.likelihood(found, WORDS, 0, text)
    assert len(figure.frames) == len(found.steps) + 1
    for step, frame in zip(found.steps, figure.frames, strict=False):
        counts, scores = frame.data[0], frame.data[2]
        assert [row[1] for row in counts.customdata] == [
            one.count for one in step.by_frequency[: figures.BARS]
        ]
        assert [float(row[4]) for row in scores.customdata] == pytest.approx(
            [one.score for one in step.by_likelihood[: figures.BARS]], rel=1e-5
        )
        assert counts.x[0] == scores.x[0] == 1
        used = counts if criterion == "frequency" else scores
        assert used.marker.color[0] == SECOND
        assert list(used.marker.color).count(SECOND) == 1


def test_the_pair_that_is_merged_is_found_in_the_other_panel_too(text):
    step = FOUND["likelihood"].steps[0]
    bars = figures.likelihood(FOUND["likelihood"], WORDS, 0, text).data[0]
    place = [one.pair for one in step.by_frequency].index(step.pair)
    assert bars.marker.color[place] == SECOND
    assert bars.marker.color[0] == REMOVED


def test_the_cells_hold_the_corpus_as_it_is_cut_with_blanks_between_the_words(text):
    figure = figures.likelihood(FOUND["frequency"], ["hug", "hugs"], 3, text)
    assert list(figure.data[5].text[0][:8]) == ["h", "u", "g", "", "h", "u", "g", "s"]
    # After three merges: hug, and hug s.
    new, alone = cells.NEW, cells.ALONE
    expected = [new, new, new, alone, new, new, new, alone]
    np.testing.assert_array_equal(figure.data[5].z[0][:8], expected)


def test_nothing_but_the_steps_is_sent_anew(text):
    sent = {
        stage.packed(figures.likelihood(FOUND["likelihood"], WORDS, n, text))[0] for n in (0, 3)
    }
    assert len(sent) == 1
    assert len(json.loads(sent.pop())["frames"]) == len(FOUND["likelihood"].steps) + 1


def test_a_text_without_pairs_says_so_and_has_no_slider(text):
    figure = figures.likelihood(NOTHING, ["a", "b"], 0, text)
    assert figure.frames == figure.layout.sliders == ()
    assert text("likelihood.none") in figure.data[1].text[0]
    assert figures.sizes(dict.fromkeys(CRITERIA, NOTHING), text)["first"] == text("first.nothing")
    courses = figures.criteria(dict.fromkeys(CRITERIA, NOTHING), "likelihood", text)
    assert {trace.mode for trace in courses.data} == {"markers"}


def test_both_courses_are_drawn_and_the_chosen_one_stands_out(text):
    figure = figures.criteria(FOUND, "frequency", text)
    for trace, name in zip(figure.data, CRITERIA, strict=True):
        np.testing.assert_array_equal(trace.y, FOUND[name].n_tokens)
        assert trace.line.color == (SECOND if name == "frequency" else REMOVED)
    named = [note.text for note in figure.layout.annotations]
    assert named == [text(f"criterion.{name}") for name in CRITERIA]


def test_the_search_has_a_row_for_each_try(text):
    search = wordpiece.search("unable", ENTRIES)
    letters, marks = figures.prefixes(search, text).data
    assert letters.z.shape == (len(search.tries), 6)
    for row, one in zip(letters.z, search.tries, strict=True):
        assert (row[: one.start] == figures.CUT).all()
        kind = figures.FOUND if one.is_known else figures.TRIED
        assert (row[one.start : one.stop] == kind).all()
        assert (row[one.stop :] == figures.LEFT_OUT).all()
    assert [row[1] for row in marks.customdata] == [one.piece for one in search.tries]
    table = export.numbers(figures.prefixes(search, text))
    assert len(table) == len(search.tries)
    assert ACCENT in [colour for _, colour in letters.colorscale]


def test_what_was_found_in_an_unknown_word_is_lost(text):
    search = wordpiece.search("snow☃", ENTRIES)
    letters, _ = figures.prefixes(search, text).data
    assert (letters.z == figures.LOST).sum() == 4
    told = figures.told(search, text)
    assert told["becomes"] == "[UNK]"
    assert "☃" in told["verdict"]
    assert "snow" in told["verdict"]


@pytest.mark.parametrize("word", ["a" * 101, "☃", "a" * 99, "<b>", "\u202e"])
def test_any_word_has_a_figure(text, word):
    search = wordpiece.search(word, ENTRIES)
    figure = figures.prefixes(search, text)
    assert len(figure.data[0].z) == max(1, min(len(search.tries), figures.MOST_TRIES))
    assert figures.told(search, text)["verdict"]
    assert ("cut_off" in figures.told(search, text)) and figure.layout.height < 1_000
