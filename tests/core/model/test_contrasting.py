"""Readings and contrasts against plain passes of the same networks; two networks at once."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import divergence
from core.model import capture, contrasting, run
from core.model.contrast import Contrast, Reading, Side
from core.model.refusals import Cancelled, EmptyText, Unanswerable
from core.model.switch import Switch, Switched
from tests.answers import answer

A = "The cat sat on the mat because it was tired. To be, or not to be, that is it."
B = "The dog sat on the mat and it was. To be, or not to be, is that it."
NEAR = {"rtol": 1e-4, "atol": 1e-4}


def plain_logs(model, text, temperature=1.0):
    """Log-probabilities after each token of one plain pass, in float64."""
    with torch.inference_mode():
        logits = model.network(torch.tensor([run.token_ids(model, text)])).logits[0]
    return (logits.double() / temperature).log_softmax(-1).numpy()


@pytest.mark.parametrize("family", ["llama", "gpt2", "bloom", "mistral"])
def test_a_reading_costs_what_a_run_costs(load_tiny, family, monkeypatch):
    monkeypatch.setattr(contrasting, "CHUNK", 7)
    model = load_tiny(family)
    found, whole = answer(model, Reading(A)), run.run_one(model, A)
    np.testing.assert_allclose(found.surprisals, whole.surprisals, **NEAR)
    assert found.tokens == whole.tokens
    assert found.byte_stops[-1] == len(A)
    assert found.states.shape == (len(found.tokens), model.card.d_model)
    assert not found.states.flags.writeable


def test_a_reading_can_be_switched(load_tiny):
    model = load_tiny()
    found, whole = answer(model, Reading(A, Switch())), answer(model, Switched(A, Switch()))
    np.testing.assert_allclose(found.surprisals, whole.surprisals, **NEAR)


@pytest.mark.parametrize("family", ["llama", "bloom"])
def test_a_contrast_is_that_of_plain_passes(load_tiny, family, monkeypatch):
    monkeypatch.setattr(contrasting, "ROWS", 3)
    model = load_tiny(family)
    found = answer(model, Contrast(Side(A), Side(B)))
    p, q = (plain_logs(model, text) for text in (A, B))
    pairs = np.stack([found.places_a, found.places_b], axis=1)
    ids = [[token.id for token in tokens] for tokens in (found.tokens_a, found.tokens_b)]
    np.testing.assert_array_equal(pairs, divergence.predicted(divergence.align(*ids)))
    assert 5 < len(pairs) < len(ids[0])
    p, q = p[found.places_a - 1], q[found.places_b - 1]
    for name, expected in (
        ("forward", divergence.kl(p, q)),
        ("backward", divergence.kl(q, p)),
        ("js", divergence.js(p, q)),
        ("entropies_a", divergence.entropy(p)),
        ("entropies_b", divergence.entropy(q)),
    ):
        np.testing.assert_allclose(getattr(found, name), expected, err_msg=name, **NEAR)
    np.testing.assert_allclose(found.surprisals_a, run.run_one(model, A).surprisals, **NEAR)
    np.testing.assert_allclose(found.surprisals_b, run.run_one(model, B).surprisals, **NEAR)
    likelier = np.maximum(p, q)
    np.testing.assert_array_equal(found.candidates[:, 0], likelier.argmax(axis=1))
    expected = -np.take_along_axis(p, found.candidates, axis=1) / np.log(2)
    np.testing.assert_allclose(found.bits_a, expected, **NEAR)


def test_another_temperature_does_not_run_the_network_again(load_tiny, monkeypatch):
    model = load_tiny()
    known = answer(model, Reading(A))
    with monkeypatch.context() as broken:
        broken.setattr(contrasting, "read", None)
        found = answer(model, Contrast(Side(A, 0.8, read=known), Side(A, 1.7, read=known)))
    p, q = (plain_logs(model, A, temperature) for temperature in (0.8, 1.7))
    np.testing.assert_allclose(found.forward, divergence.kl(p, q), **NEAR)
    np.testing.assert_allclose(found.js, divergence.js(p, q), **NEAR)
    ids = [token.id for token in found.tokens_b[1:]]
    expected = -q[np.arange(len(ids)), ids] / np.log(2)
    np.testing.assert_allclose(found.surprisals_b, expected, **NEAR)
    # What only one text has is tempered as well.
    other = answer(model, Contrast(Side(A, 1.7), Side(B)))
    np.testing.assert_allclose(other.surprisals_a, found.surprisals_b, **NEAR)


def test_greedy_is_infinitely_far_from_what_can_be_drawn_but_not_the_other_way_round(load_tiny):
    model = load_tiny()
    found = answer(model, Contrast(Side(A, 0.0), Side(A, 1.0)))
    assert np.isinf(found.backward).all()
    best = plain_logs(model, A)[found.places_a - 1].max(axis=1)
    np.testing.assert_allclose(found.forward, -best / np.log(2), **NEAR)
    assert set(found.surprisals_a.tolist()) <= {0.0, np.inf}
    assert (found.js <= 1).all()
    same = answer(model, Contrast(Side(A, 0.0), Side(A, 0.0)))
    assert (same.forward == 0).all()
    assert (same.js == 0).all()


@pytest.mark.parametrize("text", ["a", "a b"])
def test_the_shortest_texts_have_a_prediction_after_their_end(load_tiny, text):
    found = answer(load_tiny(), Contrast(Side(text), Side("b")))
    assert len(found.forward) == 1
    assert len(found.surprisals_b) == 0


def test_what_cannot_be_compared_is_refused(load_tiny, monkeypatch):
    model, other = load_tiny(), load_tiny("llama", vocab_size=420)
    with pytest.raises(EmptyText):
        Contrast(Side(A), Side("")).n_tokens(model)
    with pytest.raises(Unanswerable, match="itself"):
        Contrast(Side(A), Side(A, network="another")).n_tokens(model)
    read = answer(other, Reading(A))
    with pytest.raises(Unanswerable, match="not the same tokens"):
        answer(model, Contrast(Side(A), Side(A, network="another", read=read)))
    with pytest.raises(Unanswerable, match="no longer in memory"):
        gone = replace(answer(model, Reading(A)), output_layer=weakref.ref(torch.nn.Linear(1, 1)))
        answer(model, Contrast(Side(A, read=gone), Side(A)))
    monkeypatch.setattr(model.network, "get_output_embeddings", lambda: None)
    with pytest.raises(Unanswerable, match="alone"):
        answer(model, Reading(A))


def test_a_reading_and_a_contrast_can_be_given_up(load_tiny):
    model = load_tiny()
    with pytest.raises(Cancelled):
        answer(model, Reading(A), is_stopped=lambda: True)
    known = answer(model, Reading(A))
    with pytest.raises(Cancelled):
        answer(model, Contrast(Side(A, read=known), Side(A, 2.0, read=known)), lambda: True)


def test_two_networks_in_two_threads_never_mix_their_notes(load_tiny):
    """The notes of a run are in a context variable; both networks share one attention function."""
    models = load_tiny(), load_tiny("gpt2", num_hidden_layers=5)
    alone = [run.run_one(model, A) for model in models]
    barrier = threading.Barrier(2)

    def repeatedly(model):
        barrier.wait()
        return [run.run_one(model, A) for _ in range(8)]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(repeatedly, models))
    for expected, forwards in zip(alone, found, strict=True):
        for forward in forwards:
            assert forward.queries.shape == expected.queries.shape
            np.testing.assert_allclose(forward.queries, expected.queries, **NEAR)
            np.testing.assert_allclose(forward.surprisals, expected.surprisals, **NEAR)


def test_the_notes_of_one_thread_are_not_those_of_another(load_tiny):
    model, notes = load_tiny(), capture.Notes()
    with capture.taking(notes):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run.run_one, model, A).result()
        assert notes.layers == []
