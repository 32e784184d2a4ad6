import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import beam_search
from core.beam_search import Hypothesis, Table
from core.model import generating, run
from core.model.beams import Beams, Likeliest
from core.model.refusals import Cancelled, EmptyText, TextTooLong

TEXT = "The cat sat on the mat because it was tired."


def random_table(seed, n_tokens=3, n_new=3):
    rng = np.random.default_rng(seed)
    beginnings, table = [()], {}
    for _ in range(n_new):
        for one in beginnings:
            table[one] = tuple(rng.dirichlet(np.full(n_tokens, 0.5)).tolist())
        beginnings = [(*one, token) for one in beginnings for token in range(n_tokens)]
    return Table(tuple("abcdefgh"[:n_tokens]), n_new, table)


def answer(model, asked, is_stopped=lambda: False):
    work = asked.steps(model, is_stopped)
    try:
        while True:
            assert 0 <= next(work) <= 1
    except StopIteration as end:
        return end.value


PAPER = beam_search.GREEDY_IS_WORSE


def test_greedy_walks_past_the_likeliest_text_and_two_beams_find_it():
    greedy = beam_search.search(PAPER.read, 1, 2)
    assert greedy.best.tokens == (0, 0)
    assert np.exp(greedy.best.log_probability) == pytest.approx(0.2)
    two = beam_search.search(PAPER.read, 2, 2)
    assert two.best.tokens == (1, 0)
    assert np.exp(two.best.log_probability) == pytest.approx(0.36)
    assert [one.hypothesis.tokens for one in two.rounds[0].candidates] == [(0,), (1,), (2,)]
    assert [one.fate for one in two.rounds[0].candidates] == ["kept", "kept", "dropped"]
    assert [one.tokens for one in two.rounds[0].kept] == [(0,), (1,)]
    assert two.n_read == 3


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_no_search_beats_the_optimum_and_the_widest_finds_it(seed, n_beams):
    table = random_table(seed)
    texts = table.all_texts()
    best = beam_search.optimum(table.read, table.n_new, 1000)
    assert best.best.log_probability == pytest.approx(texts[0].log_probability)
    found = beam_search.search(table.read, n_beams, table.n_new, length_penalty=0.0)
    assert found.best.log_probability <= texts[0].log_probability + 1e-12
    probabilities = {one.tokens: one.log_probability for one in texts}
    for one in found.finished:
        assert one.log_probability == pytest.approx(probabilities[one.tokens])
    widest = beam_search.search(table.read, 27, table.n_new, length_penalty=0.0)
    assert widest.best.tokens == texts[0].tokens


def test_a_wider_beam_can_do_worse():
    read = beam_search.WIDER_IS_WORSE.read
    found = {n: beam_search.search(read, n, 3, length_penalty=0.0).best for n in (1, 2, 3)}
    assert found[1].tokens == (0, 0, 0)
    assert np.exp(found[1].log_probability) == pytest.approx(0.17)
    assert np.exp(found[2].log_probability) == pytest.approx(0.075)
    assert found[3].tokens == (0, 0, 0)
    texts = beam_search.WIDER_IS_WORSE.all_texts()
    assert texts[0].tokens == (0, 0, 0)
    assert np.exp([one.log_probability for one in texts]).sum() == pytest.approx(1)


def test_the_same_text_is_never_worse_than_itself():
    bits, texts = {1: 5.0, 2: 5.00001, 3: 6.0}, {1: (1,), 2: (1,), 3: (2,)}
    assert beam_search.Widths(bits, texts, None).worse == (3,)


def test_an_ending_is_finished_and_the_length_penalty_chooses_among_them():
    # Token 0 ends the text. "0" has 0.4; "1 1 0" has 0.6 · 0.8 · 0.8 = 0.384.
    row = {(): (0.4, 0.6), (1,): (0.2, 0.8), (1, 1): (0.8, 0.2)}
    table = Table(("end", "on"), 3, row)
    short = beam_search.search(table.read, 2, 3, length_penalty=0.0, ends=(0,))
    assert short.best.tokens == (0,)
    long = beam_search.search(table.read, 2, 3, length_penalty=1.0, ends=(0,))
    assert long.best.tokens == (1, 1, 0)
    assert long.rounds[0].candidates[1].fate == "finished"
    assert Hypothesis((1, 1), -3.0).score(2.0) == -0.75


def test_the_search_for_certain_is_given_up_when_it_takes_too_long():
    table = random_table(0, 3, 4)
    assert beam_search.optimum(table.read, 4, 1).best is None
    assert beam_search.optimum(table.read, 4, 1).n_read == 1


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("n_beams", [1, 2, 5])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_beam_search_is_that_of_transformers(load_tiny, family, n_beams, length_penalty):
    model = load_tiny(family)
    found = answer(model, Beams(TEXT, n_beams, 12, length_penalty))
    ids = torch.tensor([run.token_ids(model, TEXT)])
    with torch.inference_mode():
        theirs = model.network.generate(
            ids,
            max_new_tokens=12,
            num_beams=n_beams,
            do_sample=False,
            length_penalty=length_penalty,
            num_return_sequences=n_beams,
            return_dict_in_generate=True,
            output_scores=True,
            pad_token_id=0,
        )
    ours = found.search.finished
    for place, one in enumerate(ours):
        row = theirs.sequences[place, ids.shape[1] :].tolist()
        assert row[: len(one.tokens)] == list(one.tokens)
    if n_beams > 1:
        scores = [one.score(length_penalty) for one in ours]
        assert scores == pytest.approx(theirs.sequences_scores.tolist(), rel=1e-4)


def test_where_the_network_likes_to_end_the_search_is_still_that_of_transformers(load_tiny):
    model = load_tiny()
    ids = torch.tensor([run.token_ids(model, TEXT)])

    def read(beginnings):
        texts = [[*ids[0].tolist(), *one] for one in beginnings]
        rows = [generating.Reader(model).read(text)[-1] for text in texts]
        return generating._log_probabilities(np.array(rows))

    with torch.inference_mode():
        likely = model.network(ids).logits[0, -1].topk(8).indices.tolist()
    for end in likely:
        theirs = model.network.generate(
            ids, max_new_tokens=10, num_beams=3, do_sample=False, eos_token_id=end, pad_token_id=0
        )[0, ids.shape[1] :].tolist()
        best = beam_search.search(read, 3, 10, ends=(end,)).best
        assert theirs[: len(best.tokens)] == list(best.tokens)


def test_the_likeliest_text_of_the_network_is_found_for_certain(load_tiny):
    model = load_tiny()
    found = answer(model, Likeliest(TEXT, 2, 400)).optimum
    wide = answer(model, Beams(TEXT, 200, 2, 0.0)).search
    assert found.best.tokens == wide.best.tokens
    assert found.best.log_probability == pytest.approx(wide.best.log_probability, rel=1e-4)
    assert answer(model, Likeliest(TEXT, 8, 3)).optimum.best is None


def test_what_cannot_be_searched_is_refused(load_tiny):
    model = load_tiny("gpt2", n_positions=32)
    with pytest.raises(EmptyText):
        Beams("", 2, 3).n_tokens(model)
    with pytest.raises(TextTooLong):
        Beams("a", 2, 40).n_tokens(model)
    with pytest.raises(TextTooLong):
        Likeliest("a", 40, 5).n_tokens(model)
    with pytest.raises(Cancelled):
        answer(model, Beams("a", 2, 3), lambda: True)
    for n_beams, n_new in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="0"):
            beam_search.search(PAPER.read, n_beams, n_new)
        with pytest.raises(ValueError, match="0"):
            beam_search.optimum(PAPER.read, n_beams, n_new)
