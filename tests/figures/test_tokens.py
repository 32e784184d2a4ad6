import pytest

from pages.figures import tokens as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

FORWARD = made(6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bar_is_as_high_as_its_token_has_bytes(language):
    text = load_text("tokens", language)
    figure = figures.pieces(FORWARD.tokens, 0, text)
    assert list(figure.data[0].y) == [3, 1, 4, 1, 2, 4]
    assert list(figure.data[0].text) == [str(token.id) for token in FORWARD.tokens]
    assert figure.data[0].hovertemplate == text("pieces.hover")
    assert figure.layout.xaxis.title.text == text("axis.token")
    assert figure.layout.yaxis.title.text == text("axis.bytes")


def test_parts_of_characters_have_their_own_colour_and_the_chosen_token_an_edge():
    (bars,) = figures.pieces(FORWARD.tokens, 1, load_text("tokens", "en")).data
    assert bars.marker.color == (ACCENT, ACCENT, ACCENT, ACCENT, SECOND, ACCENT)
    assert [width > 0 for width in bars.marker.line.width] == [False, True] + [False] * 4


def test_equal_tokens_stay_apart_and_markup_in_them_is_not_markup():
    labels = figures.pieces(FORWARD.tokens, 0, load_text("tokens", "en")).data[0].x
    assert len(set(labels)) == len(labels)
    assert labels[:2] == ("&lt;b&gt;<sub>0</sub>", "&amp;<sub>1</sub>")


def test_the_pointer_shows_number_and_bytes():
    (bars,) = figures.pieces(FORWARD.tokens, 0, load_text("tokens", "en")).data
    assert list(bars.customdata[0]) == [256, "3C 62 3E"]
    assert list(bars.customdata[4]) == [258, "E4 BD"]


@pytest.mark.parametrize(("n_tokens", "numbered"), [(40, True), (41, False)])
def test_numbers_are_written_only_where_they_fit(n_tokens, numbered):
    (bars,) = figures.pieces(made(n_tokens).tokens, 0, load_text("tokens", "en")).data
    assert (bars.text is not None) == numbered
