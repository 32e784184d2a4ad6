from dataclasses import replace

import numpy as np
import pytest
import torch

from core.model import generating, run
from core.model.questions import Partial
from core.model.refusals import Cancelled, EmptyText, TextTooLong, UnusableText
from core.model.writing import N_SHOWN, Writing
from core.sampling import Step

TEXT = "The cat sat on the mat because it was tired."
CHAINS = {
    "plain": ((), {}),
    "temperature": ((Step("temperature", 0.7),), {"temperature": 0.7}),
    "top-k": ((Step("temperature", 1.5), Step("top_k", 5)), {"temperature": 1.5, "top_k": 5}),
    "top-p": ((Step("top_p", 0.8),), {"top_p": 0.8}),
    "min-p": ((Step("min_p", 0.05),), {"min_p": 0.05}),
    "penalties": (
        (Step("repetition", 1.2), Step("no_repeat_ngram", 2)),
        {"repetition_penalty": 1.2, "no_repeat_ngram_size": 2},
    ),
}


def answer(model, asked, is_stopped=lambda: False):
    """The answer to a question, and what was shown of it on the way."""
    work, parts = asked.steps(model, is_stopped), []
    try:
        while True:
            news = next(work)
            if isinstance(news, Partial):
                parts.append(news)
    except StopIteration as end:
        return end.value, parts


def generated(model, text, n_new, **how):
    ids = torch.tensor([run.token_ids(model, text)])
    with torch.inference_mode():
        found = model.network.generate(
            ids, max_new_tokens=n_new, **{"top_k": 0, "pad_token_id": 0, "use_cache": True} | how
        )
    return found[0, ids.shape[1] :].tolist()


@pytest.mark.parametrize("family", ["llama", "gpt2", "bloom"])
def test_greedy_writing_is_that_of_transformers(load_tiny, family):
    model = load_tiny(family)
    found, _ = answer(model, Writing(TEXT, 20, (Step("temperature", 0.0),)))
    assert list(found.ids) == generated(model, TEXT, 20, do_sample=False)
    assert (found.ranks == 1).all()


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_drawn_writing_is_that_of_transformers_with_the_same_seed(load_tiny, chain, seed):
    model = load_tiny()
    steps, theirs = CHAINS[chain]
    found, _ = answer(model, Writing(TEXT, 25, steps, seed))
    torch.manual_seed(seed)
    assert list(found.ids) == generated(model, TEXT, 25, do_sample=True, **theirs)


@pytest.mark.parametrize("n_kept", [1, 3, 50_000])
def test_a_draw_is_that_of_torch_from_a_large_vocabulary(rng, n_kept):
    probabilities = np.zeros(50_000)
    kept = rng.choice(50_000, n_kept, replace=False)
    probabilities[kept] = rng.dirichlet(np.ones(n_kept))
    ours, theirs = (torch.Generator().manual_seed(11) for _ in range(2))
    for _ in range(20):
        expected = torch.multinomial(torch.tensor(probabilities).float(), 1, generator=theirs)
        assert generating._draw(probabilities, ours) == int(expected)


def test_the_numbers_of_each_token_are_those_of_one_run_over_the_whole(load_tiny):
    model = load_tiny()
    found, _ = answer(model, Writing(TEXT, 8, (Step("top_k", 3),), 5))
    ids = [token.id for token in (*found.given, *found.tokens)]
    with torch.inference_mode():
        rows = model.network(torch.tensor([ids[:-1]])).logits[0, len(found.given) - 1 :]
    exact = rows.double().softmax(-1).numpy()
    written = exact[np.arange(8), found.ids]
    assert found.probabilities == pytest.approx(written, rel=1e-3)
    assert found.ranks.tolist() == (1 + (exact > written[:, None]).sum(axis=1)).tolist()
    assert (found.ranks <= 3).all()
    likely = np.sort(exact, axis=1)[:, ::-1][:, :N_SHOWN]
    assert found.candidate_probabilities == pytest.approx(likely, rel=1e-3)
    three = likely[:, :3] / likely[:, :3].sum(axis=1, keepdims=True)
    assert found.candidate_drawn_with[:, :3] == pytest.approx(three, rel=1e-3)
    assert (found.removed_by[:, :3] == 0).all()
    assert (found.removed_by[:, 3:] == 1).all()
    entropies = -(exact * np.log2(exact)).sum(axis=1)
    assert found.entropies == pytest.approx(entropies, rel=1e-3)
    assert found.ending == "asked"


def test_it_can_be_read_while_it_is_written(load_tiny):
    whole, parts = answer(load_tiny(), Writing(TEXT, 6, seed=3))
    assert [len(part.answer.tokens) for part in parts] == [1, 2, 3, 4, 5]
    assert all(whole.ids[: n + 1] == part.answer.ids for n, part in enumerate(parts))
    assert {part.answer.ending for part in parts} == {"underway"}
    assert [part.share for part in parts] == pytest.approx([n / 6 for n in range(1, 6)])


@pytest.mark.parametrize("n_kept", [1, 4, 9])
def test_who_chooses_what_would_have_been_drawn_gets_the_same_text(load_tiny, n_kept):
    whole, _ = answer(load_tiny(), Writing(TEXT, 10, seed=7))
    again, _ = answer(load_tiny(), Writing(TEXT, 10 - n_kept, (), 7, whole.ids[:n_kept]))
    assert again.ids == whole.ids
    assert again.n_prefix == n_kept
    assert again.probabilities == pytest.approx(whole.probabilities, rel=1e-3)
    assert np.isnan(again.seconds[:n_kept]).all()


def test_another_choice_is_a_branch_and_is_shown_with_its_probability(load_tiny):
    whole, _ = answer(load_tiny(), Writing(TEXT, 4, (Step("top_k", 2),), 7))
    other = int(whole.candidates[1, 5])  # removed by top-k, but a hand may choose it
    branch, _ = answer(load_tiny(), Writing(TEXT, 2, (Step("top_k", 2),), 7, (whole.ids[0], other)))
    assert branch.ids[:2] == (whole.ids[0], other)
    assert branch.ranks[1] == 6
    assert branch.drawn_with[1] == 0
    assert branch.probabilities[1] == pytest.approx(whole.candidate_probabilities[1, 5], rel=1e-3)


def test_it_stops_where_the_network_ends_its_text(load_tiny):
    model = load_tiny()
    (end,) = generating.end_tokens(model)
    forced = (Step("bias", biases=((end, 1000.0),)),)
    found, _ = answer(model, Writing(TEXT, 5, forced))
    assert found.ids == (end,)
    assert found.ending == "ended"


def test_it_stops_where_the_network_is_full(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    asked = Writing("a", 40)
    found, _ = answer(model, asked)
    assert found.ending in ("full", "ended")
    assert len(found.given) + len(found.tokens) <= 32


def test_where_nothing_is_left_to_draw_from_it_says_so(load_tiny):
    model = load_tiny()
    banned = tuple((number, -np.inf) for number in range(model.card.d_vocab))
    found, _ = answer(model, Writing(TEXT, 5, (Step("bias", biases=banned),)))
    assert found.ending == "nothing_left"
    assert found.tokens == ()
    assert found.candidates.shape == (0, N_SHOWN)


def test_it_is_given_up_within_a_token(load_tiny):
    asked_for = []

    def is_stopped():
        asked_for.append(1)
        return len(asked_for) > model.card.n_layers + 1  # in the second token's second layer

    model = load_tiny()
    with pytest.raises(Cancelled):
        answer(model, Writing(TEXT, 50), is_stopped)
    assert len(asked_for) == model.card.n_layers + 2


def test_what_cannot_be_continued_is_refused_at_once(load_tiny):
    model = load_tiny("gpt2", n_positions=16)
    with pytest.raises(EmptyText):
        Writing("", 3).n_tokens(model)
    with pytest.raises(UnusableText):
        Writing("a", 3, prefix=(10_000,)).n_tokens(model)
    with pytest.raises(TextTooLong):
        Writing("a", 3, prefix=(1,) * 15).n_tokens(model)
    assert Writing("a", 0, prefix=(1,) * 15).n_tokens(model) == 16, "what is there can be asked"
    asked = Writing("a", 3, prefix=(1, 2))
    assert asked.n_tokens(model) == len(run.token_ids(model, "a")) + 5
    assert hash(asked) == hash(replace(asked))
