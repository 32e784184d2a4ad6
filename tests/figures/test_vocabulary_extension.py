import numpy as np
import pytest

from core import vocabulary_extension
from core.tokenizer import shelf
from core.vocabulary_extension import ADDED, KINDS, SAMPLE, Writing
from pages.figures import cells
from pages.figures import vocabulary_extension as figures
from pages.text import LANGUAGES, load_text


@pytest.fixture(scope="module")
def tokenizer():
    return shelf.packaged("cl100k_base")


@pytest.fixture(scope="module")
def found(tokenizer):
    return vocabulary_extension.extend(tokenizer, SAMPLE, 12, cells.MOST)


@pytest.fixture
def text():
    return load_text("vocabulary_extension", "en")


def drawn(found, text, step=0, others=()):
    return figures.added_words(found, SAMPLE[: cells.MOST], list(others), 576, step, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shares_of_each_tokenizer_fill_its_bar(tokenizer, language):
    text = load_text("vocabulary_extension", language)
    writing = vocabulary_extension.writing(tokenizer.cut(SAMPLE))
    *bars, numbers = figures.costs([writing, writing], text).data
    assert [bar.name for bar in bars] == [text(f"kind.{kind}") for kind in KINDS[:ADDED]]
    np.testing.assert_allclose(np.sum([bar.x for bar in bars], axis=0), [1, 1], rtol=1e-6)
    assert bars[0].y == ("cl100k_base", "cl100k_base")
    assert numbers.text[0].strip() == f"{writing.tokens_per_character:.2f}"
    assert not bars[KINDS.index("unknown")].showlegend


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_has_its_words_its_place_and_its_cells(found, language):
    text = load_text("vocabulary_extension", language)
    figure = drawn(found, text, 3)
    course = figure.data[0]
    np.testing.assert_allclose(course.y, found.tokens_per_character, rtol=1e-6)
    assert len(figure.frames) == len(found.words) + 1
    for step in (0, 3, len(found.words)):
        bars, names, place, so_far, marks = figure.frames[step].data
        shown = found.words[step : step + figures.BARS]
        np.testing.assert_array_equal(bars.x[: len(shown)], found.saved[step:][: figures.BARS])
        assert np.isnan(np.array(bars.x[len(shown) :], float)).all()
        assert names.text[0].strip() == (shown[0].text if shown else text("added_words.done"))
        assert (place.x[0], place.y[0]) == (step, np.float32(found.tokens_per_character[step]))
        assert f"{step * 576:,}" in so_far.text[0]
        flat = np.asarray(marks.z).ravel()[: len(found.kinds[step])]
        np.testing.assert_array_equal(flat, found.kinds[step])
    np.testing.assert_array_equal(figure.data[1].x, figure.frames[3].data[0].x)
    assert figure.layout.sliders[0].active == 3


def test_other_tokenizers_are_lines_across_unless_they_lose_something(found, text):
    kinds = np.zeros(4, np.int64)
    lossless = Writing("a<b>", 0.9, kinds)
    lossy = Writing("lossy", 0.5, np.where(np.arange(4), kinds, KINDS.index("unknown")))
    figure = drawn(found, text, others=[lossy, lossless])
    lines = figure.data[6:]
    assert [line.text[1] for line in lines] == ["a&lt;b&gt;"]
    assert set(lines[0].y) == {np.float32(0.9)}
    assert figures.spread([lossy, lossless]) == {"cheapest": 0.9, "dearest": 0.9}
    assert figures.spread([lossy]) == {"cheapest": 0.5, "dearest": 0.5}


def test_a_text_with_nothing_to_add_is_drawn_without_a_slider(tokenizer, text):
    found = vocabulary_extension.extend(tokenizer, "的", 9, cells.MOST)
    figure = figures.added_words(found, "的", [], 576, 0, text)
    assert not figure.frames
    assert not figure.layout.sliders
    assert figure.data[2].text[0] == text("added_words.done")


def test_the_numbers_of_a_step(found):
    numbers = figures.sizes(found, 4, 576)
    assert numbers["numbers"] == 4 * 576
    assert numbers["before"] > numbers["after"] > numbers["last"]
    assert figures.usual_step(found) == 3
