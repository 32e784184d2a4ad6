"""The pairs of a text against paper and against transformers' own loss with masked labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import self_supervision
from core.self_supervision import EMPTY, END, IGNORED
from core.tokens import Token

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def test_five_tokens_are_four_pairs_and_a_prompt_of_three_leaves_two():
    bits = np.array([1.0, 2.0, 3.0, 4.0])
    found = self_supervision.lesson(bits, 0)
    assert found.bits == pytest.approx(2.5)
    assert found.mean == pytest.approx(2.5 * np.log(2))
    assert found.perplexity == pytest.approx(2**2.5)
    assert (found.n_read_in_one, found.n_read_apart) == (5, 10)
    found = self_supervision.lesson(bits, 3)
    assert found.counts.tolist() == [False, False, True, True]
    assert found.bits == pytest.approx(3.5)


def test_the_first_token_is_no_target_and_a_prompt_of_all_leaves_nothing():
    bits = np.array([1.0, 2.0])
    none, one = (self_supervision.lesson(bits, n) for n in (0, 1))
    assert none.counts.tolist() == one.counts.tolist() == [True, True]
    assert np.isnan(self_supervision.lesson(bits, 3).mean)
    assert self_supervision.lesson(np.zeros(0), 1).n_counted == 0


def test_the_library_is_given_the_same_numbers_twice_and_shifts_them_itself():
    found = self_supervision.shift([5, 6, 7, 8], 2)
    assert found.labels.tolist() == [IGNORED, IGNORED, 7, 8]
    assert found.targets.tolist() == [IGNORED, 7, 8, IGNORED]
    assert found.twice.tolist() == [7, 8, IGNORED, IGNORED]


@pytest.fixture
def model(load_tiny):
    return load_tiny()


TEXT = "To be, or not to be: 天气"


@pytest.mark.parametrize("n_given", [0, 1, 4, 9])
def test_transformers_gives_the_same_mean_for_labels_with_a_masked_prompt(model, n_given):
    import torch

    from core.model import run

    forward = run.run_one(model, TEXT)
    ids = [token.id for token in forward.tokens]
    labels = torch.tensor(self_supervision.shift(ids, n_given).labels)[None]
    with torch.no_grad():
        expected = model.network(input_ids=torch.tensor(ids)[None], labels=labels).loss.item()
    found = self_supervision.lesson(forward.surprisals, n_given)
    assert found.n_counted == len(ids) - max(1, n_given)
    assert found.mean == pytest.approx(expected, rel=1e-4)


def test_one_pass_predicts_what_a_pass_over_each_prefix_would(model):
    import torch

    from core.model import run

    forward = run.run_one(model, TEXT)
    ids = torch.tensor([token.id for token in forward.tokens])
    with torch.no_grad():
        apart = [
            torch.nn.functional.cross_entropy(model.network(ids[None, :n]).logits[0, -1], ids[n])
            for n in range(1, len(ids))
        ]
    found = self_supervision.lesson(forward.surprisals, 0)
    np.testing.assert_allclose(found.losses, apart, rtol=1e-4, atol=1e-5)


def test_bytes_of_one_character_are_read_together():
    parts = [b"a", b"\xe4\xbb", b"\x8a", b"b", b"\xe5", b"\xa4", b"\xa9", b"\xff", b"c", b"\xe4"]
    tokens = [Token(number, raw) for number, raw in enumerate(parts)]
    assert self_supervision.characters(tokens) == [(1, 3, "今"), (4, 7, "天")]
    assert self_supervision.characters(tokens[:1]) == []


@pytest.mark.parametrize("text", ["今天天气真好。", "👩‍👩‍👧 a", "שלום"])
def test_every_character_of_a_text_in_bytes_is_found(text):
    tokens = [Token(byte, bytes([byte])) for byte in text.encode()]
    found = self_supervision.characters(tokens)
    assert [words for *_, words in found] == [one for one in text if len(one.encode()) > 1]


def test_packing_as_drawn():
    assert self_supervision.packed([3, 1, 2], 4).tolist() == [
        [0, 0, 0, END],
        [1, END, 2, 2],
        [END, EMPTY, EMPTY, EMPTY],
    ]
    rows = self_supervision.padded([3, 1, 5], 4)
    assert rows.tolist() == [[0, 0, 0, END], [1, END, EMPTY, EMPTY], [2, 2, 2, 2]]
    assert self_supervision.share_empty(rows) == pytest.approx(2 / 12)


@given(LENGTHS, st.integers(1, 12))
@settings(max_examples=30)
def test_packing_loses_no_token_and_leaves_less_than_a_row_empty(lengths, width):
    line = self_supervision.packed(lengths, width).reshape(-1)
    assert [int((line == text).sum()) for text in range(len(lengths))] == lengths
    assert (line == END).sum() == len(lengths)
    assert (line == EMPTY).sum() < width


@given(st.integers(1, 200), st.floats(0.01, 1), st.integers(0, 99))
@settings(max_examples=30)
def test_what_is_masked_is_labelled_and_the_rest_is_as_it_was(n, share, seed):
    ids = list(range(n))
    found = self_supervision.masked(ids, 1000, share, seed)
    assert found.n_labels == max(1, round(share * n))
    for place, fate in enumerate(found.fates):
        assert (found.shown[place] == IGNORED) == (fate == "masked")
        assert fate == "replaced" or fate == "masked" or found.shown[place] == place


def test_eight_in_ten_are_masked_and_the_same_seed_draws_the_same():
    found = self_supervision.masked([0] * 20_000, 50, share=1.0)
    shares = {fate: found.fates.count(fate) / 20_000 for fate in ("masked", "replaced", "left")}
    assert shares == {
        "masked": pytest.approx(0.8, abs=0.01),
        "replaced": pytest.approx(0.1, abs=0.01),
        "left": pytest.approx(0.1, abs=0.01),
    }
    again, other = (self_supervision.masked([0] * 99, 50, seed=seed) for seed in (3, 4))
    assert again.fates == self_supervision.masked([0] * 99, 50, seed=3).fates
    assert again.fates != other.fates


@pytest.mark.parametrize("n_given", [-1, 4])
def test_a_prompt_that_is_no_part_of_the_text_is_refused(n_given):
    with pytest.raises(ValueError, match=f"got {n_given}"):
        self_supervision.lesson(np.ones(2), n_given)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"got -1\.0"):
        self_supervision.lesson(np.array([-1.0]), 0)
    with pytest.raises(ValueError, match="got 0"):
        self_supervision.masked([1, 2, 3], 9, share=0.0)
    with pytest.raises(ValueError, match="got none"):
        self_supervision.masked([], 9)
    with pytest.raises(ValueError, match="got 0, "):
        self_supervision.packed([1], 0)
    with pytest.raises(ValueError, match=r"got 3, \[0\]"):
        self_supervision.padded([0], 3)
