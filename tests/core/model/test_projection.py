"""W_O of every head: found, tried out, and what it makes of the values."""

import dataclasses

import numpy as np
import pytest
import torch

from core import attention
from core.model import capture, load, projection, run, trial
from core.model.sources import Prepared

FAMILIES = ["llama", "gpt2", "gpt_neox", "qwen2"]
TEXT = "The cat sat on the mat because it was tired."


@torch.inference_mode()
def watched_run(model, text=TEXT):
    """A run with everything that its attention blocks were asked and answered."""
    outputs, notes = {}, capture.Notes()
    with capture.taking(notes), projection.watching(model.network) as watched:
        ids = torch.tensor([run.token_ids(model, text)])
        hooks = []

        def note(module, given, returned):
            outputs[module] = returned[0] if isinstance(returned, tuple) else returned

        for name, module in model.network.named_modules():
            if name.split(".")[-1] in ("self_attn", "attn", "attention"):
                hooks.append(module.register_forward_hook(note))
        model.network(ids, use_cache=False)
        for hook in hooks:
            hook.remove()
    return notes, watched, outputs


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_heads_write_adds_up_to_what_the_attention_block_puts_out(load_tiny, family):
    model = load_tiny(family)
    notes, watched, outputs = watched_run(model)
    found = projection.output_projections(notes, watched)
    card = model.card
    assert found.shape == (card.n_layers, card.n_heads, card.d_model, card.d_head)
    forward = run.run_one(model, TEXT)
    for layer, of_layer in enumerate(notes.layers):
        written = np.zeros((len(forward.tokens), card.d_model))
        for head in range(card.n_heads):
            weights = attention.head(forward, layer, head).attention_weights
            shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
            written += weights @ forward.values[layer, shared] @ found[layer, head].numpy().T
        bias = getattr(projection._projection(of_layer), "bias", None)
        written += 0 if bias is None else bias.numpy()
        np.testing.assert_allclose(written, outputs[of_layer.module][0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_lengths_are_those_of_the_projected_values(load_tiny, family):
    model = load_tiny(family)
    found = projection.output_projections(*watched_run(model)[:2]).numpy()
    forward = run.run_one(model, TEXT)
    card = model.card
    assert forward.output_norms.shape == (card.n_layers, card.n_heads, len(forward.tokens))
    for layer, head in np.ndindex(card.n_layers, card.n_heads):
        shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
        direct = np.linalg.norm(forward.values[layer, shared] @ found[layer, head].T, axis=-1)
        np.testing.assert_allclose(forward.output_norms[layer, head], direct, rtol=1e-4, atol=1e-5)


@pytest.mark.weights
def test_the_real_model_s_projections_are_found(real_model):
    forward = run.run_one(real_model, "The cat slept")
    assert forward.output_norms.shape == (30, 9, 3)
    assert (forward.output_norms > 0).all()


def test_the_lengths_of_texts_run_together_are_those_of_each_alone(load_tiny):
    model = load_tiny()
    for forward in run.run(model, ["The cat", TEXT]):
        alone = run.run_one(model, forward.text)
        np.testing.assert_allclose(forward.output_norms, alone.output_norms, rtol=1e-4)


@pytest.fixture
def own_model(tiny_folder):
    """A network of the test's own, to be spoilt."""
    folder = tiny_folder("llama")
    return load.load(Prepared(folder, folder.name, "random"))


def scales(module, given, returned):
    return returned * 1.5


def turns(module, given):
    return (given[0].roll(1, dims=-1),)


def tried_out(model):
    model.network.set_attn_implementation("eager")  # as it is loaded
    return trial.try_out(model.network, model.max_tokens).output_projections


def test_a_projection_that_does_more_than_it_says_is_not_taken_for_one(own_model):
    assert tried_out(own_model) is not None
    modules = [layer.self_attn.o_proj for layer in own_model.network.model.layers]
    with modules[1].register_forward_hook(scales):
        assert tried_out(own_model) is None
    assert tried_out(own_model) is not None


def test_a_projection_that_is_fed_with_something_else_is_not_taken_for_one(own_model):
    with own_model.network.model.layers[0].self_attn.o_proj.register_forward_pre_hook(turns):
        assert tried_out(own_model) is None


def test_a_network_without_a_module_of_a_known_name_has_none(own_model, monkeypatch):
    monkeypatch.setattr(projection, "NAMES", ("another",))
    assert tried_out(own_model) is None


def test_without_projections_a_run_has_no_lengths(own_model):
    assert run.run_one(dataclasses.replace(own_model, grams=None), TEXT).output_norms is None


def test_a_network_that_is_run_as_the_library_does_has_none(load_tiny):
    model = load_tiny("bloom")
    assert model.grams is None
    assert run.run_one(model, TEXT).output_norms is None


def test_nothing_stays_on_the_network(own_model):
    before = [list(part._forward_hooks) for part in own_model.network.modules()]
    watched_run(own_model)
    assert [list(part._forward_hooks) for part in own_model.network.modules()] == before
