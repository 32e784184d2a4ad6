import numpy as np
import pytest

from core import bpe
from core.tokenizer import shelf
from pages.figures import bpe as figures
from pages.figures import cells
from pages.figures.style import REMOVED, SECOND
from pages.text import LANGUAGES, load_text

TEXT = "low low low lower <b> newest newest wide&st"


@pytest.fixture(scope="module")
def tokenizer():
    return shelf.packaged("cl100k_base")


@pytest.fixture(scope="module")
def vocabulary(tokenizer):
    return bpe.vocabulary(tokenizer)


@pytest.fixture
def text():
    return load_text("bpe", "en")


def trained(words=TEXT, n_merges=20, unit="characters"):
    return bpe.train(bpe.words(words, unit), n_merges), bpe.words(words, unit)


def tree(word, tokenizer, vocabulary, text, step=0):
    both = bpe.both_ways(word, vocabulary, tokenizer)
    return both, figures.tree(both, vocabulary, step, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_has_its_counts_its_place_and_its_cells(language):
    text = load_text("bpe", language)
    found, words = trained()
    figure = figures.training(found, words, 2, text)
    np.testing.assert_array_equal(figure.data[0].y, found.n_tokens)
    np.testing.assert_array_equal(figure.data[0].x, found.n_vocab)
    assert len(figure.frames) == len(found.steps) + 1
    for made, frame in enumerate(figure.frames):
        bars, names, place, marks = frame.data
        top = found.top(made)[: figures.BARS]
        assert list(bars.x[: len(top)]) == [one.count for one in top]
        assert names.text[0].strip() == figures.pair_name(top[0].pair)
        goes_on = made < len(found.steps)
        assert bars.marker.color[0] == (SECOND if goes_on else REMOVED)
        assert set(bars.marker.color[1:]) == {REMOVED}
        assert (place.x[0], place.y[0]) == (found.n_vocab[made], found.n_tokens[made])
        parts = [part for word in words for part in found.cut(word, made)]
        n_joined = sum(len(part) for part in parts if len(part) > 1)
        flat = np.asarray(marks.z).ravel()
        assert (flat[: len(TEXT)] != figures.ALONE).sum() == n_joined
        new = found.steps[made - 1].symbol if made else None
        assert (flat == figures.NEW).sum() == sum(len(part) for part in parts if part == new)
    np.testing.assert_array_equal(figure.data[1].x, figure.frames[2].data[0].x)
    assert figure.layout.sliders[0].active == 2
    assert figure.layout.xaxis2.title.text == text("axis.vocabulary")


def test_neighbouring_parts_have_different_tints(text):
    corpus = ["abab", "abab", "cd", "ab", "cd"]
    found = bpe.train(corpus, 3)  # ab, cd, abab
    marks = figures.training(found, corpus, 0, text).frames[3].data[3].z
    new, even, odd = [figures.NEW], [figures.EVEN], [figures.ODD]
    assert np.asarray(marks).ravel()[:14].tolist() == new * 8 + even * 2 + odd * 2 + even * 2


def test_markup_in_the_text_is_not_markup_and_bytes_are_hex(text):
    found, words = trained()
    cell = "".join(map("".join, figures.training(found, words, 0, text).data[4].text))
    assert "&lt;" in cell
    assert "<" not in cell
    found, words = trained("猫", 5, "bytes")
    assert figures.training(found, words, 0, text).data[4].text[0][:3] == ["E7", "8C", "AB"]


def test_of_a_long_text_the_beginning_is_drawn(text):
    found, words = trained("abc " * 2_000)
    figure = figures.training(found, words, 0, text)
    assert np.asarray(figure.data[4].z).shape == (cells.ROWS, cells.COLUMNS)
    found, words = trained("a" * 5_000)
    assert np.asarray(figures.training(found, words, 0, text).data[4].z).shape[0] == cells.ROWS


@pytest.mark.parametrize("words", ["a", "ab", " "])
def test_a_text_without_merges_is_drawn_without_a_slider(words, text):
    found, words = trained(words)
    figure = figures.training(found, words, 0, text)
    assert not figure.frames
    assert not figure.layout.sliders


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_joints_hold_the_ranks_and_stand_above_what_they_join(tokenizer, vocabulary, language):
    text = load_text("bpe", language)
    both, figure = tree(b" Sometime", tokenizer, vocabulary, text, 3)
    merges = both.encoding.merges
    _, joints, by_rank, options, names = figure.frames[len(merges)].data
    assert [label.strip() for label in figure.data[1].text] == [f"{m.rank:,}" for m in merges]
    assert list(joints.y) == list(range(1, len(merges) + 1))
    for merge, x in zip(merges, figure.data[1].x, strict=True):
        assert merge.start <= x <= merge.stop - 1
    assert list(by_rank.text) == ["␣Som", "etime"]
    assert list(by_rank.x) == [4, 5]
    assert figure.frames[3].data[2].text != by_rank.text
    np.testing.assert_array_equal(np.isnan(figure.frames[3].data[1].y), np.arange(len(merges)) >= 3)
    first = figure.frames[0].data[3]
    expected = bpe.options(both.encoding.cut(0), vocabulary.rule)
    assert list(first.text[: len(expected)]) == [f"{m.rank:,}" for m in expected[: figures.BARS]]
    assert list(first.x[: len(expected)]) == sorted(first.x[: len(expected)])
    assert options.text[0].strip() == text("merge_tree.never")
    assert names.text[0].strip() == "␣Som + etime"
    assert figure.layout.yaxis.ticktext == (
        text("merge_tree.by_rank"),
        text("merge_tree.by_length"),
    )


def test_what_the_longest_match_cuts_otherwise_stands_out(tokenizer, vocabulary, text):
    _, figure = tree(b" Sometime", tokenizer, vocabulary, text)
    assert list(figure.data[-1].text) == ["␣Some", "time"]
    assert set(figure.data[-1].marker.color) == {SECOND}
    _, figure = tree(b" cat", tokenizer, vocabulary, text)
    assert SECOND not in figure.data[-1].marker.color


def test_the_bytes_of_a_character_have_it_below_them(tokenizer, vocabulary, text):
    _, figure = tree("ab猫".encode(), tokenizer, vocabulary, text)
    leaves, characters = figure.data[5:7]
    assert leaves.text == ("a", "b", "E7", "8C", "AB")
    assert (characters.text, list(characters.x)) == (("猫",), [3])
    assert list(figure.frames[-1].data[2].text) == ["ab", "⟨E7⟩", "⟨8C⟩", "⟨AB⟩"]


def test_a_single_byte_is_drawn_without_a_slider(tokenizer, vocabulary, text):
    _, figure = tree(b"a", tokenizer, vocabulary, text)
    assert not figure.frames
    assert figure.data[4].text[0] == text("merge_tree.done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_say_whether_the_two_ways_differ(tokenizer, vocabulary, language):
    text = load_text("bpe", language)
    pieces = bpe.pieces(tokenizer, "The cat " + "é" * 40, vocabulary, 2, 8)
    assert (pieces.n_all, pieces.words[-1], pieces.most_telling) == (3, bpe.EXAMPLE, 2)
    both = bpe.both_ways(pieces.words[-1], vocabulary, tokenizer)
    told = figures.told(both, pieces, text)
    assert told["verdict"] == text("verdict.differs", by_length="␣Some | time", by_rank="")
    assert told["elsewhere"] == text("elsewhere.none", n_pieces=2, n_differing=0)
    assert told["agrees"] == text("agrees.yes")
    assert told["pieces"] == text("ribbon.cut", shown=2, total=3)
    long = bpe.pieces(tokenizer, "é" * 40, vocabulary, 2, 8)
    shown = figures.told(bpe.both_ways(long.words[0], vocabulary, tokenizer), long, text)
    assert shown["beginning"] == text("beginning.cut", n_bytes=8)
