from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import RepetitionPenaltyLogitsProcessor

from core import repetition
from core.model.writing import Writing
from core.sampling import Step
from tests.forward_passes import made

GREEDY = Step("temperature", 0.0)


def written_by(model, text, n_new, *chain):
    work = Writing(text, n_new, chain).steps(model, lambda: False)
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value


@pytest.mark.parametrize(
    ("ids", "loop"),
    [
        ("abcabcabc", (0, 3, 3.0)),
        ("xyabcabcab", (2, 3, 8 / 3)),
        ("abc", None),
        ("abcab", None),  # not twice
        ("aa", (0, 1, 2.0)),
        ("a", None),
        ("", None),
        ("to be nn to be nn", (0, 9, 17 / 9)),
        ("the cat nn. the cat nn. the cat nn", (0, 12, 34 / 12)),
    ],
)
def test_the_loop_at_the_end(ids, loop):
    found = repetition.loop([ord(letter) for letter in ids])
    if loop is not None and loop[2] < 2:  # less than two rounds: only the line ends go round
        assert (found.start, found.period) == (15, 1)
    elif loop is None:
        assert found is None
    else:
        assert (found.start, found.period, found.n_rounds) == pytest.approx(loop)


@given(
    st.lists(st.integers(0, 3), max_size=8),
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.integers(2, 6),
)
def test_a_loop_goes_round_from_its_start_to_the_end(before, a_round, n_rounds):
    ids = before + a_round * n_rounds
    found = repetition.loop(ids)
    assert found.n_rounds >= 2
    for place in range(found.start + found.period, len(ids)):
        assert ids[place] == ids[place - found.period]
    if found.start:  # and no further back
        assert ids[found.start - 1] != ids[found.start - 1 + found.period]
    # It leaves out less than one round of the one that was made.
    assert found.start < len(before) + len(a_round)


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(1, 4))
def test_repetitions_are_as_many_as_the_ngrams_that_are_not_distinct(ids, n):
    counts = Counter(tuple(ids[start : start + n]) for start in range(len(ids) - n + 1))
    assert repetition.repeated(ids, n).sum() == sum(counts.values()) - len(counts)


def test_what_the_given_text_holds_counts_as_there():
    assert repetition.repeated([1, 2, 3, 1, 2, 3], 2, 3).tolist() == [False, True, True]
    assert repetition.repeated([1, 2], 3).tolist() == [False, False]
    with pytest.raises(ValueError, match="0"):
        repetition.repeated([1], 0)


def test_the_real_network_loops_and_the_ban_leaves_no_repetition(real_model):
    text = "The cat slept all day because it was very"
    greedy = repetition.trial("greedy", written_by(real_model, text, 40, GREEDY), 3)
    assert greedy.loop is not None
    rounds = repetition.rounds(greedy)
    inside = greedy.written.probabilities[greedy.loop.start :]
    kept = rounds.probabilities[~np.isnan(rounds.probabilities)]
    np.testing.assert_array_equal(kept, inside)
    assert rounds.probabilities.shape[1] == greedy.loop.period
    ban = Step("no_repeat_ngram", 3)
    banned = repetition.trial("ban", written_by(real_model, text, 40, ban, GREEDY), 3)
    assert banned.share == 0
    assert greedy.share > 0.5
    assert rounds.last > rounds.means[0]  # the surer with each round
    assert greedy.bits == pytest.approx(-np.log2(greedy.written.probabilities))


def test_the_mean_of_a_round_is_geometric():
    rounds = repetition.Rounds(np.array([[0.1, 0.4], [0.9, 0.9], [0.5, np.nan]]))
    assert rounds.means == pytest.approx([0.2, 0.9, 0.5])
    assert rounds.last == pytest.approx(0.9)


@pytest.mark.parametrize("penalty", [1.0, 1.3, 2.0])
def test_the_penalty_is_that_of_transformers(penalty):
    forward = made(6)
    found = repetition.penalised(forward, penalty, 4)
    ids = torch.tensor([[token.id for token in forward.tokens]])
    theirs = RepetitionPenaltyLogitsProcessor(penalty)(
        ids, torch.from_numpy(forward.logits.astype(float))[None]
    )[0].numpy()
    assert found.after == pytest.approx(theirs[found.ids])
    assert (np.diff(found.before) <= 0).all()
    assert len(found.ids) <= 4
    assert (found.after <= found.before + 1e-12).all()
    negative = found.before < 0
    assert found.n_negative == negative.sum()
    if penalty > 1:
        assert (found.by_paper[negative] > found.before[negative]).all()
    with pytest.raises(ValueError, match="0"):
        repetition.penalised(forward, 0.0, 4)
