import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sampling, writing
from core.model.writing import Written
from core.sampling import Step
from core.tokens import Token
from core.writing import MOST_BRANCHES, ROOT, Branch, Manner, Tree
from tests.forward_passes import CARD, D_VOCAB, VOCABULARY, made

PLAIN = Manner()
WARM = Manner((Step("temperature", 1.5), Step("top_k", 3)), 7)
CHAIN = (
    Step("bias", 5.0, ((3, -math.inf), (40, 2.5))),
    Step("repetition", 1.2),
    Step("no_repeat_ngram", 2),
    Step("temperature", 1e-05),
    Step("top_p", 0.9),
)


def grown(*paths, manner=PLAIN, chosen_at=None):
    tree = Tree()
    for path in paths:
        tree, _ = tree.add(path, manner, chosen_at)
    return tree


def answer(ids, manner=PLAIN, *, seed=0):
    """What the model says of a path, out of random numbers."""
    rng, n = np.random.default_rng(seed), len(ids)
    shape = n, 10
    return Written(
        model=CARD,
        given=(),
        tokens=tuple(Token(one, VOCABULARY[one]) for one in ids),
        n_prefix=0,
        probabilities=rng.uniform(0.01, 1, n),
        drawn_with=rng.uniform(0, 1, n),
        ranks=rng.integers(1, 50, n),
        entropies=rng.uniform(0, 8, n),
        candidates=rng.integers(0, D_VOCAB, shape),
        candidate_probabilities=rng.uniform(0, 1, shape),
        candidate_drawn_with=rng.uniform(0, 1, shape),
        removed_by=rng.integers(0, len(manner.chain) + 1, shape),
        seconds=np.full(n, np.nan),
        vocabulary=VOCABULARY,
        ending="asked",
    )


def answers_of(tree):
    return [answer(tree.path(n), tree.branches[n].manner, seed=n) for n in range(len(tree))]


def test_a_tree_small_enough_for_paper():
    tree = grown((1, 2, 3, 4), (1, 2, 9, 8), (1, 2, 9, 7, 7), (5, 5))
    assert [(b.parent, b.place, b.ids) for b in tree.branches] == [
        (ROOT, 0, (1, 2, 3, 4)),
        (0, 2, (9, 8)),
        (1, 3, (7, 7)),
        (ROOT, 0, (5, 5)),
    ]
    assert tree.path(2) == (1, 2, 9, 7, 7)
    assert tree.owners(2) == (0, 0, 1, 2, 2)
    assert tree.line(2) == (0, 1, 2)
    assert [tree.common(2, other) for other in range(4)] == [2, 3, 5, 0]
    assert tree.n_tokens == 10


def test_what_is_there_already_is_not_written_twice():
    tree = grown((1, 2, 3, 4), (1, 2, 9))
    assert tree.add((1, 2, 3), PLAIN) == (tree, 0)
    assert tree.add((1, 2, 9), WARM) == (tree, 1)


def test_in_the_same_manner_a_branch_goes_on_and_in_another_one_a_new_one_begins():
    tree = grown((1, 2))
    longer, number = tree.add((1, 2, 3), PLAIN)
    assert number == 0
    assert longer.branches == (Branch(ROOT, 0, (1, 2, 3)),)
    other, number = tree.add((1, 2, 3), WARM)
    assert other.branches[number] == Branch(0, 2, (3,), WARM)
    # Now the first one has gone on: its end is a fork.
    assert other.add((1, 2, 4), PLAIN)[0].branches[2] == Branch(0, 2, (4,))


def test_an_alternative_to_a_branches_first_token_is_its_sibling():
    tree = grown((1, 2, 3), (1, 8, 8))
    tree, number = tree.add((1, 7), PLAIN, chosen_at=1)
    assert tree.branches[number] == Branch(0, 1, (7,), PLAIN, is_chosen=True)


def test_a_branch_goes_with_all_that_grows_on_it():
    tree = grown((1, 2, 3), (1, 4), (1, 4, 5, 6), (1, 4, 7), (9,))
    left = tree.without(1)
    assert [left.path(number) for number in range(len(left))] == [(1, 2, 3), (9,)]
    assert len(tree.without(0)) == 1


paths = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=12)
manners = st.sampled_from([PLAIN, WARM, Manner(CHAIN, 999_999)])


@given(paths, st.data())
@settings(deadline=None)
def test_every_path_is_in_its_tree_once_and_the_words_bring_the_tree_back(added, data):
    tree = Tree()
    for path in added:
        tree, number = tree.add(path, data.draw(manners))
        assert tree.path(number)[: len(path)] == tuple(path)
    found = [tree.path(number) for number in range(len(tree))]
    assert len(set(found)) == len(found)
    assert tree.n_tokens == len({path[: n + 1] for path in found for n in range(len(path))})
    assert writing.from_words(writing.in_words(tree)) == tree
    for number in range(len(tree)):
        assert [tree.path(owner)[place] for place, owner in enumerate(tree.owners(number))] == [
            *tree.path(number)
        ]


@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=40), st.integers(0, 10**6))
@settings(deadline=None)
def test_words_hold_any_token_and_only_letters_that_an_address_takes(ids, seed):
    tree = grown(ids, manner=Manner(CHAIN, seed))
    words = writing.in_words(tree)
    assert writing.from_words(words) == tree
    assert set(words) <= set(writing.LETTERS) | set("~._-")


def test_a_link_to_four_branches_of_48_tokens_is_short(rng):
    first = rng.integers(0, 49_152, 48).tolist()
    tree = grown(
        first, *([*first[:at], *rng.integers(0, 49_152, 48 - at).tolist()] for at in (5, 20, 30))
    )
    assert len(writing.in_words(tree)) < 500


def test_a_passage_takes_each_token_from_the_branch_that_it_belongs_to():
    tree, _ = grown((1, 2, 3, 4), manner=WARM).add((1, 2, 9, 8), Manner(CHAIN, 1), chosen_at=2)
    answers = answers_of(tree)
    found = writing.passage(tree, answers, 1)
    assert found.answer.ids == (1, 2, 9, 8)
    assert found.owners.tolist() == [0, 0, 1, 1]
    assert found.is_chosen.tolist() == [False, False, True, False]
    for name in ("probabilities", "ranks", "candidates", "removed_by"):
        rows = [getattr(answers[owner], name)[place] for place, owner in enumerate(found.owners)]
        np.testing.assert_array_equal(getattr(found.answer, name), rows)
    names = {0: ["", "temperature", "top_k"], 1: ["", *(step.name for step in CHAIN)]}
    for place, owner in enumerate(found.owners.tolist()):
        removed = found.answer.removed_by[place]
        assert found.removers[place] == tuple(names[owner][number] for number in removed)
    assert len(found.first(3)) == 3


def test_the_bits_of_a_passage_are_the_logarithm_of_its_probability():
    tree = grown((1, 2, 3))
    found = writing.passage(tree, answers_of(tree), 0)
    product = math.prod(found.answer.probabilities)
    assert found.total == pytest.approx(-math.log2(product))
    assert found.perplexity == pytest.approx(product ** (-1 / 3))
    halves = replace(found.answer, probabilities=np.array([0.5, 0.25, 0.125]))
    exact = replace(found, answer=halves)
    assert exact.bits.tolist() == [1, 2, 3]
    assert (exact.total, exact.per_token, exact.perplexity) == (6, 2, 4)
    assert math.isnan(exact.first(0).per_token)


def test_two_passages_are_compared_from_where_they_part_as_far_as_both_reach():
    tree = grown((1, 2, 3, 4, 5), (1, 2, 9))
    one, other = (writing.passage(tree, answers_of(tree), number) for number in range(2))
    found = writing.parting(one, other)
    assert found.place == 2
    assert found.difference == pytest.approx(other.bits[2] - one.bits[2])
    assert writing.parting(one, one).bits.size == 0


def test_the_first_choices_are_the_softmax_of_the_logits():
    torch = pytest.importorskip("torch")
    forward = made(5)
    found = writing.choices(forward)
    exact = torch.tensor(forward.logits).double().softmax(-1).topk(10)
    assert found.token_ids.tolist() == exact.indices.tolist()
    assert found.probabilities == pytest.approx(exact.values.numpy())


def test_a_file_brings_text_and_tree_back():
    tree, _ = grown((1, 2, 3), manner=Manner(CHAIN, 3)).add((1, 260, 262), WARM, chosen_at=1)
    words = writing.as_file(tree, "你好 <b>", answers_of(tree))
    assert writing.from_file(words) == ("你好 <b>", tree)
    about = json.loads(words)
    assert about["model"] == CARD.name
    assert about["branches"][1]["tokens"] == [Token(n, VOCABULARY[n]).visible for n in (260, 262)]


NONSENSE = [
    "", "none", "0~m0~b0.0.0.A", "9~m0~b0.0.0.A", "2~m0~b0.0.0.A", "1~m0~b0.0.0.",
    "1~b0.0.0.A", "1~m0~b1.0.0.A", "1~m0~b0.1.0.A", "1~m0~b0.0.0.A~b0.0.0.A", "1~m0~b0.0.0.é",
    "1~m0_t-1~b0.0.0.A", "1~m0_tnan~b0.0.0.A", "1~m0_z1~b0.0.0.A", "1~m0_k1.5e999~b0.0.0.A",
    "1~m-1~b0.0.0.A", "1~m²~b0.0.0.A", "1~m0~b0.0.0.A~x", "1~m0_b1_i²v1~b0.0.0.A",
    "1~m0~b0.0.0.ABC~b1.2.0.C", "1~m0~b0.0.0.AB~b1.9.0.C", "1~m" + "9" * 5_000 + "~b0.0.0.A",
    "1~m0_n0~b0.0.0.A", "1~m0_k-1~b0.0.0.A", "<script>", "~" * 1_000,
]  # fmt: skip


@pytest.mark.parametrize("words", NONSENSE)
def test_what_was_never_a_tree_is_refused(words):
    with pytest.raises(ValueError):
        writing.from_words(words)


@pytest.mark.parametrize(
    "words",
    [
        "", "{", "[]", "1", '{"text": "a"}', '{"text": 1, "branches": []}',
        '{"text": "\\ud83d", "branches": []}', '{"text": "a", "branches": [1]}',
        '{"text": "a", "branches": [{"parent": -1, "place": 0, "is_chosen": false, "seed": 0,'
        ' "chain": [{"step": "warm", "value": 1, "biases": []}], "ids": [1]}]}',
        '{"text": "a", "branches": [{"parent": 4, "place": 0, "is_chosen": false, "seed": 0,'
        ' "chain": [], "ids": [1]}]}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_that_holds_no_tree_is_refused(words):
    with pytest.raises(ValueError):
        writing.from_file(words)


def test_a_tree_of_too_many_branches_is_refused():
    tree = grown(*((number,) for number in range(MOST_BRANCHES)))
    with pytest.raises(ValueError, match=f"{MOST_BRANCHES} branches, got {MOST_BRANCHES + 1}"):
        tree.add((100,), PLAIN)
    with pytest.raises(ValueError, match="without tokens"):
        tree.add((), PLAIN)


def test_tokens_that_a_network_has_not_are_noticed():
    tree = grown((1, 5), manner=Manner((Step("bias", 1.0, ((9, 1.0),)),)))
    assert tree.suits(10)
    assert not tree.suits(9)
    assert not grown((1, 5)).suits(5)


def test_an_answer_of_another_branch_is_refused():
    tree = grown((1, 2), (3, 4))
    with pytest.raises(ValueError, match="not of branch 1"):
        writing.passage(tree, answers_of(tree)[::-1], 1)


def test_every_stage_has_a_code_of_its_own():
    assert writing.CODES.keys() == set(sampling.STEPS)
    assert len(set(writing.CODES.values())) == len(sampling.STEPS)
    assert not {"i", "v"} & set(writing.CODES.values())
