"""The tokenizers that the program trains itself come out of its texts as in its files."""

import pytest

from core.tokenizer import shelf, trained

SENTENCES = [
    "The cat slept all day because it was very hungry.",
    "明月松间照，清泉石上流。",
    "a  b", " x ", "naïve ☃ 3.14", "<0x41>", "👩‍👩‍👧", "שלום", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("name", trained.FILES)
def test_training_again_gives_the_same_file(name):
    assert trained.written(name, trained.lines()) == trained.FILES[name].read_text("utf-8")


@pytest.mark.parametrize("name", trained.FILES)
def test_they_stand_on_the_shelf_with_their_sizes(name):
    card = shelf.packaged(name).card
    assert (card.name, card.algorithm, card.origin) == (name, name, "trained")
    assert card.d_vocab == trained.SIZES[name]
    assert not card.is_byte_level


def test_files_and_texts_are_small():
    assert sum(file.stat().st_size for file in trained.FILES.values()) < 250_000
    assert trained.CHINESE.stat().st_size + trained.ENGLISH.stat().st_size < 250_000


def test_the_wordpiece_shows_what_it_cannot_spell():
    tokenizer = shelf.packaged("wordpiece")
    assert tokenizer.cut("snow☃man AGAIN").names == ("[UNK]", "again")
    assert tokenizer.cut("今天很好").is_unknown.tolist() == [False, False, True, False]
    assert tokenizer.cut("2026").names[0] == "2"
    for special in trained.SPECIAL:
        assert tokenizer.library.token_to_id(special) == trained.SPECIAL.index(special)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_unigram_one_brings_every_text_back(sentence):
    tokenizer = shelf.packaged("unigram")
    cut = tokenizer.cut(sentence)
    assert not cut.is_unknown.any()
    # But for the space that is put before the first word.
    assert tokenizer.library.decode(cut.ids.tolist()).lstrip(" ") == sentence.lstrip(" ")


def test_unknown_characters_are_bytes_and_known_ones_are_no_bytes():
    tokenizer = shelf.packaged("unigram")
    assert tokenizer.cut("们").names == ("▁", "<0xE4>", "<0xBB>", "<0xAC>")
    assert "<0x41>" not in tokenizer.cut("<0x41> A").names


def test_its_pieces_are_those_of_the_vocabulary_without_bytes():
    pieces = trained.pieces()
    assert len(pieces) == trained.SIZES["unigram"] - 257
    assert not any(piece in trained.BYTES for piece in pieces)
    assert max(pieces.values()) < 0


def test_settling_takes_away_the_order_in_which_characters_came_back():
    pieces = [["<unk>", 0.0], ["ab", -2.0], ["x", -8.9999], ["y", -9.0], ["abc", -9.0]]
    swapped = [["<unk>", 0.0], ["ab", -2.0], ["y", -8.9999], ["x", -9.0], ["abc", -9.0]]
    expected = [("<unk>", 0.0), ("ab", -2.0), ("abc", -9.0), ("x", -9.0), ("y", -9.0)]
    assert trained.settled(pieces) == trained.settled(swapped) == expected
