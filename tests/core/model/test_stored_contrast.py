import numpy as np
import pytest

from core import divergence
from core.model import stored, stored_contrast
from core.model.contrast import Contrast

NUMBERS = ("forward", "backward", "js", "surprisals_a", "surprisals_b", "bits_a", "bits_b")


@pytest.fixture(scope="module")
def found():
    return stored_contrast.load(stored.load())


def test_what_is_stored_is_small_and_whole(found):
    assert stored_contrast.FILE.stat().st_size < 5e4
    assert tuple(found) == stored_contrast.KINDS
    for one in found.values():
        columns = divergence.columns(one)
        assert (columns.js[columns.compared] <= 1).all()
        assert b"".join(token.bytes for token in one.tokens_a).decode() == stored.DEFAULT_TEXT
    last = divergence.pair(found["texts"], -1)
    assert stored.load().token(int(last.ids[0])).bytes == b" hot"


def test_what_was_stored_comes_back_as_it_was(found, tmp_path):
    stored_contrast.save(found, tmp_path / "contrast.npz")
    again = stored_contrast.load(stored.load(), tmp_path / "contrast.npz")
    for kind, before in found.items():
        assert again[kind].tokens_b == before.tokens_b
        for name in NUMBERS:
            np.testing.assert_array_equal(getattr(again[kind], name), getattr(before, name))


@pytest.mark.weights
@pytest.mark.parametrize("kind", stored_contrast.KINDS)
def test_what_is_stored_is_what_the_model_says_today(found, real_model, kind):
    asked = Contrast(*stored_contrast.sides(kind, real_model.card))
    steps = asked.steps(real_model, lambda: False)
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    live = end.value.value
    for name in NUMBERS[:5]:
        expected = getattr(found[kind], name)
        np.testing.assert_allclose(getattr(live, name), expected, rtol=2e-2, atol=1e-3)
