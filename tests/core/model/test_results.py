import dataclasses

import pytest

from core.model import run
from core.model.results import Results


@pytest.fixture(scope="module")
def forward(load_tiny):
    return run.run_one(load_tiny(), "The cat")


def named(forward, text):
    return dataclasses.replace(forward, text=text)


def test_the_oldest_goes_when_the_bytes_are_used_up(forward):
    results = Results(3 * forward.n_bytes)
    for text in "abc":
        results.keep(text, named(forward, text))
    assert results.get("a") is not None  # now the youngest
    results.keep("d", named(forward, "d"))
    assert [results.get(text) is not None for text in "abcd"] == [True, False, True, True]
    assert results.n_bytes == 3 * forward.n_bytes


def test_one_is_kept_however_large(forward):
    results = Results(1)
    results.keep("a", named(forward, "a"))
    results.keep("b", named(forward, "b"))
    assert results.get("a") is None
    assert results.get("b") is not None


def test_keeping_the_same_text_again_does_not_count_twice(forward):
    results = Results(10 * forward.n_bytes)
    for _ in range(5):
        results.keep(forward.text, forward)
    assert results.n_bytes == forward.n_bytes
