import dataclasses

import numpy as np
import pytest

from core.model import run, stored, stored_table, table_lookup
from core.model.embedding_table import Neighbours
from core.tokens import Token
from tests.core.model.test_asking import answer
from tests.neighbourhoods import made


def test_the_stored_answers_are_small_and_about_the_stored_sentence():
    found = stored_table.load()
    assert stored_table.FILE.stat().st_size < 0.5e6
    tokens = dict.fromkeys(stored.load().tokens)
    for centred in (False, True):
        answers = found.sentence[centred], found.words[centred]
        assert all(one.is_centred == centred for one in answers)
        assert answers[0].points[: answers[0].n_tokens] == tuple(tokens)
        spelled = [point.bytes.decode() for point in answers[1].points]
        assert spelled == list(stored_table.WORDS)
    assert len(found.alike) > 10
    assert found.lowest > 0.95


def test_the_tokens_that_the_page_names_are_among_those_alike():
    names = {token.visible for token in stored_table.load().alike}
    assert names >= {
        "<|im_start|>", "<jupyter_code>", "PlaneProtection", "swigfaiss", "␣transistorsum"
    }  # fmt: skip


def test_what_was_stored_comes_back_as_it_was(tmp_path):
    both = {centred: made(is_centred=centred) for centred in (False, True)}
    table = stored_table.StoredTable(both, both, (Token(3, b"\xe4\xbd"),), 0.99)
    stored_table.save(table, tmp_path / "table.npz")
    again = stored_table.load(tmp_path / "table.npz")
    assert (again.alike, again.lowest) == (table.alike, table.lowest)
    for centred, found in both.items():
        for field in dataclasses.fields(found):
            before = getattr(found, field.name)
            after = getattr(again.sentence[centred], field.name)
            if isinstance(before, np.ndarray):
                np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-6)
                assert not after.flags.writeable
            else:
                assert after == before


@pytest.mark.weights
def test_the_stored_answers_are_what_the_model_gives_today(real_model):
    kept = stored_table.load()
    sentence = tuple(dict.fromkeys(run.token_ids(real_model, stored.DEFAULT_TEXT)))
    for centred in (False, True):
        live, old = answer(real_model, Neighbours(sentence, 12, centred)), kept.sentence[centred]
        assert live.points == old.points
        np.testing.assert_allclose(old.cosines, live.cosines, atol=1e-4)
        np.testing.assert_allclose(old.embeddings, live.embeddings, atol=1e-3)
        assert old.mean_cosine == pytest.approx(live.mean_cosine, abs=1e-4)
        assert old.is_tied == live.is_tied
    group, lowest = table_lookup.largest_group(real_model, stored_table.ALIKE)
    assert [token.id for token in kept.alike] == group
    assert kept.lowest == pytest.approx(lowest, abs=1e-4)
