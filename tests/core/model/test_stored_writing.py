import numpy as np
import pytest

from core import writing
from core.model import stored, stored_writing
from core.model.writing import Writing


@pytest.fixture(scope="module")
def found():
    return stored_writing.load(stored.load())


def test_the_stored_tree_is_small_and_whole(found):
    assert stored_writing.FILE.stat().st_size < 1e5
    assert len(found.tree) == len(found.answers) == 4
    for number, answer in enumerate(found.answers):
        assert answer.ids == found.tree.path(number)
        passage = writing.passage(found.tree, found.answers, number)
        assert (passage.bits >= 0).all()
        assert passage.is_chosen.any() == found.tree.branches[number].is_chosen
        drawn = ~passage.is_chosen
        assert (passage.answer.drawn_with[drawn] > 0).all(), "what was drawn could be drawn"


def test_a_tree_that_was_stored_comes_back_as_it_was(found, tmp_path):
    stored_writing.save(found, tmp_path / "tree.npz")
    again = stored_writing.load(stored.load(), tmp_path / "tree.npz")
    assert again.tree == found.tree
    for before, after in zip(found.answers, again.answers, strict=True):
        for name in stored_writing.ROWS:
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


@pytest.mark.weights
def test_the_stored_tree_is_what_the_model_writes_today(found, real_model):
    first = found.tree.branches[0]
    asked = Writing(stored.DEFAULT_TEXT, 24, first.manner.chain, first.manner.seed)
    live = stored_writing._last(asked.steps(real_model, lambda: False))
    assert live.ids == found.tree.path(0)
    np.testing.assert_allclose(live.probabilities, found.answers[0].probabilities, rtol=2e-2)
