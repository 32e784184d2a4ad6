import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from core.tokenizer import cut, library, shelf
from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText

TRICKY = [
    "a",
    " ",
    "\n",
    "\x00",
    "été",
    "猫 and 狗",
    "👩‍👩‍👧 family",
    "שלום",
    "e\u0301",
    "\u0378",
    "12345 67",
]


@pytest.fixture(scope="module")
def cl100k():
    return shelf.packaged("cl100k_base")


@pytest.fixture
def word_piece():
    vocab = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "look": 3, "##ing": 4, "at": 5}
    made = Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return library.from_tokenizers(made, "six words", "file")


def test_a_character_in_two_tokens_is_covered_by_both(cl100k):
    found = cl100k.cut("a猫b")
    assert [token.bytes for token in found.tokens] == [b"a", b"\xe7", b"\x8c", b"\xab", b"b"]
    assert found.starts.tolist() == [0, 1, 1, 1, 2]
    assert found.stops.tolist() == [1, 2, 2, 2, 3]
    assert found.byte_stops.tolist() == [1, 2, 3, 4, 5]
    assert found.at(1) == 3 or found.starts[found.at(1)] == 1


@pytest.mark.parametrize("text", TRICKY)
def test_both_libraries_give_the_bytes_of_the_text_back(cl100k, load_tiny, text):
    for tokenizer in (cl100k, load_tiny().tokenizer):
        found = tokenizer.cut(text)
        assert found.is_lossless
        assert b"".join(token.bytes for token in found.tokens) == text.encode()
        assert found.ids.tolist() == tokenizer.ids(text)
        assert tokenizer.card.is_byte_level


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_every_character_is_covered_and_no_token_covers_more_than_its_bytes(text):
    found = shelf.packaged("cl100k_base").cut(text)
    starts = np.concatenate([[0], found.byte_stops[:-1]])
    raw = text.encode()
    for start, stop, first, after in zip(
        starts, found.byte_stops, found.starts, found.stops, strict=True
    ):
        covered = text[first:after].encode()
        assert raw[start:stop] in covered
        # Without its first or its last character, it would no longer hold the token.
        assert len(text[first : after - 1].encode()) < stop - len(text[:first].encode())
    assert found.starts[0] == 0
    assert found.stops[-1] == len(text)


def test_where_the_text_was_changed_the_library_says_what_is_covered(word_piece):
    found = word_piece.cut("Looking AT me")
    assert found.names == ("[CLS]", "look", "##ing", "at", "[UNK]", "[SEP]")
    assert found.starts.tolist() == [0, 0, 4, 8, 11, 0]
    assert found.stops.tolist() == [0, 4, 7, 10, 13, 0]
    assert found.is_unknown.tolist() == [False, False, False, False, True, False]
    assert not found.is_lossless
    assert word_piece.card == cut.Card("six words", "wordpiece", 6, False, "file")
    assert word_piece.pieces("Looking AT me") == [(0, 7), (8, 10), (11, 13)]


def test_merges_of_a_byte_level_vocabulary_are_bytes_by_rank(load_tiny, cl100k, word_piece):
    tokenizer = load_tiny().tokenizer
    merges = tokenizer.merges()
    assert sorted(merges.values()) == list(range(len(merges)))
    assert all(isinstance(part, bytes) for pair in merges for part in pair)
    assert cl100k.merges() is None
    assert cl100k.ranks()[b" the"] == cl100k.ids(" the")[0]
    assert word_piece.merges() is None


def test_a_special_token_that_is_typed_is_that_token(cl100k):
    (number,) = cl100k.ids("<|endoftext|>")
    assert cl100k.bytes_of(number) == b"<|endoftext|>"
    assert cl100k.bytes_of(100_262) == b""  # a number between the special tokens


def test_what_cannot_be_cut_is_refused(cl100k, load_tiny):
    for tokenizer in (cl100k, load_tiny().tokenizer):
        for ask in (tokenizer.cut, tokenizer.ids, tokenizer.pieces):
            with pytest.raises(EmptyText):
                ask("")
            with pytest.raises(UnusableText, match="at 1"):
                ask("a\ud800")
            with pytest.raises(TextTooLong, match="200,000"):
                ask("a" * 200_001)
