"""Another position encoding for one run, against plain torch, against transformers' own scaling."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import alibi, attention, rope
from core.model import capture, load, run, switching
from core.model.refusals import Cancelled, TextTooLong, Unanswerable
from core.model.sources import Prepared
from core.model.switch import LongLosses, Needles, Switch, Switched
from tests.answers import answer
from tests.tiny import tiny_model_folder

TEXT = "The cat sat on the mat because it was"
LONG = TEXT + ". To be, or not to be, that is it, the cat sat and was tired because of the mat."
NEAR = {"atol": 1e-4, "rtol": 1e-4}
FAMILIES = ("llama", "qwen2", "gpt_neox")
BASE = 10_000.0
# GPT-NeoX turns a part of each head; here half of it, because two pairs can be paired in two ways.
SETTINGS = {"gpt_neox": {"rope_theta": BASE, "partial_rotary_factor": 0.5}}
SLOPES = Switch(slopes=tuple(alibi.slopes(4).tolist()))


@pytest.fixture(scope="module")
def rotary(tmp_path_factory):
    """Tiny networks by family and kind of RoPE; the weights do not depend on the kind."""
    loaded = {}

    def network(family="llama", kind="default", **settings):
        key = (family, kind)
        if key not in loaded:
            parameters = {"rope_theta": BASE} | SETTINGS.get(family, {}) | settings
            folder = tiny_model_folder(
                tmp_path_factory.mktemp(kind) / family,
                family,
                rope_parameters=parameters | {"rope_type": kind},
            )
            loaded[key] = load.load(Prepared(folder, family, "random"))
        return loaded[key]

    return network


@pytest.fixture(params=FAMILIES)
def model(request, rotary):
    return rotary(request.param)


def own(model, **changes):
    """The network's own encoding, as if it were another one."""
    card = model.card
    same = {"frequencies": card.rope_frequencies, "factor": card.rope_factor}
    return Switch(**same | changes)


def unrotated(model, forward, layer=0):
    """Queries and keys of a layer turned back by core.rope; keys once for each query head."""
    angles = np.outer(np.arange(len(forward.tokens)), model.card.rope_frequencies)
    queries, keys = (
        torch.tensor(np.stack([rope.unrotate(rows, angles) for rows in of[layer]]))
        for of in (forward.queries, forward.keys)
    )
    shared = queries.shape[0] // keys.shape[0]
    return queries, keys.repeat_interleave(shared, dim=0)


def weights(forward, layer):
    heads = range(forward.model.n_heads)
    return np.stack([attention.weights_of(forward, layer, head) for head in heads])


def assert_same(found, expected):
    """Two runs that predict the same and look at the same."""
    np.testing.assert_allclose(found.logits, expected.logits, **NEAR)
    np.testing.assert_allclose(found.surprisals, expected.surprisals, **NEAR)
    for layer in range(expected.model.n_layers):
        np.testing.assert_allclose(weights(found, layer), weights(expected, layer), **NEAR)


def assert_other(found, expected):
    assert abs(found.logits - expected.logits).max() > 0.01


# One run


def test_the_network_s_own_frequencies_change_nothing(model):
    plain = run.run_one(model, TEXT)
    found = answer(model, Switched(TEXT, own(model)))
    assert_same(found, plain)
    assert found.tokens == plain.tokens
    np.testing.assert_allclose(found.queries, plain.queries, **NEAR)


def test_with_slopes_the_first_layer_is_softmax_of_unrotated_scores_and_bias(model):
    plain = run.run_one(model, TEXT)
    found = answer(model, Switched(TEXT, SLOPES))
    queries, keys = unrotated(model, plain)
    n = len(plain.tokens)
    bias = torch.tensor(alibi.bias(np.array(SLOPES.slopes), n))
    expected = (queries @ keys.mT * plain.scale + bias).softmax(dim=-1)
    np.testing.assert_allclose(weights(found, 0), expected, **NEAR)
    # A row that sees all keys has the bias in it, not only a mask.
    assert abs(weights(found, 0) - weights(plain, 0)).max() > 0.01
    assert_other(found, plain)


def test_what_the_biased_layer_carries_is_read_by_the_next(rotary):
    model = rotary("llama")
    plain, found = run.run_one(model, TEXT), answer(model, Switched(TEXT, SLOPES))
    queries, keys = unrotated(model, plain)
    values = torch.tensor(np.array(plain.values[0])).repeat_interleave(2, dim=0).double()
    bias = torch.tensor(alibi.bias(np.array(SLOPES.slopes), len(plain.tokens)))
    carried = (queries @ keys.mT * plain.scale + bias).softmax(dim=-1) @ values
    first, second = model.network.model.layers[:2]
    ids = torch.tensor([[token.id for token in plain.tokens]])
    with torch.inference_mode():
        residual = model.network.model.embed_tokens(ids)[0]
        residual = residual + first.self_attn.o_proj(carried.transpose(0, 1).flatten(1).float())
        residual = residual + first.mlp(first.post_attention_layernorm(residual))
        expected = second.self_attn.v_proj(second.input_layernorm(residual))
    np.testing.assert_allclose(
        found.values[1].swapaxes(0, 1).reshape(len(plain.tokens), -1), expected, **NEAR
    )


def test_without_anything_the_scores_are_the_unrotated_ones(model):
    plain, found = run.run_one(model, TEXT), answer(model, Switched(TEXT, Switch()))
    queries, keys = unrotated(model, plain)
    masked = (queries @ keys.mT * plain.scale).masked_fill(
        torch.ones(queries.shape[1], queries.shape[1], dtype=torch.bool).triu(1), -torch.inf
    )
    np.testing.assert_allclose(weights(found, 0), masked.softmax(dim=-1), **NEAR)
    assert_other(found, plain)


@pytest.mark.parametrize("family", FAMILIES)
def test_linear_scaling_is_the_library_s_own(rotary, family):
    plain, scaled = rotary(family), rotary(family, "linear", factor=2.0)
    halved = Switch(tuple(speed / 2 for speed in plain.card.rope_frequencies))
    found = answer(plain, Switched(TEXT, halved))
    assert_same(found, run.run_one(scaled, TEXT))
    assert_other(found, run.run_one(plain, TEXT))
    # and back again
    assert_same(answer(scaled, Switched(TEXT, own(plain))), run.run_one(plain, TEXT))


def test_yarn_with_its_factor_is_the_library_s_own(rotary):
    plain = rotary("llama")
    scaled = rotary("llama", "yarn", factor=4.0, original_max_position_embeddings=512)
    assert scaled.card.rope_factor == pytest.approx(0.1 * np.log(4) + 1)
    found = answer(plain, Switched(TEXT, own(scaled)))
    assert_same(found, run.run_one(scaled, TEXT))
    assert_same(answer(scaled, Switched(TEXT, own(plain))), run.run_one(plain, TEXT))


def test_a_network_with_a_factor_of_its_own_keeps_it(rotary):
    scaled = rotary("llama", "yarn", factor=4.0, original_max_position_embeddings=512)
    plain = run.run_one(scaled, TEXT)
    assert_same(answer(scaled, Switched(TEXT, own(scaled))), plain)
    losses = answer(scaled, LongLosses(LONG, (None, own(scaled)), 99)).surprisals
    np.testing.assert_allclose(losses[1], losses[0], **NEAR)
    # The speeds alone are not its encoding.
    assert_other(answer(scaled, Switched(TEXT, own(scaled, factor=1.0))), plain)


def test_neighbours_are_paired_as_on_paper(model):
    plain = run.run_one(model, TEXT)
    found = answer(model, Switched(TEXT, own(model, pairing="neighbours")))
    queries, _ = unrotated(model, plain)
    expected = queries.clone()
    for position in range(len(plain.tokens)):
        for pair, speed in enumerate(model.card.rope_frequencies):
            cos, sin = np.cos(position * speed), np.sin(position * speed)
            a, b = queries[:, position, 2 * pair], queries[:, position, 2 * pair + 1]
            expected[:, position, 2 * pair] = a * cos - b * sin
            expected[:, position, 2 * pair + 1] = b * cos + a * sin
    np.testing.assert_allclose(found.queries[0], expected, **NEAR)
    assert_other(found, plain)


def test_slopes_and_rotation_can_be_had_together(model):
    plain = run.run_one(model, TEXT)
    found = answer(model, Switched(TEXT, own(model, slopes=SLOPES.slopes)))
    n = len(plain.tokens)
    bias = alibi.bias(np.array(SLOPES.slopes), n)
    for head in range(model.card.n_heads):
        scores = attention.scores(*attention.queries_and_keys(plain, 0, head), plain.scale)
        expected = torch.tensor(scores + bias[head]).softmax(dim=-1)
        np.testing.assert_allclose(attention.weights_of(found, 0, head), expected, **NEAR)


def test_one_token_can_be_run(model):
    for switch in (Switch(), SLOPES, own(model)):
        found = answer(model, Switched("a", switch))
        assert len(found.surprisals) == len(found.tokens) - 1
        assert np.isfinite(found.logits).all()


def test_nothing_stays_on_the_network(model):
    before = run.run_one(model, TEXT).logits
    answer(model, Switched(TEXT, SLOPES))
    answer(model, LongLosses(TEXT, (SLOPES, None), 100))
    assert capture._notes.get() is None
    np.testing.assert_array_equal(run.run_one(model, TEXT).logits, before)


# What can be switched


def test_a_rotation_is_found_with_its_speeds(model):
    width = model.card.d_head // (2 if model.card.name == "gpt_neox" else 1)
    speeds = rope.spectrum(width, BASE).frequencies
    np.testing.assert_allclose(model.rotation.frequencies, speeds, rtol=1e-6)
    assert model.card.rope_frequencies == tuple(model.rotation.frequencies.tolist())
    assert model.card.rope_factor == 1
    assert model.rotation.width == width


@pytest.mark.parametrize("family", ["gpt2", "bloom"])
def test_where_there_is_no_rotation_none_is_found(load_tiny, family):
    model = load_tiny(family)
    assert model.rotation is None
    assert model.card.rope_frequencies is None
    for question in (
        Switched(TEXT, SLOPES), Switched(TEXT, Switch()), LongLosses(TEXT, (None, Switch()), 10)
    ):  # fmt: skip
        with pytest.raises(Unanswerable, match="no rotary encoding"):
            question.n_tokens(model)
        with pytest.raises(Unanswerable, match="no rotary encoding"):
            answer(model, question)


def test_a_rotation_of_another_kind_is_not_taken_for_ours(load_tiny):
    """Cohere pairs neighbours: turned back in halves, a trace of the position is left."""
    assert load_tiny("cohere").rotation is None


@pytest.mark.parametrize(
    ("switch", "got"),
    [
        (Switch(frequencies=(1.0,)), "4 pairs, got 1"),
        (Switch(frequencies=(1.0,) * 5), "4 pairs, got 5"),
        (Switch(slopes=(0.5,)), "4 heads, got 1"),
        (Switch(slopes=(0.5,) * 9), "4 heads, got 9"),
        (Switch(pairing="thirds"), "got 'thirds'"),
        (Switch(pairing=""), "got ''"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(rotary, switch, got):
    model = rotary("llama")
    for question in (Switched(TEXT, switch), LongLosses(TEXT, (None, switch), 10)):
        with pytest.raises(Unanswerable, match=got):
            question.n_tokens(model)
        with pytest.raises(Unanswerable, match=got):
            answer(model, question)


# Long texts


@pytest.mark.parametrize("chunk", [7, 512])
def test_the_losses_of_a_long_text_are_those_of_its_runs(model, monkeypatch, chunk):
    monkeypatch.setattr(switching, "CHUNK", chunk)
    switches = (
        None, own(model), SLOPES, Switch(), own(model, pairing="neighbours", factor=1.1),
    )  # fmt: skip
    found = answer(model, LongLosses(LONG, switches, 1000))
    n = len(run.token_ids(model, LONG))
    assert found.surprisals.shape == (len(switches), n - 1)
    assert n > 3 * 7, "no border between chunks"
    for row, switch in zip(found.surprisals, switches, strict=True):
        single = answer(model, Switched(LONG, switch)) if switch else run.run_one(model, LONG)
        np.testing.assert_allclose(row, single.surprisals, **NEAR)
    assert abs(found.surprisals[2] - found.surprisals[0]).max() > 0.01
    assert not found.surprisals.flags.writeable
    assert found.n_bytes == found.surprisals.nbytes
    assert found.seconds > 0


@pytest.mark.parametrize("n_most", [1, 2, 8, 15, 16])
def test_a_long_text_is_cut_where_it_is_asked_for(rotary, monkeypatch, n_most):
    monkeypatch.setattr(switching, "CHUNK", 7)
    model = rotary("llama")
    question = LongLosses(LONG, (None, SLOPES), n_most)
    assert question.n_tokens(model) == 2 * n_most
    found = answer(model, question)
    assert found.surprisals.shape == (2, n_most - 1)
    whole = run.run_one(model, LONG).surprisals
    np.testing.assert_allclose(found.surprisals[0], whole[: n_most - 1], **NEAR)


def test_a_text_longer_than_other_questions_run_is_no_problem(rotary):
    model = rotary("llama")
    text = "The cat sat. " * 600
    with pytest.raises(TextTooLong):
        run.run_one(model, text)
    found = answer(model, LongLosses(text, (None,), 1500))
    assert found.surprisals.shape == (1, 1499)
    with pytest.raises(TextTooLong) as refusal:
        LongLosses(text, (None,), switching.LONGEST + 1).n_tokens(model)
    assert refusal.value.limit == switching.LONGEST


@pytest.mark.parametrize("question", [Switched(TEXT, SLOPES), LongLosses(LONG, (None, SLOPES), 99)])
def test_a_question_that_nobody_waits_for_is_given_up_within_it(rotary, question):
    asked = []

    def is_stopped():
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        answer(rotary("llama"), question, is_stopped)
    assert len(asked) == 2


def test_losses_are_given_up_between_two_encodings_too(rotary):
    model, n_layers = rotary("llama"), rotary("llama").card.n_layers
    asked = []

    def is_stopped():
        asked.append(1)
        return len(asked) > n_layers

    with pytest.raises(Cancelled):
        answer(model, LongLosses(LONG, (None, SLOPES), 99), is_stopped)
    assert len(asked) == n_layers + 1


# Many people


@pytest.mark.parametrize("family", ["llama", "gpt_neox"])
def test_runs_at_the_same_time_never_mix(rotary, monkeypatch, family):
    monkeypatch.setattr(switching, "CHUNK", 7)
    model = rotary(family)
    questions = {
        "plain": lambda: run.run_one(model, LONG).logits,
        "switched": lambda: answer(model, Switched(LONG, SLOPES)).logits,
        "long": lambda: answer(model, LongLosses(LONG, (Switch(), None), 99)).surprisals,
    }
    alone = {name: ask() for name, ask in questions.items()}
    found = {name: [] for name in questions}
    start = threading.Barrier(len(questions))

    def ask_again_and_again(name):
        start.wait()
        for _ in range(8):
            found[name].append(questions[name]())

    threads = [threading.Thread(target=ask_again_and_again, args=(name,)) for name in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, expected in alone.items():
        assert len(found[name]) == 8
        for one in found[name]:
            np.testing.assert_allclose(one, expected, atol=1e-5, rtol=1e-5)
    assert abs(alone["plain"] - alone["switched"]).max() > 0.01


HAY = LONG * 6


def ids_of(model, words):
    return model.tokenizer.library.encode(words, add_special_tokens=False).ids


@pytest.mark.parametrize("chunk", [7, 512])
@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
def test_a_needle_is_as_probable_as_its_answer_in_one_plain_run(rotary, monkeypatch, chunk, depth):
    monkeypatch.setattr(switching, "CHUNK", chunk)
    model = rotary()
    asked = Needles(HAY, (90, 120), (depth,))
    found = answer(model, asked).probabilities
    needle, question, words = (
        ids_of(model, part) for part in (asked.sentence, asked.question, asked.answer)
    )
    for column, length in enumerate(asked.lengths):
        n_hay = length - len(needle) - len(question) - len(words)
        hay = ids_of(model, HAY)[:n_hay]
        place = round(depth * n_hay)
        ids = [*hay[:place], *needle, *hay[place:], *question, *words]
        assert len(ids) == length
        (forward,) = run.run_tokens(model, [ids], [""])
        bits = forward.surprisals[-len(words) :].sum()
        np.testing.assert_allclose(found[0, column], 2.0**-bits, rtol=1e-3)


def test_a_switched_network_looks_for_the_needle_with_its_other_encoding(rotary):
    model = rotary()
    asked = Needles(HAY, (90,), (0.5,))
    plain = answer(model, asked).probabilities
    own_again = answer(model, replace(asked, switch=own(model))).probabilities
    nowhere = answer(model, replace(asked, switch=Switch())).probabilities
    np.testing.assert_allclose(own_again, plain, rtol=1e-3)
    assert abs(nowhere / plain - 1).max() > 0.01


@pytest.mark.parametrize(("hay", "length"), [(HAY, 20), (LONG[:40], 400)])
def test_a_text_without_room_or_too_little_hay_is_refused(rotary, hay, length):
    with pytest.raises(Unanswerable):
        answer(rotary(), Needles(hay, (length,), (0.5,)))


def test_a_search_for_a_needle_can_be_given_up(rotary):
    with pytest.raises(Cancelled):
        answer(rotary(), Needles(HAY, (90,), (0.5,)), is_stopped=lambda: True)
