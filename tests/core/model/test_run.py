"""The oracle is transformers' eager attention on the same weights."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from core import attention
from core.model import capture, run, sources
from core.model.refusals import (
    Cancelled,
    EmptyText,
    NotFinite,
    RunFailed,
    TextTooLong,
    UnusableText,
)

CAPTURED = ["llama", "gpt2", "gpt_neox", "qwen2"]
WORDS = "the cat sat on a mat, 12 dogs; to be or not to be (x[0] == 1)\n"


def text_of(model, n_tokens):
    """A text of exactly so many tokens."""
    cut = model.tokenizer.library
    ids = cut.encode(WORDS * 100).ids
    for n in range(n_tokens, len(ids)):
        text = cut.decode(ids[:n])
        if len(cut.encode(text).ids) == n_tokens:
            return text
    raise LookupError(n_tokens)


@pytest.fixture(scope="session")
def eager(tiny_folder):
    """The library's own eager network, loaded apart from ours."""
    loaded = {}

    def network(folder):
        if folder not in loaded:
            loaded[folder] = AutoModelForCausalLM.from_pretrained(
                folder, attn_implementation="eager", dtype=torch.float32
            ).eval()
        return loaded[folder]

    return network


@torch.inference_mode()
def expected(network, forward):
    ids = torch.tensor([[token.id for token in forward.tokens]])
    output = network(ids, output_attentions=True, labels=ids if ids.shape[1] > 1 else None)
    return output, torch.cat(output.attentions).numpy()


def assert_equals_eager(forward, network):
    output, weights = expected(network, forward)
    np.testing.assert_allclose(forward.logits, output.logits[0, -1], atol=1e-4, rtol=1e-4)
    for layer in range(forward.model.n_layers):
        for head in range(forward.model.n_heads):
            ours = attention.head(forward, layer, head).attention_weights
            np.testing.assert_allclose(ours, weights[layer, head], atol=1e-4)
    if len(forward.tokens) > 1:
        nats = forward.surprisals.mean() * np.log(2)
        np.testing.assert_allclose(nats, output.loss.item(), rtol=1e-4)


@pytest.mark.parametrize("n_tokens", [1, 2, 16, 128, 512])
@pytest.mark.parametrize("family", CAPTURED)
def test_captured_attention_and_logits_equal_eager(load_tiny, tiny_folder, eager, family, n_tokens):
    model = load_tiny(family)
    assert model.captures
    forward = run.run_one(model, text_of(model, n_tokens))
    assert len(forward.tokens) == n_tokens
    assert_equals_eager(forward, eager(tiny_folder(family)))


@pytest.mark.weights
@pytest.mark.parametrize("n_tokens", [1, 2, 16, 128, 512])
def test_real_weights_equal_eager(real_model, eager, n_tokens):
    folder = sources.prepare(sources.SMOLLM2).folder
    forward = run.run_one(real_model, text_of(real_model, n_tokens))
    assert len(forward.tokens) == n_tokens
    assert_equals_eager(forward, eager(folder))


@pytest.mark.weights
def test_the_real_model_takes_1024_tokens(real_model):
    forward = run.run_one(real_model, text_of(real_model, 1024))
    assert len(forward.tokens) == 1024
    assert forward.n_bytes < 130e6


FALLING_BACK = {
    "bloom": {},  # ALiBi
    "gemma2": {"attn_logit_softcapping": 2.0, "sliding_window": 4096},
    "mistral": {},  # a window of 8 positions
}


@pytest.mark.parametrize("family", FALLING_BACK)
@pytest.mark.parametrize("n_tokens", [1, 16, 128])
def test_attention_beyond_softmax_is_kept_as_the_library_computes_it(
    load_tiny, tiny_folder, eager, family, n_tokens
):
    model = load_tiny(family, **FALLING_BACK[family])
    assert not model.captures
    forward = run.run_one(model, text_of(model, n_tokens))
    assert forward.queries is None
    assert forward.attention_weights.shape == (3, 4, n_tokens, n_tokens)
    assert_equals_eager(forward, eager(tiny_folder(family, **FALLING_BACK[family])))


@pytest.mark.parametrize("family", ["llama", "gpt2", "bloom"])
def test_texts_run_together_give_what_they_give_alone(load_tiny, family):
    model = load_tiny(family)
    texts = ["a", "The cat sat on the mat.", "été 猫", "To be, or not to be, that is it. " * 3]
    names = ("logits", "surprisals", "queries", "keys", "values", "attention_weights")
    for together, text in zip(run.run(model, texts), texts, strict=True):
        alone = run.run_one(model, text)
        assert together.tokens == alone.tokens
        for name in (*names, "output_norms"):
            ours, theirs = getattr(together, name), getattr(alone, name)
            assert (ours is None) == (theirs is None)
            if ours is not None:
                np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_mask_that_only_long_texts_show_gives_no_wrong_maps(load_tiny):
    shape = {"head_dim": 8, "num_local_experts": 2, "intermediate_size_mlp": 32}
    model = load_tiny("llama4_text", attention_chunk_size=64, **shape)
    assert model.captures
    run.run_one(model, text_of(model, 60))
    with pytest.raises(RunFailed, match="masks more"):
        run.run_one(model, text_of(model, 100))


def test_surprisals_are_bits_of_the_library_s_probabilities():
    logits = torch.tensor([[0.0, 0.0], [0.0, np.log(3.0)], [5.0, 5.0]])
    np.testing.assert_allclose(run.surprisals(logits, torch.tensor([0, 0])), [1, 2], rtol=1e-6)


def test_surprisals_in_chunks_equal_the_whole():
    logits = torch.randn(300, 7)
    targets = torch.randint(7, (299,))
    whole = torch.nn.functional.cross_entropy(logits[:-1], targets, reduction="none") / np.log(2)
    np.testing.assert_allclose(run.surprisals(logits, targets), whole, rtol=1e-5)


def test_arrays_are_read_only_and_nothing_stays_on_the_network(load_tiny):
    model = load_tiny()
    before = hooks(model.network)
    forward = run.run_one(model, "The cat")
    with pytest.raises(ValueError, match="read-only"):
        forward.queries[0] = 0
    assert hooks(model.network) == before
    assert capture._notes.get() is None


@pytest.mark.parametrize("family", ["llama", "bloom"])
def test_a_run_holds_no_more_memory_than_it_says(load_tiny, family):
    forward = run.run_one(load_tiny(family), WORDS)
    arrays = [value for value in vars(forward).values() if isinstance(value, np.ndarray)]
    assert len(arrays) > 2
    for array in arrays:
        assert array.base is None or array.base.untyped_storage().nbytes() == array.nbytes


def hooks(network):
    return [
        list(hook)
        for part in network.modules()
        for hook in (part._forward_hooks, part._forward_pre_hooks)
    ]


def test_a_special_token_in_the_text_is_that_token(load_tiny):
    forward = run.run_one(load_tiny(), "a<|endoftext|>b")
    assert [token.bytes for token in forward.tokens] == [b"a", b"<|endoftext|>", b"b"]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "   \n\t",
        "a\x00b",
        "😀👩‍👩‍👧",
        "שלום עולם",
        "مرحبا",
        "<script>alert(1)</script>",
        "\ufffe",
    ],
)
def test_odd_texts_run_and_their_tokens_are_their_bytes(load_tiny, text):
    forward = run.run_one(load_tiny(), text)
    assert b"".join(token.bytes for token in forward.tokens) == text.encode()
    assert np.isfinite(forward.logits).all()


def test_no_text_is_refused(load_tiny):
    with pytest.raises(EmptyText):
        run.run_one(load_tiny(), "")


def test_one_token_too_many_is_refused_with_both_numbers(load_tiny):
    model = load_tiny()
    run.run_one(model, text_of(model, 1024))
    with pytest.raises(TextTooLong) as refusal:
        run.run_one(model, text_of(model, 1025))
    found = refusal.value
    assert (found.count, found.limit, found.unit) == (1025, 1024, "tokens")


def test_networks_whose_maps_are_all_kept_take_fewer_tokens(load_tiny):
    model = load_tiny("bloom")
    with pytest.raises(TextTooLong) as refusal:
        run.run_one(model, text_of(model, 257))
    assert refusal.value.limit == 256


def test_a_short_context_is_the_limit(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    with pytest.raises(TextTooLong) as refusal:
        run.run_one(model, text_of(model, 33))
    assert refusal.value.limit == 32


def test_endless_texts_are_refused_by_their_characters_before_they_are_cut(load_tiny):
    with pytest.raises(TextTooLong) as refusal:
        run.token_ids(load_tiny(), "a" * 200_001)
    assert (refusal.value.count, refusal.value.unit) == (200_001, "characters")


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ude00\ud83d"])
def test_half_characters_are_refused(load_tiny, text):
    with pytest.raises(UnusableText):
        run.run_one(load_tiny(), text)


def test_a_panic_in_the_tokenizer_is_a_refusal(load_tiny):
    class PanicException(BaseException):
        pass

    class Panicking:
        def encode_batch_fast(self, texts):
            raise PanicException("index out of bounds")

    model = copy.copy(load_tiny())
    tokenizer = dataclasses.replace(model.tokenizer, library=Panicking())
    object.__setattr__(model, "tokenizer", tokenizer)
    with pytest.raises(UnusableText):
        run.token_ids(model, "a")


def test_infinite_results_are_refused(load_tiny):
    model = load_tiny("llama", vocab_size=401)  # a network of its own, to be spoilt
    weight = model.network.get_output_embeddings().weight
    with torch.no_grad():
        weight[5] = float("inf")
    with pytest.raises(NotFinite):
        run.run_one(model, "The cat")


def test_a_run_that_nobody_waits_for_stops_before_the_next_layer(load_tiny):
    asked = []

    def is_stopped():
        asked.append(1)
        return len(asked) == 2

    with pytest.raises(Cancelled):
        run.run(load_tiny(), ["The cat"], is_stopped)
    assert len(asked) == 2


BEGINNING = "The cat sat on the mat because it was tired. To be, or not to be, that is "


@pytest.mark.parametrize("family", ["llama", "gpt2", "gpt_neox", "qwen2"])
@pytest.mark.parametrize("end", ["it. The mat", "the cat", "i", ""])
def test_a_text_that_goes_on_like_another_is_run_from_where_they_part(load_tiny, family, end):
    model = load_tiny(family)
    known = run.run_one(model, BEGINNING + "the question of the mat. It was that.")
    whole = run.run_one(model, BEGINNING + end)
    resumed = run.resume(model, BEGINNING + end, known)
    assert [token.id for token in resumed.tokens] == [token.id for token in whole.tokens]
    assert resumed.scale == whole.scale
    names = ["logits", "surprisals", "queries", "keys", "values", "output_norms"]
    for name in names:
        np.testing.assert_allclose(
            getattr(resumed, name), getattr(whole, name), rtol=1e-3, atol=1e-4, err_msg=name
        )


def test_only_what_comes_after_is_run(load_tiny, monkeypatch):
    model = load_tiny()
    known = run.run_one(model, BEGINNING + "the question")
    seen, true_batch = [], run.batch_of

    def counted(model, rows):
        seen.append(len(rows[0]))
        return true_batch(model, rows)

    monkeypatch.setattr(run, "batch_of", counted)
    resumed = run.resume(model, BEGINNING + "the cat", known)
    shared = run.shared_beginning(known, [token.id for token in resumed.tokens])
    assert seen == [len(resumed.tokens) - shared + 1]
    assert seen[0] < 8


def test_what_has_nothing_in_common_or_cannot_be_looked_into_is_not_resumed(load_tiny):
    model = load_tiny()
    known = run.run_one(model, BEGINNING)
    assert run.resume(model, "Zebras run", known) is None
    bloom = load_tiny("bloom")
    assert run.resume(bloom, BEGINNING, run.run_one(bloom, BEGINNING + "a")) is None
    assert run.resume(load_tiny("gpt2"), BEGINNING, known) is None  # another network's run
    mistral = load_tiny("mistral")  # sees a window only: its long texts are kept as weights
    short = run.run_one(mistral, "The cat")
    assert run.resume(mistral, "The cat sat", short) is None
    with pytest.raises(Cancelled):
        run.resume(model, BEGINNING + "the cat", known, lambda: True)
