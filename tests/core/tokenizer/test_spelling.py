import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from core.tokenizer import spelling


def test_the_alphabet_is_the_one_of_tokenizers():
    assert set(spelling.ALPHABET) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(spelling.ALPHABET.values()) == list(range(256))


@pytest.mark.parametrize(
    ("token", "raw"), [("Ġcat", b" cat"), ("Ċ", b"\n"), ("Ã©", "é".encode()), ("ł", b"\xa0")]
)
def test_byte_level_tokens_are_turned_back_into_bytes(token, raw):
    assert spelling.byte_level(token) == raw


@pytest.mark.parametrize(
    ("token", "raw"),
    [("▁cat", b" cat"), ("<0xE4>", b"\xe4"), ("<0x0A>", b"\n"), ("猫", "猫".encode())],
)
def test_sentence_piece_tokens_are_turned_back_into_bytes(token, raw):
    assert spelling.sentence_piece(token) == raw


def test_a_sentence_piece_vocabulary_is_recognised_and_holes_are_empty():
    tokenizer = Tokenizer(models.BPE(vocab={"▁": 0, "<0xE4>": 1, "a": 2}, merges=[]))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    assert spelling.token_bytes(tokenizer, 5) == (b" ", b"\xe4", b"a", b"", b"")


def test_added_tokens_are_their_own_text_and_not_drawn_bytes(load_tiny):
    model = load_tiny()
    assert model.vocabulary[0] == b"<|endoftext|>"
    copy = Tokenizer.from_str(model.tokenizer.library.to_str())
    copy.add_tokens(["Ġé"])
    number = copy.token_to_id("Ġé")
    assert spelling.token_bytes(copy, number + 1)[number] == "Ġé".encode()


@pytest.mark.parametrize("text", ["The cat sat.", "été 猫 😀\n\t ", "\x00 \x7f  12"])
def test_bytes_of_the_tokens_join_to_the_bytes_of_the_text(load_tiny, text):
    model = load_tiny()
    ids = model.tokenizer.ids(text)
    assert b"".join(model.vocabulary[number] for number in ids) == text.encode()


def test_pieces_inside_a_word_lose_their_mark():
    tokenizer = Tokenizer(models.WordPiece(vocab={"[UNK]": 0, "look": 1, "##ing": 2}))
    assert spelling.token_bytes(tokenizer, 3) == (b"[UNK]", b"look", b"ing")
