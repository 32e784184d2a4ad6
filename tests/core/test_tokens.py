import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tokens
from core.tokens import Token


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


def test_counts_are_of_code_points_bytes_and_tokens():
    found = tokens.count("a猫", (Token(0, b"a"), Token(1, b"\xe7\x8c"), Token(2, b"\xab")))
    assert (found.n_characters, found.n_bytes, found.n_tokens) == (2, 4, 3)
    assert found.characters_per_token == pytest.approx(2 / 3)
    assert found.bytes_per_token == pytest.approx(4 / 3)


def test_counting_no_tokens_is_refused():
    with pytest.raises(ValueError, match="without tokens"):
        tokens.count("", ())


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
        tokens.count("\ud800", (Token(0, b"?"),))
