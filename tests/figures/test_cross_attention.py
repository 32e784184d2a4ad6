from itertools import pairwise

import numpy as np
import pytest

from core import cross_attention
from core.model import reverser_weights
from pages.figures import cross_attention as figures
from pages.text import LANGUAGES, load_text
from pages.ui import export

WRITING = cross_attention.write(reverser_weights.load(), "noon")  # a palindrome: equal letters
MAPS = WRITING.of_head(1, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_per_letter_written_and_a_column_per_letter_of_the_input(language):
    text = load_text("cross_attention", language)
    figure = figures.cross(MAPS, WRITING, text)
    (drawn,) = figure.data
    end = text("label.end")
    assert drawn.x == (*(f"{name}<sub>{n}</sub>" for n, name in enumerate([*"noon", end])),)
    assert drawn.y == (*(f"→{name}<sub>{n}</sub>" for n, name in enumerate([*"noon", end])),)
    np.testing.assert_array_equal(drawn.z, MAPS.cross)
    assert np.isfinite(drawn.z).all()
    assert drawn.hovertemplate == text("cross.hover")
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.query")
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.coloraxis.colorbar.title.text == text("axis.weight")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_three_attentions_stand_side_by_side(language):
    text = load_text("cross_attention", language)
    figure = figures.three(MAPS, WRITING, text)
    for trace, weights in zip(figure.data, (MAPS.encoder, MAPS.decoder, MAPS.cross), strict=True):
        np.testing.assert_array_equal(trace.z, weights)
        assert trace.z.shape == (len(trace.y), len(trace.x))
    encoder, decoder, across = figure.data
    assert encoder.x == encoder.y == across.x
    assert decoder.y == across.y
    domains = [figure.layout[f"xaxis{number}"].domain for number in ("", 2, 3)]
    assert all(left[1] < right[0] for left, right in pairwise(domains))
    names = [note.text for note in figure.layout.annotations]
    assert names == [text(f"panel.{panel}") for panel in figures.PANELS]
    for note, (low, high) in zip(figure.layout.annotations, domains, strict=True):
        assert note.x == pytest.approx((low + high) / 2)


@pytest.fixture
def text():
    return load_text("cross_attention", "en")


def test_the_decoder_sees_the_start_and_what_it_wrote_before(text):
    decoder = figures.three(MAPS, WRITING, text).data[1]
    assert decoder.x == ("start", *decoder.y[:-1])
    np.testing.assert_array_equal(np.isnan(decoder.z), np.tri(len(decoder.z)) == 0)


def test_letters_of_the_output_are_never_taken_for_letters_of_the_input(text):
    figure = figures.three(MAPS, WRITING, text)
    assert not set(figure.data[0].x) & set(figure.data[1].y)
    table = export.numbers(figure)
    assert table.columns.tolist() == [text("axis.any_query"), text("axis.any_key"), "Weight"]
    assert len(table) == 25 + 15 + 25
    assert not table.duplicated(table.columns[:2].tolist()).any()


def test_the_colours_of_all_heads_can_be_compared(text):
    for layer, head in ((0, 0), (0, None), (1, 1)):
        maps = WRITING.of_head(layer, head)
        for figure in (figures.cross(maps, WRITING, text), figures.three(maps, WRITING, text)):
            assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)


@pytest.mark.parametrize("word", ["a", "abcdefghijkl"])
def test_the_shortest_and_the_longest_word_have_their_figures(text, word):
    writing = cross_attention.write(reverser_weights.load(), word)
    for head in (0, None):
        maps = writing.of_head(0, head)
        assert figures.cross(maps, writing, text).data[0].z.shape[1] == len(word) + 1
        assert len(figures.three(maps, writing, text).data) == 3
