import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import tokens
from core.tokenizer import shelf
from core.tokens import Token

UNKNOWN = ("Cn", "Cs")  # unassigned, or half of a character


@pytest.mark.parametrize(
    ("raw", "visible"),
    [
        (b" cat", "␣cat"),
        (b"\n\t", "↵⇥"),
        (b"\x00\x1f\x7f", "␀␟␡"),
        (b"\xe4\xbd", "⟨E4 BD⟩"),
        ("猫".encode(), "猫"),
        ("\u200d".encode(), "U+200D"),
        ("\u202e".encode(), "U+202E"),
        (b"", "∅"),
    ],
)
def test_a_token_is_drawn_so_that_nothing_of_it_is_invisible(raw, visible):
    assert Token(1, raw).visible == visible


@given(st.binary(max_size=8))
def test_every_token_has_something_to_see_and_nothing_that_is_not_printable(raw):
    visible = Token(0, raw).visible
    assert visible
    assert visible.isprintable()


@given(st.text(max_size=8))
def test_whole_characters_are_whole(text):
    assert Token(0, text.encode()).is_whole


def test_a_part_of_a_character_is_not_whole():
    assert not Token(0, b"\xf0\x9f").is_whole


def spans(*pairs):
    starts, stops = np.array(pairs).T
    return starts, stops


def test_counts_are_of_code_points_bytes_and_tokens():
    # a, and two tokens that hold one part each of the cat
    found = tokens.count("a猫", *spans((0, 1), (1, 2), (1, 2)))
    assert (found.n_characters, found.n_bytes, found.n_tokens) == (2, 4, 3)
    assert found.characters_per_token == pytest.approx(2 / 3)
    assert found.bytes_per_token == pytest.approx(4 / 3)


def test_words_and_chinese_characters_have_their_own_tokens():
    # "It’s" and "ok!" are words, the dash holds no letter; 。 is no Chinese character, 々 is one.
    text = "It’s – ok! 人々。"
    found = tokens.count(
        text, *spans((0, 2), (2, 4), (4, 6), (6, 10), (10, 12), (12, 13), (13, 14))
    )
    assert (found.n_words, found.n_word_tokens) == (2, 3)
    assert (found.n_chinese, found.n_chinese_tokens) == (2, 2)
    assert found.tokens_per_word == 1.5
    assert found.tokens_per_chinese_character == 1


def test_a_token_may_count_for_a_word_and_for_a_chinese_character():
    found = tokens.count("天A", *spans((0, 2)))
    assert (found.n_word_tokens, found.n_chinese_tokens) == (1, 1)


def test_what_a_text_does_not_have_is_no_number():
    found = tokens.count("… !", *spans((0, 3)))
    assert np.isnan(found.tokens_per_word)
    assert np.isnan(found.tokens_per_chinese_character)


def test_a_token_without_characters_counts_as_a_token_alone():
    found = tokens.count("cat", *spans((0, 0), (0, 3), (0, 0)))
    assert (found.n_tokens, found.n_word_tokens) == (3, 1)


def test_the_bill_is_tokens_times_price_per_million():
    found = tokens.count("a b", *spans((0, 1), (1, 3)))
    assert found.cost(0.5) == pytest.approx(1e-6)
    assert found.cost(0.5, 3_000_000) == pytest.approx(3)


def test_counting_no_tokens_is_refused():
    with pytest.raises(ValueError, match="without tokens"):
        tokens.count("", np.zeros(0, np.int64), np.zeros(0, np.int64))


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_the_library_regex_finds_the_same_chinese_characters_and_words(text):
    regex = pytest.importorskip("regex")
    text = "".join(c for c in text if unicodedata.category(c) not in UNKNOWN)
    expected = [bool(regex.match(r"\p{Script=Han}", character)) for character in text]
    assert tokens.is_chinese(text).tolist() == expected
    spaced = "".join(
        " " if han else character for han, character in zip(expected, text, strict=True)
    )
    words = [word for word in spaced.split() if any(map(str.isalnum, word))]
    first, after = tokens.words(text)
    assert [text[a:b] for a, b in zip(first, after, strict=True)] == words


def test_every_character_of_unicode_is_chinese_where_the_library_says_so():
    regex = pytest.importorskip("regex")
    # Of those that Python knows: the two may follow different versions of Unicode.
    known = [chr(code) for code in range(0x40000) if unicodedata.category(chr(code)) not in UNKNOWN]
    text = "".join(known)
    found = {match.start() for match in regex.finditer(r"\p{Script=Han}", text)}
    assert set(np.flatnonzero(tokens.is_chinese(text)).tolist()) == found


def test_tokens_that_share_a_character_are_one_group():
    # "a", two parts of one character, "b"; then a token that ends inside a character
    assert tokens.groups(*spans((0, 1), (1, 2), (1, 2), (2, 3))).tolist() == [0, 1, 1, 2]
    assert tokens.groups(*spans((0, 2), (1, 3), (2, 4), (4, 5))).tolist() == [0, 0, 0, 1]


def test_a_token_without_characters_is_in_no_other_s_group():
    # [CLS] and [SEP] have the span 0, 0
    assert tokens.groups(*spans((0, 0), (0, 3), (0, 0))).tolist() == [0, 1, 2]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
@settings(deadline=None)
def test_every_group_of_a_byte_level_cut_is_whole_characters(text):
    cut = shelf.packaged("cl100k_base").cut(text)
    numbers = tokens.groups(cut.starts, cut.stops)
    parts = [b""] * (numbers[-1] + 1)
    for number, token in zip(numbers, cut.tokens, strict=True):
        parts[number] += token.bytes
    assert "".join(part.decode() for part in parts) == text
    # and no group could be taken apart
    for number, token in zip(numbers, cut.tokens, strict=True):
        assert token.is_whole == (parts[number] == token.bytes)


def test_neighbours_end_where_the_vocabulary_ends():
    assert list(tokens.neighbours(2, 10)) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert list(tokens.neighbours(9, 10, reach=2)) == [7, 8, 9]


@given(st.text(min_size=1, max_size=8), st.data())
def test_cutting_anywhere_loses_no_byte(text, data):
    raw = text.encode()
    place = data.draw(st.integers(0, len(raw)))
    first, second = Token(0, raw[:place]), Token(1, raw[place:])
    assert (first.bytes + second.bytes).decode() == text
    # A cut inside a character leaves no side whole.
    assert first.is_whole == second.is_whole


@given(st.text(max_size=6).filter(lambda text: "\ufffd" not in text), st.data())
def test_the_decoder_of_tokenizers_agrees_on_what_is_whole(text, data):
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    letters = "".join(piece for piece, _ in byte_level.pre_tokenize_str(text))  # one per byte
    start, end = sorted(data.draw(st.integers(0, len(letters))) for _ in range(2))
    decoded = tokenizers.decoders.ByteLevel().decode([letters[start:end]])
    token = Token(0, text.encode()[start:end])
    assert token.is_whole == ("\ufffd" not in decoded)
    if token.is_whole:
        assert token.bytes.decode() == decoded


def test_half_a_surrogate_pair_has_no_bytes_to_count():
    with pytest.raises(ValueError, match="surrogates"):
        tokens.count("\ud800", *spans((0, 1)))
