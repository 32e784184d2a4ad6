import numpy as np
import pytest

from core import speculative
from core.model.writing import Speculated
from core.tokens import Token
from pages.figures import speculative as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

TOKENS = tuple(Token(n, b"abcdefg"[n : n + 1]) for n in range(6))
FOUND = Speculated(
    made(2).model, TOKENS[:1], TOKENS, np.array([0, 3, 2]), np.array([0, 1, 2]), np.full(3, 0.05)
)
ACCOUNT = speculative.Account(FOUND)
GREEN = figures.COLOURS["accepted"]


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("speculative", request.param)


def test_each_token_says_how_it_came_there(text):
    (chips,) = figures.words(ACCOUNT, text).data
    assert list(chips.marker.color) == [ACCENT, GREEN, SECOND, GREEN, GREEN, ACCENT]
    assert chips.customdata[2][2] == text("fate.corrected")


def test_a_pass_is_a_bar_of_what_it_accepted_added_and_refused(text):
    accepted, added, refused = figures.passes(ACCOUNT, text).data
    assert accepted.y.tolist() == [0, 1, 2]
    assert added.y.tolist() == [1, 1, 1]
    assert refused.y.tolist() == [0, 2, 0]
    assert accepted.customdata == pytest.approx([50] * 3)


def test_the_place_where_the_words_were_before_is_marked(text):
    forward = made(6)  # " cat" stands at 2 and at 5
    found = speculative.example([token.id for token in forward.tokens], 2)
    assert (found.before, found.following, found.ending) == ((2, 3), (3, 5), (5, 6))
    (chips,) = figures.proposal(forward.tokens, found, text).data
    assert [row[2] for row in chips.customdata] == [
        text(f"part.{kind}")
        for kind in ("rest", "rest", "before", "following", "following", "ending")
    ]
    assert "␣cat" in figures.in_words(forward, found, text)
    nothing = speculative.example([1, 2, 3], 2)
    assert not nothing.is_there
    assert figures.in_words(forward, nothing, text) == text("proposes.nothing")
    assert len(figures.proposal(TOKENS[:3], nothing, text).data[0].x) == 3
