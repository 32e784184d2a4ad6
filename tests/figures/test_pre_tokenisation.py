import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from core import pre_tokenisation
from core.tokenizer import library, shelf
from pages.figures import pre_tokenisation as figures
from pages.text import LANGUAGES, load_text
from pages.ui import export

TEXT = "I'm 12345, 猫 <b>\n\n  go<|endoftext|>!"
CL100K = shelf.packaged("cl100k_base")


def drawn(text, sentence=TEXT, tokenizer=CL100K):
    found = pre_tokenisation.through(sentence, tokenizer)
    cut = tokenizer.cut(sentence)
    return found, cut, figures.steps(found, cut, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_for_each_step_and_one_for_the_tokens(language):
    text = load_text("pre_tokenisation", language)
    found, cut, figure = drawn(text)
    (bars,) = figure.data
    names = [text(f"step.{name}") for name in ("special", "pattern")]
    assert list(figure.layout.yaxis.ticktext) == [*names, f"<b>{text('step.tokens')}</b>"]
    assert len(bars.x) == sum(map(len, found)) + len(cut)
    last = found[-1]
    assert [row[2] for row in bars.customdata if row[0] == "pattern"] == [
        text(f"kind.{last.kind_of(piece)}") for piece in range(len(last))
    ]
    assert list(bars.meta) == [
        text(f"steps.{part}") for part in ("step", "words", "kind", "from", "to")
    ]


@pytest.fixture
def text():
    return load_text("pre_tokenisation", "en")


def test_each_row_covers_the_same_width_without_gaps(text):
    _, _, figure = drawn(text)
    (bars,) = figure.data
    ends = []
    for row in np.unique(bars.y):
        here = np.asarray(bars.y) == row
        starts, widths = (np.asarray(side, float)[here] for side in (bars.base, bars.x))
        assert (widths > 0).all()
        np.testing.assert_allclose(starts[1:], (starts + widths)[:-1], atol=1e-3)
        ends.append(starts[-1] + widths[-1])
    np.testing.assert_allclose(ends, ends[0], atol=1e-3)


def test_tokens_never_lie_across_the_pieces_above(text):
    _, _, figure = drawn(text)
    (bars,) = figure.data
    y, base = np.asarray(bars.y), np.asarray(bars.base)
    last = y.max()
    assert all(np.abs(base[y == last] - edge).min() < 1e-3 for edge in base[y == last - 1])


def test_long_texts_go_on_in_lines_and_are_cut_at_the_end(text):
    sentence = "one two 345 " * 2_000
    found, cut, figure = drawn(text, sentence)
    shown = figures.drawn_characters(found, cut)
    assert 200 < shown < len(sentence)
    assert figure.layout.height < 1_600
    assert np.asarray(figure.data[0].base).min() >= 0
    assert (np.asarray(figure.data[0].base) + np.asarray(figure.data[0].x)).max() <= 100.01


@pytest.mark.parametrize(
    "sentence", ["a", " ", "\n", "\x00", "👩‍👩‍👧", "שלום", "e\u0301", "\u0378", "<b>", "x" * 900]
)
def test_any_text_has_its_figure(text, sentence):
    some = (CL100K, without_pattern()) if sentence.strip("\n \u0378") else (CL100K,)
    for tokenizer in some:
        _, _, figure = drawn(text, sentence, tokenizer)
        assert len(figure.data[0].x) >= 2
        assert not any("�" in words for words in figure.data[0].text)
        assert len(export.numbers(figure)) == len(figure.data[0].x)


def without_pattern():
    made = Tokenizer(models.WordLevel(vocab={"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.UnicodeScripts()
    return library.from_tokenizers(made, "by script", "file")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bar_for_each_alternative_with_its_expression(language):
    text = load_text("pre_tokenisation", language)
    last = drawn(text)[0][-1]
    figure = figures.alternatives(last, text)
    (bars,) = figure.data
    np.testing.assert_array_equal(bars.x, last.counts)
    assert [row[0] for row in bars.customdata] == [one.pattern for one in last.alternatives]
    assert len(figure.layout.annotations) == len(last.alternatives)
    assert figure.layout.annotations[3].text == r"<b>␣?[^\s\p{L}\p{N}]+[\r\n]*</b>"
    assert figure.layout.xaxis.title.text == text("axis.n_pieces")
    kinds = {one.kind for rule in pre_tokenisation.RULES.values() for one in rule}
    assert kinds <= figures.KINDS.keys()
    assert all(text(f"kind.{kind}") for kind in figures.KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digits_stand_in_their_groups(language):
    text = load_text("pre_tokenisation", language)
    groups = pre_tokenisation.digit_groups("12345")
    figure = figures.digits("12345", groups, text)
    (bars,) = figure.data
    assert bars.text == (*"12345", "123", "45", "12345", "12", "345")
    assert list(figure.layout.yaxis.ticktext) == [text(f"digits.{name}") for name in groups]
    assert figure.layout.xaxis.ticktext[0] == "10<sup>4</sup>"
    table = export.numbers(figure)
    assert table[text("digits.place")].astype(int).tolist()[-2:] == [3, 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_form_of_a_word_has_its_row_of_tokens(language):
    text = load_text("pre_tokenisation", language)
    cuts = [CL100K.cut(form) for form in pre_tokenisation.variants("hello")]
    figure = figures.forms(cuts, text)
    (bars,) = figure.data
    assert bars.text[:2] == ("hello  15339", "␣hello  24748")
    assert list(figure.layout.yaxis.tickvals) == list(range(len(cuts)))
    assert figure.layout.yaxis.ticktext[1] == "“␣hello”"
