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
