"""Windows, rows and texts against plain runs, and against the loss that transformers computes."""

import numpy as np
import pytest
import torch

from core import perplexity, sliding_window
from core.model import load, run
from core.model.refusals import Cancelled, TextTooLong, Unanswerable
from core.model.sources import Prepared
from core.model.windows import RowCosts, TextCosts, Windows
from tests.answers import answer
from tests.tiny import tiny_model_folder

LONG = "The cat sat on the mat because it was tired. To be, or not to be, that is it. " * 3
NEAR = {"atol": 1e-4, "rtol": 1e-4}


@pytest.fixture(scope="module", params=["llama", "bloom"])
def model(request, tmp_path_factory):
    folder = tiny_model_folder(tmp_path_factory.mktemp("windows") / request.param, request.param)
    return load.load(Prepared(folder, request.param, "random"))


def losses(model, ids):
    """Bits of the tokens from the second on, by torch alone."""
    with torch.inference_mode():
        logits = model.network(torch.tensor([ids])).logits[0, :-1]
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]).long(), reduction="none")
    return nats.numpy() / np.log(2)


def transformers_recipe(model, ids, width, stride):
    """The perplexity as transformers' documentation computes it ("perplexity.md")."""
    nll, n_tokens, before = 0.0, 0, 0
    for start in range(0, len(ids), stride):
        stop = min(start + width, len(ids))
        rows = torch.tensor([ids[start:stop]])
        labels = rows.clone()
        labels[:, : -(stop - before)] = -100
        n_counted = int((labels != -100).sum()) - 1
        if n_counted:
            with torch.inference_mode():
                nll += float(model.network(rows, labels=labels).loss) * n_counted
        n_tokens += n_counted
        before = stop
        if stop == len(ids):
            break
    return np.exp(nll / n_tokens)


def test_the_perplexity_is_the_exponential_of_the_loss_of_transformers(model):
    ids = run.token_ids(model, LONG)
    with torch.inference_mode():
        loss = float(model.network(torch.tensor([ids]), labels=torch.tensor([ids])).loss)
    (bits,) = answer(model, TextCosts((LONG,))).each
    assert perplexity.branching(bits).perplexity == pytest.approx(np.exp(loss), rel=1e-4)


def test_texts_and_rows_cost_what_they_cost_alone(model):
    texts = ("The cat", "a", LONG, "To be, or not")
    found = answer(model, TextCosts(texts))
    for text, bits, pieces in zip(texts, found.each, found.pieces, strict=True):
        ids = run.token_ids(model, text)
        np.testing.assert_allclose(bits, losses(model, ids), **NEAR)
        assert b"".join(pieces) == text.encode()
    rows = (tuple(run.token_ids(model, LONG)), tuple(LONG.encode()[:5]))
    for row, bits in zip(rows, answer(model, RowCosts(rows)).each, strict=True):
        np.testing.assert_allclose(bits, losses(model, list(row)), **NEAR)


@pytest.mark.parametrize("stride", [16, 8, 4])
def test_the_recipe_of_transformers_comes_to_what_we_say_it_does(model, stride):
    ids = run.token_ids(model, LONG)
    asked = Windows(LONG, 16, (16, 8, 4), 1_000)
    found = answer(model, asked)
    assert found.n_tokens == len(ids)
    windows = sliding_window.plan(len(ids), 16, stride)
    ours = sliding_window.slid(windows, found.starts, found.bits)
    assert ours.by_recipe == pytest.approx(transformers_recipe(model, ids, 16, stride), rel=1e-4)
    for start, first, stop in zip(windows.starts, windows.firsts, windows.stops, strict=True):
        expected = losses(model, ids[start:stop])[first - start - 1 :] if first < stop else []
        np.testing.assert_allclose(ours.surprisals[first - 1 : stop - 1], expected, **NEAR)
    assert asked.n_tokens(model) >= windows.n_read


def test_a_window_over_the_whole_text_is_a_plain_run(model):
    found = answer(model, Windows(LONG, 500, (500,), 1_000))
    np.testing.assert_allclose(found.bits[0, : found.n_tokens - 1],
                               losses(model, run.token_ids(model, LONG)), **NEAR)  # fmt: skip
    short = answer(model, Windows("a", 16, (16, 8), 1_000))
    assert (short.n_tokens, sliding_window.all_slid(1, 16, (16, 8), short.starts, short.bits)) == (
        1,
        (),
    )


def test_what_cannot_be_asked_is_refused(model):
    with pytest.raises(TextTooLong):
        Windows(LONG, 4_096, (4_096,), 1_000).n_tokens(model)
    with pytest.raises(Unanswerable, match="got 9"):
        Windows(LONG, 8, (9,), 1_000).n_tokens(model)
    with pytest.raises(Unanswerable):
        RowCosts(((1, 99_999),)).n_tokens(model)
    with pytest.raises(Unanswerable):
        RowCosts(((),)).n_tokens(model)
    with pytest.raises(TextTooLong):
        RowCosts(((1,) * 5_000,)).n_tokens(model)


def test_windows_are_given_up_when_nobody_waits(model):
    if not model.captures:
        pytest.skip("its attention does not ask us")
    with pytest.raises(Cancelled):
        answer(model, Windows(LONG, 16, (8,), 1_000), lambda: True)
