from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from core.tokenizer import library, shelf
from pages.ui import splits

CL100K = shelf.packaged("cl100k_base")


def pieces(cut, here=None):
    return list(splits.pieces(cut, here or range(len(cut.text))))


def drawn(cut, here=None):
    """What a pane shows, a word for each piece: over/under, and gaps in brackets."""
    shown = []
    for piece in pieces(cut, here):
        if "gap" in piece:
            shown.append(f"({piece['gap']})")
        else:
            words = " ".join(chip[0] for chip in piece["chips"])
            shown.append(f"{piece['over']}/{words}" if "over" in piece else words)
    return shown


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


def test_bytes_of_a_character_stand_below_it():
    assert drawn(CL100K.cut("a猫b")) == ["a", "猫/E7 8C AB", "b"]


def test_byte_tokens_of_a_vocabulary_of_pieces_are_bytes():
    unigram = shelf.packaged("unigram")
    assert drawn(unigram.cut("a龘")) == ["▁a", "龘/E9 BE 98"]
    assert drawn(unigram.cut("a\n")) == ["▁a", "↵"]


def test_white_space_and_controls_are_visible():
    cut = CL100K.cut(" a\n\t\x00")
    assert "".join(drawn(cut)) == "␣a↵⇥␀"
    ends = [piece["ends_line"] for piece in pieces(cut)]
    assert ends == ["↵" in words for words in drawn(cut)]


def test_what_no_token_covers_is_a_gap_and_unknown_text_stands_over_its_token(word_piece):
    cut = word_piece.cut("Looking AT me ")
    assert drawn(cut) == [
        "[CLS]", "look", "##ing", "(␣)", "at", "(␣)", "me/[UNK]", "[SEP]", "(␣)"
    ]  # fmt: skip


def test_a_chip_knows_number_bytes_characters_and_place():
    (piece,) = pieces(CL100K.cut("x the"), range(1, 5))
    assert piece["chips"] == [("␣the", CL100K.ids(" the")[0], "20 74 68 65", 1, 5, 1)]


def test_a_part_begins_with_the_first_token_that_begins_in_it():
    cut = CL100K.cut("one two three four")
    assert drawn(cut, range(0, 7)) == ["one", "␣two"]
    assert drawn(cut, range(7, 18)) == ["␣three", "␣four"]
    assert drawn(cut, range(5, 10)) == ["␣three"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), st.integers(1, 9))
@settings(deadline=None)
def test_the_parts_together_show_every_token_once(text, size):
    cut = CL100K.cut(text)
    places = [
        chip[-1]
        for start in range(0, len(text), size)
        for piece in splits.pieces(cut, range(start, min(len(text), start + size)))
        for chip in piece.get("chips", ())
    ]
    assert places == list(range(len(cut)))
    assert not any("\ufffd" in word for word in drawn(cut)) or "\ufffd" in text


@pytest.mark.parametrize("name", shelf.coming_along())
@pytest.mark.parametrize("text", ["e\u0301 👩‍👩‍👧 שלום", "\x00\u0378", "  two\n\n", "½ ﬁ 猫"])
def test_any_text_is_shown_in_any_tokenizer(name, text):
    cut = shelf.packaged(name).cut(text)
    chips = [chip for piece in pieces(cut) for chip in piece.get("chips", ())]
    assert [chip[-1] for chip in chips] == list(range(len(cut)))
    assert all(chip[0] and chip[0].isprintable() for chip in chips)


def test_what_was_typed_never_becomes_markup():
    source = (Path(splits.__file__).parent / "splits.js").read_text("utf-8")
    assert "innerHTML" not in source
    assert "insertAdjacentHTML" not in source
