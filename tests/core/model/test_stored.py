import dataclasses

import numpy as np
import pytest

from core.model import run, stored


def test_the_stored_run_is_small_and_says_that_it_is_stored():
    forward = stored.load()
    assert stored.FILE.stat().st_size < 2.5e6
    assert forward.is_stored
    assert forward.text == stored.DEFAULT_TEXT
    assert b"".join(token.bytes for token in forward.tokens) == stored.DEFAULT_TEXT.encode()
    assert len(forward.vocabulary) == forward.model.d_vocab == len(forward.logits)
    assert forward.model.rope_factor == 1  # the file is older than this field


def test_a_run_that_was_stored_comes_back_as_it_was(load_tiny, tmp_path):
    forward = run.run_one(load_tiny(), "The cat <|endoftext|> été")
    stored.save(forward, tmp_path / "run.npz")
    again = stored.load(tmp_path / "run.npz")
    for field in dataclasses.fields(forward):
        before, after = getattr(forward, field.name), getattr(again, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before)
            assert not after.flags.writeable
        elif field.name != "is_stored":
            assert after == before


def test_a_run_without_queries_cannot_be_stored(load_tiny, tmp_path):
    forward = run.run_one(load_tiny("bloom"), "The cat")
    with pytest.raises(ValueError, match="no queries"):
        stored.save(forward, tmp_path / "run.npz")


@pytest.mark.weights
def test_the_stored_run_is_what_the_model_gives_today(real_model):
    live, kept = run.run_one(real_model, stored.DEFAULT_TEXT), stored.load()
    assert kept.tokens == live.tokens
    assert kept.vocabulary == live.vocabulary
    assert kept.scale == live.scale
    # Where it was run is part of the card, and need not be the same here.
    here = {"device": kept.model.device, "dtype": kept.model.dtype}
    assert dataclasses.replace(live.model, **here) == kept.model
    for name in stored.ARRAYS:
        ours, theirs = getattr(kept, name), getattr(live, name)
        np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=1e-3)
