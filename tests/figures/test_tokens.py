import math

import numpy as np
import pytest

from core import bpe
from core.bpe import Encoding, Merge
from core.tokenizer.cut import Card
from core.tokens import METRICS, Counts, Token
from pages.figures import tokens as figures
from pages.figures.style import ACCENT, REMOVED
from pages.text import LANGUAGES, load_text
from pages.ui.export import numbers

ONE = Counts(8, 8, 4, 2, 4, 0, 0)
OTHER = Counts(8, 8, 2, 2, 2, 0, 0)
NAMED = [("a <b>", ONE), ("other", OTHER)]
# t+h, then th+e: "the"
THE = Encoding(b"the", (Merge(3, 0, b"t", b"h"), Merge(9, 0, b"th", b"e")))
BYTES = Card("bytes", "bpe", 300, True, "packaged")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_a_bar_is_as_long_as_its_number(language, metric):
    text = load_text("tokens", language)
    figure = figures.totals(NAMED, metric, text)
    (bars,) = figure.data
    expected = [getattr(ONE, metric), getattr(OTHER, metric)]
    assert list(bars.x) == pytest.approx(np.nan_to_num(expected))
    assert figure.layout.xaxis.title.text == text(f"metric.{metric}")
    assert figure.layout.yaxis.ticktext == ("a &lt;b&gt;", "other")
    assert figure.layout.xaxis.range[1] > max(bars.x)


def test_what_a_text_does_not_have_is_a_dash_and_is_told():
    text = load_text("tokens", "en")
    metric = "tokens_per_chinese_character"
    assert figures.totals(NAMED, metric, text).data[0].text == ("–", "–")
    assert "no Chinese character" in figures.told(ONE, metric, text)
    assert "2 here" in figures.told(ONE, "tokens_per_word", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_holds_all_numbers_of_all_tokenizers(language):
    text = load_text("tokens", language)
    table = numbers(figures.totals(NAMED, "n_tokens", text))
    assert list(table.columns)[1:] == [text(f"metric.{metric}") for metric in METRICS]
    assert table.iloc[0].tolist() == ["a <b>", "4", "2", "2", "2", "–"]


def test_the_bill_is_the_cost_of_all_texts():
    figure = figures.bill(NAMED, 0.5, 1_000_000, load_text("tokens", "en"))
    assert list(figure.data[0].x) == [2, 1]
    assert figure.data[0].text == ("2", "1")
    free = figures.bill(NAMED, 0.0, 1, load_text("tokens", "en"))
    assert free.layout.xaxis.range[1] > 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (9, "9"),
        (12345.0, "12,345"),
        (1.5, "1.50"),
        (0.000012, "1.2e-05"),
        (0.0, "0"),
        (math.nan, "–"),
    ],
)
def test_numbers_are_short(value, words):
    assert figures.number(value) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_merge_is_a_row_and_its_result_stands_out(language):
    text = load_text("tokens", language)
    figure = figures.making(Token(5, b"the"), THE, text)
    assert figure.layout.yaxis.ticktext == (
        text("making.bytes"),
        text("making.rank", rank=3),
        text("making.rank", rank=9),
    )
    by_colour = {trace.marker.color: trace for trace in figure.data}
    new = by_colour[ACCENT]
    assert list(zip(new.y, new.base, new.x, new.text, strict=True)) == [
        (1, 0, 2, "th"),
        (2, 0, 3, "the"),
    ]
    # each row is the whole token
    lengths = np.zeros(3)
    for trace in figure.data:
        np.add.at(lengths, np.array(trace.y), np.array(trace.x))
    assert lengths.tolist() == [3, 3, 3]
    assert len(numbers(figure)) == 6


def test_bytes_of_a_character_are_drawn_as_bytes():
    figure = figures.making(Token(5, "猫".encode()), None, load_text("tokens", "en"))
    assert figure.data[0].text == ("E7", "8C", "AB")


def test_of_many_merges_the_last_are_shown():
    word = b"a" * 64
    encoding = bpe.encode(word, lambda pair: len(pair[0] + pair[1]))
    figure = figures.making(Token(5, word), encoding, load_text("tokens", "en"))
    assert len(figure.layout.yaxis.ticktext) == figures.MOST_ROWS
    assert figure.data[-1].text[-1] == "a" * 64


@pytest.mark.parametrize(
    ("encoding", "card", "code"),
    [
        (THE, BYTES, "merged"),
        (Encoding(b"the", THE.merges[:1]), BYTES, "whole"),
        (Encoding(b"t", ()), BYTES, "byte"),
        (Encoding(b"", ()), BYTES, "byte"),
        (None, BYTES, "long"),
        (None, Card("", "bpe", 9, False, "file"), "other"),
        (None, Card("", "wordpiece", 9, False, "file"), "wordpiece"),
        (None, Card("", "unigram", 9, False, "file"), "unigram"),
        (None, Card("", "word_level", 9, False, "file"), "word_level"),
    ],
)
def test_every_way_in_which_a_token_came_about_is_told(encoding, card, code):
    assert figures.how(encoding, card) == code
    assert all(load_text("tokens", language)(f"how.{code}") for language in LANGUAGES)
    assert figures.rank(encoding) == ("9" if code == "merged" else "–")


@pytest.mark.parametrize("language", LANGUAGES)
def test_neighbours_are_by_number_and_the_chosen_one_stands_out(language):
    text = load_text("tokens", language)
    around = [Token(1_004, b" <a>"), Token(1_005, b"\xe7"), Token(1_006, b"")]
    figure = figures.neighbours(around, 1_005, text)
    (bars,) = figure.data
    assert figure.layout.yaxis.ticktext == ("1,004", "1,005", "1,006")
    assert bars.text == ("␣&lt;a&gt;", "⟨E7⟩", "∅")
    assert bars.marker.color == (REMOVED, ACCENT, REMOVED)
    assert figure.layout.xaxis.title.text == text("axis.bytes")
    assert numbers(figure).iloc[0].tolist() == ["1004", "␣<a>", "20 3C 61 3E"]
