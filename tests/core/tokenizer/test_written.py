import json

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from core.tokenizer import written
from core.tokenizer.refusals import NotATokenizer


def made(**changes):
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=5, pad_token="?", pad_id=2)
    return json.dumps(json.loads(tokenizer.to_str()) | changes).encode()


def reason(raw, **limits):
    with pytest.raises(NotATokenizer) as error:
        written.from_bytes(raw, "mine", "file", **limits)
    return error.value.reason


def test_a_file_is_the_tokenizer_that_it_describes():
    tokenizer = written.from_bytes(made(), "mine", "file")
    assert (tokenizer.card.name, tokenizer.card.origin) == ("mine", "file")
    assert tokenizer.card.algorithm == "word_level"


def test_what_a_file_says_about_length_is_left_out():
    tokenizer = written.from_bytes(made(), "mine", "file")
    assert tokenizer.ids("a b a b c") == [0, 1, 0, 1, 2]
    assert tokenizer.ids("a") == [0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b"\x00\xff",
        b"not JSON",
        b"[" * 100_000,
        made(model={"type": "BPE", "vocab": {}, "merges": []}),
        made(model={"type": "WordLevel", "vocab": {"a": 4_000_000_000}, "unk_token": "a"}),
        made(model=None),
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_no_tokenizer_is_refused(raw):
    assert reason(raw) == "no_tokenizer"


def test_a_large_file_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(written, "_read", lambda raw: pytest.fail("it was read"))
    assert reason(b"x" * 101, largest=100) == "too_large"
    assert reason(b"x" * 20_000_001) == "too_large"
