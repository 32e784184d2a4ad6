import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from core import speculative
from core.model import generating
from core.model.refusals import TextTooLong
from core.model.writing import Speculation, Writing
from core.sampling import Step

TEXT = "The cat sat on the mat. The cat sat on the mat. The cat"
GREEDY = (Step("temperature", 0.0),)


def answer(model, asked):
    work = asked.steps(model, lambda: False)
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value


@pytest.mark.parametrize(
    ("ids", "n_ahead", "found"),
    [
        ([1, 2, 3, 1, 2], 2, (3, 1)),
        ([1, 2, 3, 9, 2, 4, 1, 2], 2, (3, 9)),  # "1 2" is longer than "2"
        ([5, 1, 6, 1, 7, 1], 1, (7,)),  # the last place
        ([1, 1, 1], 4, (1,)),
        ([1, 2, 3], 4, ()),
        ([1], 4, ()),
        ([], 4, ()),
    ],
)
def test_what_followed_the_last_tokens_before(ids, n_ahead, found):
    assert speculative.look_up(ids, n_ahead) == found


def test_a_proposal_is_accepted_as_often_as_the_network_wants_it():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    q = speculative.certain([0], 3)
    dice = np.random.default_rng(0)
    found = [speculative.verify([0], p, q, dice) for _ in range(4000)]
    share = np.mean([one.n_accepted for one in found])
    assert share == pytest.approx(0.7, abs=0.03)
    refused = [one.token for one in found if not one.n_accepted]
    assert 0 not in refused  # what is refused is not drawn again
    assert np.mean(np.array(refused) == 1) == pytest.approx(2 / 3, abs=0.05)


@given(st.integers(0, 1000))
def test_what_is_left_over_is_what_p_has_more_than_q(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(5), size=2)
    left = speculative.left_over(p, q)
    assert left.sum() == pytest.approx(1)
    assert (left[p <= q] == 0).all()
    # Accepted and corrected together are p again: min(p, q) + (1 − Σ min(p, q)) · left = p.
    least = np.minimum(p, q)
    assert least + (1 - least.sum()) * left == pytest.approx(p)


@pytest.mark.parametrize("is_certain", [True, False])
def test_the_text_is_distributed_as_if_the_network_had_written_it_alone(is_certain):
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(4), size=3)
    proposer = rng.dirichlet(np.ones(4), size=2)
    dice, counts = np.random.default_rng(1), np.zeros((4, 4))
    for _ in range(20_000):
        drawn = [2, 1] if is_certain else [int(dice.choice(4, p=row)) for row in proposer]
        q = speculative.certain(drawn, 4) if is_certain else proposer
        tokens = speculative.verify(drawn, p, q, dice).tokens(drawn)
        if len(tokens) == 1:  # the network goes on alone
            tokens = (*tokens, int(dice.choice(4, p=p[1])))
        counts[tokens[:2]] += 1
    expected = np.outer(p[0], p[1]) * counts.sum()
    assert chisquare(counts.ravel(), expected.ravel()).pvalue > 1e-3


@pytest.mark.parametrize("n_ahead", [1, 3, 8])
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_greedy_writes_the_same_text_with_and_without_proposals(load_tiny, family, n_ahead):
    model = load_tiny(family)
    alone = answer(model, Writing(TEXT, 30, GREEDY))
    found = answer(model, Speculation(TEXT, 30, n_ahead, GREEDY))
    assert tuple(token.id for token in found.tokens) == alone.ids
    account = speculative.Account(found)
    assert account.n_written == 30
    assert account.n_written == account.n_accepted + account.n_passes
    assert len(account.fates) == 30
    assert account.fates.count("accepted") == account.n_accepted
    assert account.per_pass == pytest.approx(30 / account.n_passes)


def test_the_network_s_own_words_are_accepted(load_tiny, monkeypatch):
    model = load_tiny()
    alone = answer(model, Writing(TEXT, 20, GREEDY)).ids
    n_given = len(answer(model, Writing(TEXT, 1)).given)

    def knows(ids, n_ahead, longest=3):
        return alone[len(ids) - n_given :][:n_ahead]

    monkeypatch.setattr(speculative, "look_up", knows)
    account = speculative.Account(answer(model, Speculation(TEXT, 20, 4, GREEDY)))
    assert account.acceptance == 1
    assert account.n_passes == 4
    assert account.per_pass == 5


def test_it_stops_where_the_network_ends_its_text(load_tiny):
    model = load_tiny()
    (end,) = generating.end_tokens(model)
    forced = (Step("bias", biases=((end, 1000.0),)),)
    found = answer(model, Speculation(TEXT, 10, 4, forced))
    assert [token.id for token in found.tokens] == [end]


def test_what_cannot_be_done_is_refused(load_tiny):
    with pytest.raises(ValueError, match="0"):
        speculative.look_up([1, 1], 0)
    with pytest.raises(ValueError, match="one row of p more"):
        speculative.verify([1], np.ones((1, 3)), np.ones((1, 3)), np.random.default_rng(0))
    with pytest.raises(TextTooLong):
        Speculation("a", 40, 4).n_tokens(load_tiny("gpt2", n_positions=32))
