import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache

from core import key_value_cache
from core.model import run
from core.model.cache_timing import CacheTimes, CacheTiming
from core.model.questions import Partial
from core.model.refusals import Cancelled, EmptyText, TextTooLong, Unanswerable
from tests.forward_passes import made

TEXT = "The cat sat on the mat because it was tired."
CARD = made(3).model


def answer(model, asked, is_stopped=lambda: False):
    work, parts = asked.steps(model, is_stopped), []
    try:
        while True:
            news = next(work)
            if isinstance(news, Partial):
                parts.append(news)
    except StopIteration as end:
        return end.value, parts


def test_ten_tokens_before_and_three_new_ones():
    found = key_value_cache.readings(10, 3)
    assert found.with_cache.tolist() == [10, 1, 1]
    assert found.without_cache.tolist() == [10, 11, 12]
    assert found.totals == (12, 33)
    assert found.saved == 2.75


@given(st.integers(1, 2000), st.integers(1, 200))
def test_the_cache_saves_a_triangle_of_readings(n_before, n_new):
    with_cache, without_cache = key_value_cache.readings(n_before, n_new).totals
    assert with_cache == n_before + n_new - 1
    assert without_cache == n_new * n_before + n_new * (n_new - 1) // 2


def test_a_token_takes_as_many_bytes_as_transformers_keeps_for_it(load_tiny):
    for family in ("llama", "gpt2"):
        model = load_tiny(family)
        cache = DynamicCache()
        ids = torch.tensor([run.token_ids(model, TEXT)])
        with torch.inference_mode():
            model.network(ids, past_key_values=cache, use_cache=True)
        kept = sum(part.nbytes for layer in cache.layers for part in (layer.keys, layer.values))
        assert key_value_cache.bytes_per_token(model.card) * ids.shape[1] == kept


def test_both_ways_write_the_same_and_the_cache_holds_what_the_formula_says(load_tiny):
    model = load_tiny()
    found, parts = answer(model, CacheTiming(TEXT, 5, 6))
    assert found.n_before == 5
    assert found.same_tokens
    assert found.largest_difference < 1e-4
    per_token = key_value_cache.bytes_per_token(model.card)
    assert found.cache_bytes.tolist() == [per_token * n for n in range(5, 11)]
    assert (found.with_cache > 0).all()
    assert (found.without_cache > 0).all()
    assert [len(part.answer.with_cache) for part in parts] == [1, 2, 3, 4, 5]
    assert all(0 < part.share < 1 for part in parts)


def test_the_estimate_counts_all_readings(load_tiny):
    asked = CacheTiming(TEXT, 5, 6)
    assert asked.n_tokens(load_tiny()) == 5 + 6 + (5 + 6 + 7 + 8 + 9 + 10)


def test_the_numbers_of_a_measurement():
    times = CacheTimes(
        CARD, 3, np.array([0.3, 0.1, 0.2]), np.array([0.3, 0.4, 0.8]), np.arange(3), 0.0, True
    )
    speeds = key_value_cache.speeds(times)
    assert speeds.first == 300
    assert speeds.later == pytest.approx((150, 600))
    assert speeds.gain == pytest.approx(4)
    assert speeds.saved == pytest.approx(0.9)
    one = CacheTimes(CARD, 3, np.array([0.3]), np.array([0.3]), np.arange(1), 0.0, True)
    assert np.isnan(key_value_cache.speeds(one).gain)


def test_what_cannot_be_measured_is_refused(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    with pytest.raises(EmptyText):
        CacheTiming("", 5, 3).n_tokens(model)
    with pytest.raises(TextTooLong):
        CacheTiming(TEXT * 9, 30, 3).n_tokens(model)
    for n_before, n_new in ((0, 3), (3, 0)):
        with pytest.raises(Unanswerable):
            CacheTiming(TEXT, n_before, n_new).n_tokens(model)
        with pytest.raises(ValueError, match="0"):
            key_value_cache.readings(n_before, n_new)
    with pytest.raises(Cancelled):
        answer(model, CacheTiming(TEXT, 3, 3), lambda: True)
