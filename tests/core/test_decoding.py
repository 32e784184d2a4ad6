"""Writing step by step against paper, its properties, and transformers with its own cache."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attention, decoding
from core.model.questions import Continuation, Continued
from tests.forward_passes import D_VOCAB, N_HEADS, N_LAYERS, made
from tests.tiny import tiny_model_folder

N_CANDIDATES = 3


def continued(n_given, n_written, *, has_ended=False, keeps_weights=False):
    """A text that was continued at random."""
    forward = made(n_given + n_written, seed=1, keeps_weights=keeps_weights)
    rng = np.random.default_rng(2)
    written = [token.id for token in forward.tokens[n_given:]]
    candidates = tuple((number, *rng.integers(D_VOCAB, size=2).tolist()) for number in written)
    probabilities = np.sort(rng.random((n_written, N_CANDIDATES)).astype(np.float32))[:, ::-1]
    return Continued(forward, n_given, candidates, probabilities / N_CANDIDATES, has_ended)


# On paper


def on_paper():
    """Two tokens, of which two more were written, by a head whose rows are known."""
    rows = np.array(
        [[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0.5, 0.25, 0.25, 0], [0.1, 0.2, 0.3, 0.4]], np.float32
    )
    made_up = continued(2, 2, keeps_weights=True)
    weights = np.broadcast_to(rows, (N_LAYERS, N_HEADS, 4, 4)).copy()
    forward = dataclasses.replace(made_up.forward, attention_weights=weights)
    return decoding.trace(dataclasses.replace(made_up, forward=forward), 0, 0)


def test_the_last_token_so_far_decides_the_next_one():
    found = on_paper()
    assert (found.n_steps, found.n_written) == (2, 2)
    assert [found.query_of(step) for step in range(2)] == [1, 2]
    expected = [[0.75, 0.25, np.nan, np.nan], [0.5, 0.25, 0.25, np.nan]]
    np.testing.assert_allclose(found.attention_weights, expected)


def test_the_shares_of_two_steps_on_paper():
    found = on_paper()
    np.testing.assert_allclose(found.shares, [[0.75, 0.25, 0], [0.5, 0.25, 0.25]])
    np.testing.assert_allclose(found.mean_shares, [0.625, 0.25, 0.125])


def test_what_was_written_is_what_the_tokens_say():
    forward = made(6)  # ends with the first bytes of a character, and " cat"
    found = decoding.trace(Continued(forward, 3, ((1,),) * 3, np.ones((3, 1)), False), 0, 0)
    assert found.written == "\n� cat"


def test_the_step_to_come_is_decided_by_the_last_token():
    forward = made(5)
    found = decoding.next_step(forward, 1, 2)
    assert (found.n_steps, found.n_written, found.n_given) == (1, 0, 5)
    assert found.written == ""
    expected = attention.head(forward, 1, 2).attention_weights[4:]
    np.testing.assert_array_equal(found.attention_weights, expected)
    logits = forward.logits.astype(np.float64)
    expected = np.sort(np.exp(logits) / np.exp(logits).sum())[::-1][: decoding.N_CANDIDATES]
    np.testing.assert_allclose(found.probabilities[0], expected)
    assert found.candidates[0, 0] == forward.logits.argmax()


@pytest.mark.parametrize(
    ("written", "asked", "has_ended", "expected"),
    [
        (3, 3, False, "asked"),
        (3, 8, False, "full"),
        (3, 8, True, "ended"),
        (0, 8, True, "nothing"),
    ],
)
def test_why_no_more_was_written(written, asked, has_ended, expected):
    answer = continued(2, written, has_ended=has_ended)
    assert decoding.outcome(answer, asked) == expected


def test_without_an_answer_nothing_was_written_yet():
    assert decoding.outcome(None, 4) == "waiting"


# Properties


@given(st.integers(1, 7), st.integers(0, 7), st.booleans(), st.sampled_from([None, 0, 3]))
def test_every_step_shares_out_the_whole_weight(n_given, n_written, keeps_weights, head):
    found = decoding.trace(continued(n_given, n_written, keeps_weights=keeps_weights), 2, head)
    assert found.n_steps == max(1, n_written)
    np.testing.assert_allclose(found.shares.sum(axis=-1), 1, rtol=1e-5)
    assert found.shares[0, decoding.PARTS.index("written")] == 0
    np.testing.assert_allclose(np.nansum(found.attention_weights, axis=-1), 1, rtol=1e-5)


@given(st.integers(1, 7), st.integers(1, 7))
def test_a_key_has_a_weight_as_soon_as_it_is_written(n_given, n_written):
    found = decoding.trace(continued(n_given, n_written), 0, 1)
    n_seen = np.isfinite(found.attention_weights).sum(axis=-1)
    assert n_seen.tolist() == [n_given + step for step in range(n_written)]


@pytest.mark.parametrize("keeps_weights", [False, True])
def test_the_rows_are_those_of_the_head(keeps_weights):
    answer = continued(3, 5, keeps_weights=keeps_weights)
    found = decoding.trace(answer, 1, 3)
    rows = attention.head(answer.forward, 1, 3).visible_weights[2:7]
    np.testing.assert_array_equal(found.attention_weights, rows)


@pytest.mark.parametrize("keeps_weights", [False, True])
def test_without_a_head_the_rows_are_the_mean_of_the_layer(keeps_weights):
    answer = continued(3, 5, keeps_weights=keeps_weights)
    heads = [attention.head(answer.forward, 1, h).visible_weights[2:7] for h in range(N_HEADS)]
    found = decoding.trace(answer, 1, None)
    np.testing.assert_allclose(found.attention_weights, np.mean(heads, axis=0), rtol=1e-6)


def test_a_row_stays_as_it_was_when_its_token_was_new():
    long = continued(3, 5)
    cut = {
        name: getattr(long.forward, name)[:, :, :5] for name in ("queries", "keys", "values")
    } | {"output_norms": None, "tokens": long.forward.tokens[:5]}
    short = Continued(
        dataclasses.replace(long.forward, **cut), 3, long.candidates[:2], long.probabilities[:2],
        False,
    )  # fmt: skip
    before, after = decoding.trace(short, 1, 2), decoding.trace(long, 1, 2)
    np.testing.assert_allclose(before.attention_weights, after.attention_weights[:2, :5], rtol=1e-6)


@given(st.integers(1, 7), st.integers(0, 7))
def test_a_step_is_found_by_its_query_and_the_nearest_by_any_other(n_given, n_written):
    found = decoding.trace(continued(n_given, n_written), 0, 0)
    steps = [found.step_of(found.query_of(step)) for step in range(found.n_steps)]
    assert steps == list(range(found.n_steps))
    assert found.step_of(0) == 0
    assert found.step_of(len(found.forward.tokens) - 1) == found.n_steps - 1


# Transformers


@pytest.mark.parametrize("family", ["llama", "gpt2", "bloom"])
def test_the_rows_are_what_the_library_computes_with_its_cache_while_it_writes(tmp_path, family):
    torch = pytest.importorskip("torch")
    from core.model import asking, load, run
    from core.model.sources import Prepared

    folder = tiny_model_folder(tmp_path, family)
    model = load.load(Prepared(folder, "tiny", "random"))
    question, answer = Continuation("To be, or", 6), None
    steps = asking.continued(model, question, lambda: False)
    while answer is None:
        try:
            next(steps)
        except StopIteration as end:
            answer = end.value
    found = decoding.trace(answer, 1, 2)
    assert answer.candidates, "nothing was written, so nothing is compared"
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids, cache = torch.tensor([run.token_ids(model, question.text)]), None
    with torch.inference_mode():
        for step in range(found.n_steps):
            output = network(ids, past_key_values=cache, use_cache=True, output_attentions=True)
            row = output.attentions[1][0, 2, -1].numpy()
            np.testing.assert_allclose(
                found.attention_weights[step, : len(row)], row, atol=1e-5, rtol=1e-4
            )
            assert np.isnan(found.attention_weights[step, len(row) :]).all()
            cache, ids = output.past_key_values, output.logits[:, -1:].argmax(-1)
            assert ids.item() == found.candidates[step, 0]


# Refusals


@pytest.mark.parametrize("place", [(N_LAYERS, 0), (0, N_HEADS), (-1, 0), (N_LAYERS, None)])
def test_a_head_that_is_not_there_is_refused(place):
    number = next(str(n) for n in place if n not in (0, None))
    with pytest.raises(ValueError, match=f"got {number}"):
        decoding.trace(continued(2, 2), *place)


def test_more_than_was_asked_for_cannot_be():
    with pytest.raises(ValueError, match="got 3"):
        decoding.outcome(continued(2, 3), 2)
