"""Bits per byte against paper and real compressors; other cuts of the same bytes."""

import bz2
import lzma
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import bits_per_byte
from tests.forward_passes import VOCABULARY, made


def test_laplace_and_krichevsky_trofimov_on_paper():
    # "ab" after nothing: 1/256 · 1/257, and (½/128) · (½/129)
    assert bits_per_byte.adaptive(b"", b"ab", 1.0) == pytest.approx(np.log2(256 * 257))
    assert bits_per_byte.adaptive(b"", b"ab", 0.5) == pytest.approx(np.log2(256 * 258))
    assert bits_per_byte.adaptive(b"aa", b"a", 1.0) == pytest.approx(np.log2(258 / 3))


def test_the_same_bytes_cost_what_each_code_really_takes():
    forward = made(12)
    sample = bits_per_byte.sample([token.bytes for token in forward.tokens], forward.surprisals)
    found = bits_per_byte.codes({"network": sample}, 300)
    raw = b"".join(token.bytes for token in forward.tokens[1:])
    by_name = dict(zip(found.names, found.totals, strict=True))
    assert by_name["network"] == pytest.approx(forward.surprisals.sum())
    assert by_name["uniform_tokens"] == pytest.approx(11 * np.log2(300))
    for name, library in {"zlib": zlib, "bz2": bz2, "lzma": lzma}.items():
        packed = bits_per_byte.COMPRESSORS[name](raw)
        assert library.decompress(packed) == raw
        assert by_name[name] == 8 * len(packed)
    np.testing.assert_allclose(found.per_byte * len(raw), found.totals)
    longer = bits_per_byte.sample([b"a", b"ab" * 500], np.ones(1))
    long = bits_per_byte.codes({"network": longer, "second": sample}, 300)
    assert long.names[:2] == ("network", "second")
    assert (long.n_networks, long.n_bytes[1]) == (2, len(raw))
    assert long.per_byte[1] == pytest.approx(found.per_byte[0])
    assert dict(zip(long.names, long.per_byte, strict=True))["zlib"] < 1.0


def test_characters_are_counted_where_they_begin():
    sample = bits_per_byte.sample([b"a", "猫b".encode()], np.ones(1))
    found = bits_per_byte.codes({"": sample}, 10)
    assert (found.n_bytes[0], found.n_characters[0]) == (4, 2)
    half = bits_per_byte.codes({"": bits_per_byte.sample([b"\xe7", b"\x8c\xab"], np.ones(1))}, 10)
    assert half.n_characters[0] == 0
    assert np.isinf(half.per_character).all()


def test_more_tokens_make_a_perplexity_smaller_for_nothing():
    found = bits_per_byte.recut(12.0, {"characters": 12, "own": 3, "words": 2})
    assert found.names == ("words", "own", "characters")
    assert found.bits.tolist() == [6.0, 4.0, 1.0]
    assert found.perplexities.tolist() == [64.0, 16.0, 2.0]
    np.testing.assert_array_equal(found.bits * found.n_tokens, 12.0)


# Other cuts


def test_every_cut_spells_the_same_text_and_begins_alike():
    vocabulary = [b"a", b"b", b"c", b"ab", b"bc", b"abc", b""]
    found = bits_per_byte.other_cuts([0, 5, 3], vocabulary)  # a|abc|ab
    by_kind = dict(zip(found.kinds, found.rows, strict=True))
    assert found.rows[0] == (0, 5, 3)
    assert found.kinds.count("divided") == 3  # a|bc, ab|c and a|b
    assert by_kind["characters"] == (0, 0, 1, 2, 0, 1)
    assert "bytes" not in found.kinds  # the same as the characters
    assert len(set(found.rows)) == len(found.rows)
    spelled = {b"".join(vocabulary[number] for number in row) for row in found.rows}
    assert spelled == {b"aabcab"}
    shorter = bits_per_byte.other_cuts([0, 3, 2], vocabulary)  # the longest first: abc
    assert dict(zip(shorter.kinds, shorter.rows, strict=True))["longest"] == (0, 5)


@given(st.lists(st.integers(0, 259), min_size=1, max_size=12))
@settings(max_examples=25)
def test_cuts_of_any_tokens_spell_the_same_bytes(ids):
    found = bits_per_byte.other_cuts(ids, VOCABULARY)
    spelled = {b"".join(VOCABULARY[number] for number in row) for row in found.rows}
    assert len(spelled) == 1
    assert found.rows[0] == tuple(ids)
    assert {row[0] for row in found.rows} == {ids[0]}


def test_a_cut_that_the_vocabulary_cannot_write_is_left_out():
    found = bits_per_byte.other_cuts([0, 1], [b"x", b"yz"])
    assert found.kinds == ("usual",)


def test_the_cuts_together_are_less_surprising_than_any_one():
    found = bits_per_byte.marginal(np.array([[2.0, 1.0], [4.0, np.nan]]))  # 1/8 + 1/16
    assert found.totals.tolist() == [3.0, 4.0]
    assert found.together == pytest.approx(-np.log2(3 / 16))
    assert found.share == pytest.approx(2 / 3)
    far = bits_per_byte.marginal(np.array([[3_000.0], [3_001.0]]))  # 2^−3000 is no float
    assert far.together == pytest.approx(3_000 - np.log2(1.5))


@pytest.mark.parametrize(
    ("call", "got"),
    [
        (lambda: bits_per_byte.sample([b"a"], np.ones(3)), "got 3"),
        (lambda: bits_per_byte.sample([b"a", b""], np.ones(1)), "got none"),
        (lambda: bits_per_byte.codes({}, 10), "got none"),
        (lambda: bits_per_byte.adaptive(b"", b"a", 0.0), "got 0.0"),
        (lambda: bits_per_byte.recut(1.0, {"a": 0}), "'a': 0"),
        (lambda: bits_per_byte.marginal(np.zeros((0, 3))), "got none"),
    ],
)
def test_what_makes_no_sense_is_refused(call, got):
    with pytest.raises(ValueError, match=got):
        call()
