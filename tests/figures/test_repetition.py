import numpy as np
import pytest

from core import repetition
from core.model.writing import Written
from core.tokens import Token
from pages.figures import repetition as figures
from pages.figures.style import REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

VOCABULARY = (b"a", b"b", b"c", b"d\n")


def written(ids, probabilities):
    n = len(ids)
    tokens = tuple(Token(number, VOCABULARY[number]) for number in ids)
    wide = np.zeros((n, 2))
    return Written(
        model=made(2).model,
        given=(Token(0, b"a"),),
        tokens=tokens,
        n_prefix=0,
        probabilities=np.array(probabilities, float),
        drawn_with=np.ones(n),
        ranks=np.ones(n, int),
        entropies=np.zeros(n),
        candidates=wide.astype(int),
        candidate_probabilities=wide,
        candidate_drawn_with=wide,
        removed_by=wide.astype(int),
        seconds=np.zeros(n),
        vocabulary=VOCABULARY,
        ending="asked",
    )


GREEDY = repetition.trial("greedy", written([2, 1, 3, 1, 3, 1], [0.5, 0.25, 1, 0.5, 1, 1]), 1)
OTHER = repetition.trial("ngram", written([2, 1, 3, 0], [0.5, 0.5, 0.5, 0.5]), 1)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("repetition", request.param)


def test_the_chips_say_what_is_new_what_repeats_and_what_goes_round(text):
    chips = figures.words(GREEDY, text).data[0]
    assert list(chips.text) == ["c", "b", "d↵", "b", "d↵", "b"]
    assert list(chips.marker.color) == [figures.FRESH] + [SECOND] * 5
    assert chips.customdata[1][-1] == text("kind.loop")
    chips = figures.words(OTHER, text).data[0]
    assert list(chips.marker.color) == [figures.FRESH] * 3 + [REMOVED]  # "a" is in the sentence


def test_the_chosen_way_is_drawn_strongest(text):
    greedy, other = figures.course([GREEDY, OTHER], "ngram", text).data
    assert greedy.y == pytest.approx([1, 2, 0, 1, 0, 0])
    assert other.line.width > greedy.line.width
    assert [greedy.name, other.name] == [text("way.greedy"), text("way.ngram")]


def test_the_rounds_stand_under_one_another(text):
    rounds = repetition.rounds(GREEDY)
    cells, means = figures.rounds(GREEDY, rounds, text).data
    np.testing.assert_allclose(cells.z, [[0.25, 1], [0.5, 1], [1, np.nan]])
    assert means.x == pytest.approx([0.5, np.sqrt(0.5), 1])
    assert cells.x[0].startswith("b")


def test_before_and_after_stand_on_one_line(text):
    forward = made(5)
    found = repetition.penalised(forward, 1.5, 9)
    tokens = [forward.token(int(number)) for number in found.ids]
    figure = figures.penalised(found, tokens, text)
    _, paper, before, after = figure.data
    assert before.x == pytest.approx(found.before, rel=1e-5)
    assert after.x == pytest.approx(found.after, rel=1e-5)
    assert paper.x == pytest.approx(found.by_paper, rel=1e-5)
    assert list(before.y) == list(after.y)
    assert before.customdata == pytest.approx(found.probabilities[:, 0])
