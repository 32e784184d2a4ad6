"""The oracles are the library itself and hooks on the modules that a head writes through."""

import contextlib

import numpy as np
import pytest
import torch

from core.model import asking, capture, run
from core.model.questions import (
    ABLATIONS,
    REPEATED,
    Ablation,
    Continuation,
    HeadRanking,
    RepeatedTokens,
)
from core.model.refusals import Cancelled, EmptyText, NotFinite, TextTooLong, Unanswerable
from tests.answers import answer

FAMILIES = ["llama", "gpt2", "gpt_neox", "qwen2"]
TEXT = "The cat sat on the mat because it was"


def projection_of(model, layer):
    names = {name: part for name, part in model.network.named_modules()}
    (found,) = (
        part
        for name, part in names.items()
        if name.split(".")[-1] in ("o_proj", "c_proj", "dense")
        and f".{layer}." in name
        and "mlp" not in name
    )
    return found


@contextlib.contextmanager
def heads_changed(model, layer, change):
    """Change what goes into the output projection of a layer, [query head d_value]."""

    def hook(module, given):
        carried = given[0].clone()
        by_head = carried.unflatten(-1, (model.card.n_heads, -1))
        change(by_head[0])
        return (carried,)

    with projection_of(model, layer).register_forward_pre_hook(hook):
        yield


@torch.inference_mode()
def library_run(model, text=TEXT):
    """Last logits and bits, computed without any of our code for questions."""
    ids = torch.tensor([run.token_ids(model, text)])
    logits = model.network(ids, use_cache=False).logits[0]
    bits = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none") / np.log(2)
    return logits[-1].numpy(), bits.numpy()


def assert_equal(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=1e-4)


# Ablation


@pytest.mark.parametrize("kind", ABLATIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_ablating_nothing_changes_nothing(load_tiny, family, kind):
    found = answer(load_tiny(family), Ablation(TEXT, (), kind))
    np.testing.assert_array_equal(found.logits_before, found.logits_after)
    np.testing.assert_array_equal(found.surprisals_before, found.surprisals_after)
    forward = run.run_one(load_tiny(family), TEXT)
    np.testing.assert_array_equal(found.logits_before, forward.logits)
    np.testing.assert_array_equal(found.surprisals_before, forward.surprisals)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_layer_without_heads_puts_out_the_bias_of_its_projection(load_tiny, family):
    model, layer = load_tiny(family), 1
    heads = tuple((layer, head) for head in range(model.card.n_heads))

    def only_bias(module, given, returned):
        bias = getattr(module, "bias", None)
        return torch.zeros_like(returned) + (0 if bias is None else bias)

    found = answer(model, Ablation(TEXT, heads, "zero"))
    with projection_of(model, layer).register_forward_hook(only_bias):
        assert_equal((found.logits_after, found.surprisals_after), library_run(model))
    assert_equal((found.logits_before, found.surprisals_before), library_run(model))
    assert abs(found.logits_after - found.logits_before).max() > 1e-2


@pytest.mark.parametrize("kind", ABLATIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_one_head_is_replaced_by_zeros_or_by_its_mean(load_tiny, family, kind):
    model, layer, head = load_tiny(family), 1, 2

    def change(by_head):
        by_head[:, head] = by_head[:, head].mean(dim=0) if kind == "mean" else 0

    found = answer(model, Ablation(TEXT, ((layer, head),), kind))
    with heads_changed(model, layer, change):
        assert_equal((found.logits_after, found.surprisals_after), library_run(model))
    assert abs(found.logits_after - found.logits_before).max() > 1e-3


def test_means_are_those_of_the_run_without_any_ablation(load_tiny):
    # The first layer's ablation changes what the last layer's head would carry, not its mean here.
    model = load_tiny()
    means = []

    def note(by_head):
        means.append(by_head[:, 1].mean(dim=0).clone())

    def first(by_head):
        by_head[:, 3] = by_head[:, 3].mean(dim=0)

    def last(by_head):
        by_head[:, 1] = means[0]

    with heads_changed(model, 2, note):
        library_run(model)
    found = answer(model, Ablation(TEXT, ((2, 1), (0, 3)), "mean"))
    with heads_changed(model, 0, first), heads_changed(model, 2, last):
        assert_equal((found.logits_after, found.surprisals_after), library_run(model))


@pytest.mark.parametrize("kind", ABLATIONS)
def test_a_ranking_is_every_head_ablated_alone(load_tiny, kind, monkeypatch):
    model = load_tiny("qwen2")
    monkeypatch.setattr(asking, "ROWS_TOKENS", 5 * len(run.token_ids(model, TEXT)))
    ranked = answer(model, HeadRanking(TEXT, kind))
    for head in np.ndindex(model.card.n_layers, model.card.n_heads):
        alone = answer(model, Ablation(TEXT, (head,), kind))
        before, after = (torch.tensor(alone.logits_before), torch.tensor(alone.logits_after))
        nats = torch.nn.functional.kl_div(
            after.double().log_softmax(0), before.double().log_softmax(0),
            reduction="sum", log_target=True,
        )  # fmt: skip
        assert ranked.divergences[head] == pytest.approx(
            nats.item() / np.log(2), rel=1e-3, abs=1e-6
        )
        change = (alone.surprisals_after - alone.surprisals_before).mean()
        assert ranked.loss_changes[head] == pytest.approx(change, rel=1e-3, abs=1e-5)
    assert (ranked.divergences > -1e-9).all()


def test_one_token_has_no_loss_but_a_prediction(load_tiny):
    model = load_tiny()
    alone = answer(model, Ablation("a", ((0, 0),), "zero"))
    assert len(alone.surprisals_after) == 0
    ranked = answer(model, HeadRanking("a", "zero"))
    assert np.isnan(ranked.loss_changes).all()
    assert np.isfinite(ranked.divergences).all()
    # A single position is its own mean.
    assert answer(model, HeadRanking("a", "mean")).divergences.max() < 1e-6


def test_the_answers_hold_no_more_memory_than_they_say(load_tiny):
    found = answer(load_tiny(), Ablation(TEXT, ((0, 0),)))
    names = ("logits_before", "logits_after", "surprisals_before", "surprisals_after")
    for name in names:
        array = getattr(found, name)
        assert not array.flags.writeable
        held = array.base.untyped_storage().nbytes() if array.base is not None else array.nbytes
        assert held == array.nbytes
    assert found.n_bytes == sum(getattr(found, name).nbytes for name in names)


@pytest.mark.parametrize(
    "question",
    [
        Ablation(TEXT, ((0, 0),), "median"),
        Ablation(TEXT, ((3, 0),)),
        Ablation(TEXT, ((0, 4),)),
        Ablation(TEXT, ((0, 0), (-1, 0))),
        HeadRanking(TEXT, "median"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(load_tiny, question):
    with pytest.raises(Unanswerable):
        answer(load_tiny(), question)
    with pytest.raises(Unanswerable):
        question.n_tokens(load_tiny())


@pytest.mark.parametrize("question", [Ablation(TEXT, ()), HeadRanking(TEXT)])
def test_heads_that_are_not_run_by_us_are_not_ablated(load_tiny, question):
    with pytest.raises(Unanswerable):
        answer(load_tiny("bloom"), question)
    with pytest.raises(Unanswerable):
        question.n_tokens(load_tiny("bloom"))


@pytest.mark.parametrize("question", [Ablation, HeadRanking])
def test_what_cannot_be_run_cannot_be_ablated(load_tiny, question):
    more = ((),) if question is Ablation else ()
    for text, refusal in (("", EmptyText), ("a " * 1025, TextTooLong)):
        with pytest.raises(refusal):
            question(text, *more).n_tokens(load_tiny())
        with pytest.raises(refusal):
            answer(load_tiny(), question(text, *more))


def test_infinite_results_are_refused(load_tiny):
    model = load_tiny("llama", vocab_size=402)  # a network of its own, to be spoilt
    with torch.no_grad():
        model.network.get_output_embeddings().weight[5] = float("inf")
    with pytest.raises(NotFinite):
        answer(model, Ablation(TEXT, ()))


# Continuation


@torch.inference_mode()
def generated(model, text, n_new):
    ids = torch.tensor([run.token_ids(model, text)])
    return model.network.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=n_new
    )[0].tolist()


@pytest.mark.parametrize("family", [*FAMILIES, "bloom", "mistral"])
@pytest.mark.parametrize("text", [TEXT, "a", "To be, or not"])
def test_a_continuation_is_the_library_s_greedy_one(load_tiny, family, text):
    model = load_tiny(family)
    found = answer(model, Continuation(text, 20))
    ids = [token.id for token in found.forward.tokens]
    expected = generated(model, text, 20)
    if found.has_ended:
        assert expected == [*ids, model.network.config.eos_token_id]
    else:
        assert expected == ids
        assert len(ids) == found.n_given + 20
    assert found.n_given == len(run.token_ids(model, text))
    assert [step[0] for step in found.candidates] == ids[found.n_given :]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_stood_to_choose_is_the_softmax_of_the_logits(load_tiny, family):
    model = load_tiny(family)
    found = answer(model, Continuation(TEXT, 8))
    ids = torch.tensor([[token.id for token in found.forward.tokens]])
    with torch.inference_mode():
        all_logits = model.network(ids, use_cache=False).logits[0]
    assert found.probabilities.shape == (len(found.candidates), asking.N_CANDIDATES)
    for step, candidates in enumerate(found.candidates):
        expected = all_logits[found.n_given + step - 1].softmax(0)
        best = expected.topk(asking.N_CANDIDATES)
        np.testing.assert_allclose(found.probabilities[step], best.values, atol=1e-4)
        np.testing.assert_allclose(expected[list(candidates)], found.probabilities[step], atol=1e-4)
    np.testing.assert_allclose(found.forward.logits, all_logits[-1], atol=1e-4, rtol=1e-4)


@pytest.fixture
def ending(load_tiny):
    """A network that ends its text with the n-th token that it writes."""
    model = load_tiny("llama", vocab_size=403)  # whose generation settings are the test's own
    written = [step[0] for step in answer(model, Continuation(TEXT, 5)).candidates]
    first = {token: place for place, token in reversed(list(enumerate(written)))}
    before = model.network.generation_config.eos_token_id

    def ends_with(place):
        token = written[place]
        assert first[token] == place, "the token stands there earlier"
        model.network.generation_config.eos_token_id = [399, token]
        return model

    yield ends_with
    model.network.generation_config.eos_token_id = before


def test_a_text_ends_where_the_network_ends_it(ending):
    model = ending(1)
    found = answer(model, Continuation(TEXT, 5))
    assert found.has_ended
    assert len(found.candidates) == 1
    assert len(found.forward.tokens) == found.n_given + 1
    assert generated(model, TEXT, 5)[:-1] == [token.id for token in found.forward.tokens]


def test_a_network_may_have_nothing_to_add(ending):
    found = answer(ending(0), Continuation(TEXT, 5))
    assert found.has_ended
    assert found.candidates == ()
    assert found.probabilities.shape == (0, asking.N_CANDIDATES)
    assert found.forward.text == TEXT


def test_a_continuation_fills_the_longest_text_and_no_more(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    n_given = len(run.token_ids(model, TEXT))
    found = answer(model, Continuation(TEXT, 100))
    assert len(found.forward.tokens) == 32
    assert len(found.candidates) == 32 - n_given
    assert not found.has_ended


def test_a_full_text_cannot_be_continued(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    text = "a" * 32
    assert len(run.token_ids(model, text)) == 32
    with pytest.raises(TextTooLong) as refusal:
        answer(model, Continuation(text, 1))
    assert (refusal.value.count, refusal.value.limit) == (33, 32)


def test_a_continuation_of_half_a_character_is_still_one_run(load_tiny):
    found = answer(load_tiny("gpt2"), Continuation("猫", 10))
    assert b"".join(token.bytes for token in found.forward.tokens).startswith("猫".encode())
    assert len(found.forward.tokens) == found.n_given + len(found.candidates)


# Repeated tokens


@pytest.mark.parametrize("family", ["llama", "bloom"])
def test_random_tokens_stand_there_twice_and_none_is_special(load_tiny, family):
    model = load_tiny(family)
    forward = answer(model, RepeatedTokens(seed=3))
    ids = [token.id for token in forward.tokens]
    assert len(ids) == 2 * REPEATED
    assert ids[:REPEATED] == ids[REPEATED:]
    assert 0 not in ids  # the one special token
    assert len(set(ids)) > REPEATED / 2


def test_every_seed_draws_other_tokens_and_draws_them_again(load_tiny):
    model = load_tiny()
    one, again, other = (
        [token.id for token in answer(model, RepeatedTokens(seed)).tokens] for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_a_short_context_takes_a_shorter_half(load_tiny):
    forward = answer(load_tiny("gpt2", n_positions=32), RepeatedTokens())
    assert len(forward.tokens) == 32


# Giving up


QUESTIONS = [Ablation(TEXT, ((0, 0),)), HeadRanking(TEXT), Continuation(TEXT, 5), RepeatedTokens()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_a_question_that_nobody_waits_for_is_given_up_within_it(load_tiny, question):
    asked = []

    def is_stopped():
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        answer(load_tiny(), question, is_stopped)
    assert len(asked) == 2


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_nothing_stays_on_the_network(load_tiny, question):
    model = load_tiny()
    assert question.n_tokens(model) > 0
    before = run.run_one(model, TEXT).logits
    answer(model, question)
    assert capture._notes.get() is None
    np.testing.assert_array_equal(run.run_one(model, TEXT).logits, before)
