import numpy as np
import pytest

from core import beam_search
from core.beam_search import GREEDY_IS_WORSE, WIDER_IS_WORSE
from pages.figures import beam_search as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text

NAMES = figures.of_table(GREEDY_IS_WORSE)
FOUND = beam_search.search(GREEDY_IS_WORSE.read, 2, 2, length_penalty=0.0)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("beam_search", request.param)


def test_the_tree_leads_to_what_the_search_returns(text):
    others, best, kept, finished, dropped = figures.tree(FOUND, NAMES, text).data
    assert best.line.color == SECOND
    np.testing.assert_array_equal(best.x, [0, 1, np.nan, 1, 2, np.nan])
    np.testing.assert_array_equal(best.y, [0, 1, np.nan, 1, 0, np.nan])  # B, then A on top
    assert list(kept.text) == ["A", "B"]
    assert list(finished.text) == ["A", "A"]
    assert finished.customdata[0][0] == "B A"
    assert finished.customdata[0][1] == "0.36"
    assert kept.name == text("fate.kept")
    assert "C" in dropped.text
    assert len(others.x) == 3 * (len(kept.x) + len(finished.x) + len(dropped.x) - 2)


def test_the_finished_texts_stand_by_their_score(text):
    (bars,) = figures.finished(FOUND, NAMES, text).data
    assert bars.x == pytest.approx(-np.log2([0.36, 0.2]), rel=1e-5)
    assert [label.split("<")[0] for label in bars.y] == ["B A", "A A"]


def test_a_width_that_does_worse_is_marked_and_said(text):
    searches = beam_search.all_widths(WIDER_IS_WORSE, (1, 2, 3), 0.0)
    certain = beam_search.optimum(WIDER_IS_WORSE.read, 3, 100)
    widths = beam_search.compared(searches, certain)
    assert widths.worse == (2,)
    figure = figures.widths(widths, 2, text)
    assert list(figure.data[0].marker.color) == [ACCENT, SECOND, ACCENT]
    assert figure.data[1].y == pytest.approx(-np.log2(0.17))
    said = figures.verdict(widths, NAMES, text)
    assert said["wider"] == text("verdict.worse", widths="2")
    assert "A A A" in said["least"]
    given_up = beam_search.compared(searches, beam_search.optimum(WIDER_IS_WORSE.read, 3, 1))
    assert figures.verdict(given_up, NAMES, text)["least"] == text("verdict.given_up", n_read=1)
    assert len(figures.widths(given_up, 2, text).data) == 1


def test_the_probabilities_of_a_made_up_world_are_said_in_full():
    said = figures.in_words(GREEDY_IS_WORSE)
    assert said.startswith("∅ → A 0.5 B 0.4 C 0.1")
    assert "B → A 0.9" in said
