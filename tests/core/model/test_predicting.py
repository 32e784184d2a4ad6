"""Predictions against transformers' own loss and plain torch; in chunks, and given up."""

import numpy as np
import pytest
import torch

from core import surprisal
from core.model import long_run, predicting, run, stored_predictions
from core.model.predictions import Predicted, Predictions
from core.model.questions import Partial
from core.model.refusals import Cancelled, TextTooLong, Unanswerable
from core.model.stored import load as stored_run

TEXT = "The cat sat on the mat because it was tired. To be, or not to be: that is it. The cat sat."
LONG = "The cat sat on the mat, and it was. " * 300
NEAR = {"rtol": 1e-4, "atol": 1e-4}
# Plain attention; ALiBi, windows and capped logits, whose attention the library runs itself.
FAMILIES = ("llama", "gpt2", "gpt_neox", "bloom", "mistral", "gemma2")
ROWS = ("surprisals", "entropies", "ranks", "best_ids", "best_probabilities")


def answer(model, question, is_stopped=lambda: False):
    """The answer, and what was told on the way."""
    steps, told = question.steps(model, is_stopped), []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return end.value, told


@torch.inference_mode()
def library_logits(model, ids):
    return model.network(torch.tensor([ids]), use_cache=False).logits[0].double()


@torch.inference_mode()
def library_loss(model, ids):
    """transformers' own mean loss, in nats."""
    batch = torch.tensor([ids])
    return float(model.network(input_ids=batch, labels=batch, use_cache=False).loss)


def assert_is_torch_s(found, model, n_best):
    """All numbers, from torch's own log_softmax in float64."""
    ids = run.token_ids(model, found.text)[: len(found.tokens)]
    targets = torch.tensor(ids[1:])
    logs = library_logits(model, ids)[:-1].log_softmax(dim=-1)
    own = logs.gather(1, targets[:, None])
    best = logs.topk(n_best)
    np.testing.assert_allclose(found.surprisals, -own[:, 0] / np.log(2), **NEAR)
    np.testing.assert_allclose(found.entropies, -(logs.exp() * logs).sum(1) / np.log(2), **NEAR)
    np.testing.assert_array_equal(found.ranks, 1 + (logs > own).sum(1))
    np.testing.assert_array_equal(found.best_ids, best.indices)
    np.testing.assert_allclose(found.best_probabilities, best.values.exp(), **NEAR)
    np.testing.assert_allclose(found.probabilities, own[:, 0].exp(), **NEAR)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("chunk", "rows"), [(512, 128), (7, 3)])
def test_all_numbers_are_those_of_the_library_s_logits(load_tiny, monkeypatch, family, chunk, rows):
    monkeypatch.setattr(predicting, "CHUNK", chunk)
    monkeypatch.setattr(predicting, "ROWS", rows)
    model = load_tiny(family)
    found, _ = answer(model, Predictions(TEXT, n_best=5))
    assert_is_torch_s(found, model, 5)
    course = surprisal.course(found.surprisals)
    loss = library_loss(model, run.token_ids(model, TEXT))
    assert course.cross_entropy * np.log(2) == pytest.approx(loss, rel=1e-4)
    assert course.perplexity == pytest.approx(np.exp(loss), rel=1e-4)
    assert [token.id for token in found.tokens] == run.token_ids(model, TEXT)


@pytest.mark.weights
def test_on_the_real_weights_loss_and_perplexity_are_transformers_own(real_model):
    text = "The Winter's Tale is a play by Shakespeare. 今天天气真好。 def add(a, b):\n    return a"
    found, _ = answer(real_model, Predictions(text))
    assert_is_torch_s(found, real_model, 10)
    loss = library_loss(real_model, run.token_ids(real_model, text))
    course = surprisal.course(found.surprisals, found.entropies)
    assert course.cross_entropy * np.log(2) == pytest.approx(loss, rel=1e-4)
    assert course.perplexity == pytest.approx(np.exp(loss), rel=1e-4)


@pytest.mark.weights
def test_the_stored_predictions_are_those_of_the_real_model(real_model):
    stored = stored_predictions.load(stored_run())
    found, _ = answer(real_model, Predictions(stored.text))
    assert found.tokens == stored.tokens
    for name in ROWS:
        np.testing.assert_allclose(getattr(found, name), getattr(stored, name), rtol=1e-3)


def test_the_stored_predictions_belong_to_the_stored_run():
    forward = stored_run()
    found = stored_predictions.load(forward)
    assert found.is_stored
    assert len(found.tokens) == len(found.surprisals) + 1 == found.n_all
    np.testing.assert_allclose(found.surprisals, forward.surprisals, rtol=1e-4)
    assert all(not getattr(found, name).flags.writeable for name in ROWS)


def test_a_text_grows_while_it_is_read(load_tiny, monkeypatch):
    monkeypatch.setattr(predicting, "CHUNK", 8)
    model = load_tiny()
    whole, told = answer(model, Predictions(TEXT))
    assert told[0] == 0.0
    parts = told[1:]
    assert all(isinstance(part, Partial) and isinstance(part.answer, Predicted) for part in parts)
    assert [len(part.answer.surprisals) for part in parts] == [
        8 * (n + 1) for n in range(len(parts))
    ]
    assert parts[-1].share < 1
    for part in parts:
        n = len(part.answer.surprisals)
        assert part.answer.tokens == whole.tokens[: n + 1]
        np.testing.assert_array_equal(part.answer.surprisals, whole.surprisals[:n])


@pytest.mark.parametrize(("asked", "n_read"), [(20, 20), (8_192, 2_048)])
def test_a_long_text_is_read_up_to_what_was_asked_or_what_the_network_knows(
    load_tiny, asked, n_read
):
    model = load_tiny()
    question = Predictions(LONG, n_most=asked)
    assert question.n_tokens(model) == n_read
    found, _ = answer(model, question)
    assert len(found.tokens) == n_read
    assert found.n_all == len(run.token_ids(model, LONG, 10**6))
    assert found.surprisals.shape == (n_read - 1,)


def test_a_single_token_has_no_prediction(load_tiny):
    found, told = answer(load_tiny(), Predictions("T"))
    assert (len(found.tokens), found.surprisals.size, found.best_ids.shape) == (1, 0, (0, 10))
    assert told == [0.0]


class Watched(torch.nn.Module):
    """An output embedding that notes how many rows it was asked for at once."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.sizes = inner, []
        self.weight = inner.weight

    def forward(self, states):
        self.sizes.append(states.numel() // states.shape[-1])
        return self.inner(states)


def test_logits_are_never_there_for_more_than_a_few_rows(load_tiny, monkeypatch):
    model = load_tiny()
    watched = Watched(model.network.lm_head)
    monkeypatch.setitem(model.network._modules, "lm_head", watched)
    found, _ = answer(model, Predictions(LONG))
    assert len(found.surprisals) == 2_047
    assert max(watched.sizes) <= predicting.ROWS < predicting.CHUNK
    # Each row once, and the last of each chunk once more, for comparison.
    assert sum(watched.sizes) == 2_047 + len(range(0, 2_047, predicting.CHUNK)) * 2


@pytest.mark.weights
def test_of_8000_real_tokens_few_logits_are_there_at_once(real_model, monkeypatch):
    """Two of its chunks are read: each further one needs no more, but for keys and values."""
    question = Predictions(long_run.text(), n_most=8_000)
    assert question.n_tokens(real_model) == 8_000
    most = 0
    plain = predicting.facts

    def noted(logits, targets, n_best):
        nonlocal most
        most = max(most, logits.numel() * logits.element_size())
        return plain(logits, targets, n_best)

    monkeypatch.setattr(predicting, "facts", noted)
    steps = question.steps(real_model, lambda: False)
    for _ in range(3):
        told = next(steps)
    assert told.answer.surprisals.shape == (1_024,)
    assert most <= predicting.ROWS * real_model.card.d_vocab * 4  # 25 MB, not 1.6 GB
    assert told.answer.n_bytes < 1_024 * 200


@pytest.mark.parametrize("n_calls", [0, 1, 3])
def test_it_can_be_given_up_between_two_layers(load_tiny, n_calls):
    calls = iter(range(100))
    with pytest.raises(Cancelled):
        answer(load_tiny(), Predictions(TEXT), lambda: next(calls) >= n_calls)


def test_it_can_be_given_up_where_the_library_runs_the_attention(load_tiny):
    with pytest.raises(Cancelled):
        answer(load_tiny("bloom"), Predictions(TEXT), lambda: True)


def test_equal_logits_are_ranked_by_their_token_ids():
    logits = torch.tensor([[1.0, 3.0, 3.0, 0.0, 3.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
    bits, entropies, ranks, best, shares = predicting.facts(logits, torch.tensor([4, 2]), 2)
    assert ranks.tolist() == [3, 3]
    assert best.tolist() == [[1, 2], [0, 1]]
    assert bits[1] == pytest.approx(np.log2(5))
    assert entropies[1] == pytest.approx(np.log2(5))
    np.testing.assert_allclose(shares[1], 0.2)


def test_a_token_that_is_ruled_out_leaves_the_entropy_as_it_is():
    logits = torch.tensor([[0.0, 0.0, -torch.inf]])
    bits, entropies, *_ = predicting.facts(logits, torch.tensor([1]), 3)
    assert (float(bits), float(entropies)) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        (Predictions(TEXT, n_best=0), Unanswerable),
        (Predictions(TEXT, n_most=0), Unanswerable),
        (Predictions(TEXT, n_most=99_999), TextTooLong),
    ],
)
def test_impossible_numbers_are_refused(load_tiny, question, problem):
    with pytest.raises(problem):
        question.n_tokens(load_tiny())
    with pytest.raises(problem):
        answer(load_tiny(), question)


def test_more_guesses_than_tokens_are_all_of_them(load_tiny):
    model = load_tiny()
    found, _ = answer(model, Predictions("The cat sat", n_best=10_000))
    assert found.best_ids.shape == (len(found.tokens) - 1, model.card.d_vocab)
    np.testing.assert_allclose(found.best_probabilities.sum(axis=1), 1, rtol=1e-5)
