"""Unigram against paper, brute force, and the library tokenizers."""

import json
import math
from collections import Counter, defaultdict
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import unigram
from core.model import long_run
from core.tokenizer import shelf, trained

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
KNOWN = {"a": -2.0, "b": -3.0, "ab": -4.5, "ba": -4.0, "aba": -6.0}
few_letters = st.text("ab", min_size=1, max_size=7)
letters = st.text("abc", min_size=1, max_size=6)
log_p = st.floats(-12, -0.1)
vocabularies = st.builds(
    lambda pieces, singles: unigram.vocabulary_of(pieces | dict(zip("ab", singles, strict=True))),
    st.dictionaries(st.text("abc", min_size=1, max_size=4), log_p, max_size=12),
    st.tuples(log_p, log_p),
)
slowly = settings(deadline=None, max_examples=60)


def all_ways(text, vocabulary):
    """Every cut into pieces, each with its log-probability, by trying all sets of edges."""
    ways = {}
    for edges in range(2 ** max(len(text) - 1, 0)):
        places = [0, *(n + 1 for n in range(len(text) - 1) if edges >> n & 1), len(text)]
        parts = tuple(text[start:stop] for start, stop in pairwise(places))
        costs = [
            vocabulary.log_p.get(part, vocabulary.unknown if len(part) == 1 else None)
            for part in parts
        ]
        if None not in costs:
            ways[parts] = sum(costs)
    return ways


# On paper


def test_the_likeliest_way_through_a_small_lattice():
    lattice = unigram.lattice("abab", unigram.vocabulary_of(KNOWN))
    assert [(arc.start, arc.stop, arc.piece) for arc in lattice.arcs] == [
        (0, 1, "a"), (0, 2, "ab"), (1, 2, "b"), (0, 3, "aba"), (1, 3, "ba"), (2, 3, "a"),
        (2, 4, "ab"), (3, 4, "b"),
    ]  # fmt: skip
    best = unigram.n_best(lattice, 3)
    # ab|ab, aba|b and a|ba|b all come to −9: the one with the longer last piece is Viterbi's.
    assert [way.log_p for way in best] == [-9.0, -9.0, -9.0]
    assert unigram.viterbi(lattice).parts == best[0].parts == ("ab", "ab")
    assert lattice.n_ways == 6
    likely = unigram.vocabulary_of({"a": -1.0, "b": -9.0, "ab": -3.0})
    assert unigram.viterbi(unigram.lattice("abab", likely)).bits == pytest.approx(6 / math.log(2))


def test_a_character_without_a_piece_is_an_arc_at_a_high_price():
    vocabulary = unigram.vocabulary_of(KNOWN)
    way = unigram.viterbi(unigram.lattice("a☃b", vocabulary))
    assert [(arc.piece, arc.is_known) for arc in way.arcs] == [
        ("a", True), ("☃", False), ("b", True),
    ]  # fmt: skip
    assert way.log_p == -2 - 16 - 3  # ten nats below the rarest piece


def test_one_turn_of_expectation_on_paper():
    vocabulary = unigram.vocabulary_of(
        {"a": math.log(0.5), "b": math.log(0.25), "ab": math.log(0.25)}
    )
    found = unigram.expect({"ab": 8}, vocabulary)
    # a|b has probability 1/8, ab 1/4: a third and two thirds of them.
    assert found.log_likelihood == pytest.approx(8 * math.log(3 / 8))
    assert found.expected["ab"] == pytest.approx(16 / 3)
    assert found.expected["a"] == found.expected["b"] == pytest.approx(8 / 3)
    after = unigram.maximise(vocabulary, found)
    total = unigram.digamma(16 / 3 + 2 * 8 / 3)
    assert after["ab"] == pytest.approx(unigram.digamma(16 / 3) - total)


def test_pieces_that_are_hardly_expected_are_dropped():
    vocabulary = unigram.vocabulary_of(
        {"a": math.log(0.01), "b": math.log(0.01), "ab": math.log(0.9)}
    )
    found = unigram.expect({"ab": 3}, vocabulary)
    assert 0 < found.expected["a"] < 0.5
    assert unigram.maximise(vocabulary, found).keys() == {"ab"}


def test_the_cost_of_a_piece_on_paper():
    vocabulary = unigram.vocabulary_of({"a": -2.0, "b": -2.0, "ab": -1.0, "ba": -9.0})
    costs = {one.piece: one for one in unigram.costs({"ab": 6, "a": 2}, vocabulary)}
    # ab six times and a twice; without ab, a and b stand there eight and six times, of 14.
    before, after = 6 * math.log2(6 / 8), 6 * (math.log2(8 / 14) + math.log2(6 / 14))
    assert costs["ab"].bits == pytest.approx(before - after)
    assert (costs["ab"].parts, costs["ab"].count) == (("a", "b"), 6)
    assert costs["ba"].bits == 0  # does not occur
    assert costs["a"].parts == costs["b"].parts == ()  # single characters stay
    assert math.isinf(costs["b"].bits)


def test_words_take_the_space_before_them():
    assert unigram.words("The cat, (2) cats\n\n 你好。") == [
        "▁The", "▁cat", ",", "▁", "(", "2", ")", "▁cats", "▁你好", "。",
    ]  # fmt: skip
    assert unigram.words("") == unigram.words("\n") == []
    assert unigram.words("a  b ") == ["▁a", "▁", "▁b", "▁"]


def test_training_shrinks_a_vocabulary_and_keeps_all_characters():
    training = unigram.train(HUG, 10)
    assert len(training.vocabulary) <= 10
    assert set("hugpnbs") <= training.vocabulary.log_p.keys()
    assert training.vocabularies[0].log_p == unigram.seeds(HUG)
    np.testing.assert_array_equal(training.n_vocab, [len(one) for one in training.vocabularies])
    # EM has dropped characters too: they come back at the end.
    assert (np.diff(training.n_vocab[:-1]) <= 0).all()
    assert [step.n_vocab for step in training.steps] == training.n_vocab[1:].tolist()
    assert [step.loss for step in training.steps] == training.losses[1:].tolist()
    n_tokens = sum(len(training.cut(word, len(training.steps))) * n for word, n in HUG.items())
    assert training.n_tokens[-1] == n_tokens


def test_seeds_are_all_that_occurs_twice_scored_by_count_times_length():
    seeds = unigram.seeds({"abab": 2, "b": 1})
    scores = {"a": 4, "b": 5, "ab": 8, "ba": 4, "aba": 6, "bab": 6, "abab": 8}
    total = sum(scores.values())
    assert {piece: math.exp(p) for piece, p in seeds.items()} == pytest.approx(
        {piece: score / total for piece, score in scores.items()}
    )
    assert list(seeds) == ["b", "a", "ab", "abab", "aba", "bab", "ba"]


# Properties, against all ways by brute force


@slowly
@given(letters, vocabularies, st.floats(0, 2))
def test_sums_and_shares_are_those_over_all_ways(text, vocabulary, alpha):
    lattice = unigram.lattice(text, vocabulary)
    ways, sums = all_ways(text, vocabulary), unigram.marginals(lattice, alpha)
    weights = {parts: math.exp(alpha * log_p) for parts, log_p in ways.items()}
    total = sum(weights.values())
    assert lattice.n_ways == len(ways)
    assert sums.log_total == pytest.approx(math.log(total))
    assert sums.backward[0] == pytest.approx(sums.log_total)
    through = defaultdict(float)
    for parts, weight in weights.items():
        edge = 0
        for part in parts:
            through[edge, part] += weight / total
            edge += len(part)
    for arc in lattice.arcs:
        assert sums.share(arc) == pytest.approx(through[arc.start, arc.piece])
    for way in unigram.n_best(lattice, 5):
        assert sums.share_of(way) == pytest.approx(weights[way.parts] / total)


@slowly
@given(letters, vocabularies, st.integers(1, 40))
def test_the_n_best_are_the_best_of_all_ways_in_their_order(text, vocabulary, n):
    best = unigram.n_best(unigram.lattice(text, vocabulary), n)
    expected = sorted(all_ways(text, vocabulary).values(), reverse=True)[:n]
    assert [way.log_p for way in best] == pytest.approx(expected)
    assert len({way.parts for way in best}) == len(best)
    assert all("".join(way.parts) == text for way in best)
    first = unigram.viterbi(unigram.lattice(text, vocabulary))
    assert (first.parts, first.log_p) == (best[0].parts, best[0].log_p)


@slowly
@given(st.dictionaries(few_letters, st.integers(1, 9), min_size=1, max_size=5), vocabularies)
def test_the_expectation_is_the_mean_over_all_ways(counts, vocabulary):
    found = unigram.expect(counts, vocabulary)
    expected, log_likelihood = defaultdict(float), 0.0
    for word, count in counts.items():
        ways = {parts: math.exp(log_p) for parts, log_p in all_ways(word, vocabulary).items()}
        total = sum(ways.values())
        log_likelihood += count * math.log(total)
        for parts, p in ways.items():
            for part in parts:
                expected[part if part in vocabulary.log_p else ""] += count * p / total
    assert found.log_likelihood == pytest.approx(log_likelihood)
    for piece, times in expected.items():
        assert found.expected[piece] == pytest.approx(times)


@slowly
@given(st.dictionaries(few_letters, st.integers(1, 9), min_size=1, max_size=5), vocabularies)
def test_plain_em_never_makes_the_corpus_less_likely(counts, vocabulary):
    # With the expected shares themselves, which is what EM promises; not with digamma.
    likelihoods = []
    for _ in range(4):
        found = unigram.expect(counts, vocabulary)
        likelihoods.append(found.log_likelihood)
        total = sum(found.expected.values())
        shares = {piece: times / total for piece, times in found.expected.items() if piece}
        if found.expected.get("", 0) or min(shares.values()) < 1e-9:
            return
        vocabulary = unigram.vocabulary_of({one: math.log(p) for one, p in shares.items()})
    # The first vocabulary does not sum up to 1.
    assert (np.diff(likelihoods[1:]) >= -1e-9).all()


@slowly
@given(st.lists(letters, min_size=1, max_size=12), st.integers(0, 6))
def test_every_step_cuts_the_corpus_without_loss_of_a_character(corpus, room):
    n_vocab = unigram.least_vocab(corpus) + room
    training = unigram.train(corpus, n_vocab)
    assert len(training.vocabulary) <= n_vocab
    for gone in range(len(training.steps) + 1):
        cuts = {word: training.cut(word, gone) for word in training.counts}
        assert all("".join(cut) == word for word, cut in cuts.items())
        n_tokens = sum(len(cuts[word]) * count for word, count in training.counts.items())
        assert training.n_tokens[gone] == n_tokens
    for before, step, after in zip(
        training.vocabularies, training.steps, training.vocabularies[1:], strict=False
    ):
        lost = {one.piece for one in step.pruned} | set(step.dropped)
        assert lost == before.log_p.keys() - after.log_p.keys()


def test_drawn_cuts_come_as_often_as_their_probabilities_say():
    lattice = unigram.lattice("ababab", unigram.vocabulary_of(KNOWN))
    for alpha in (0.0, 0.4, 1.0):
        sums = unigram.marginals(lattice, alpha)
        drawn = unigram.sample(sums, 20_000, seed=3)
        assert drawn.total() == 20_000
        ways = unigram.n_best(lattice, 100)
        assert sum(map(sums.share_of, ways)) == pytest.approx(1)
        for way in ways:
            p = sums.share_of(way)
            deviation = math.sqrt(20_000 * p * (1 - p))
            assert abs(drawn[way.parts] - 20_000 * p) < 5 * deviation + 1
    assert unigram.sample(sums, 50, seed=3) == unigram.sample(sums, 50, seed=3)
    assert unigram.sample(sums, 50, seed=3) != unigram.sample(sums, 50, seed=4)


def test_long_texts_do_not_underflow():
    lattice = unigram.lattice("ab" * 3_000, unigram.vocabulary_of(KNOWN))
    sums = unigram.marginals(lattice)
    assert math.isfinite(sums.log_total)
    assert sums.log_total > unigram.viterbi(lattice).log_p
    assert 0 <= sums.share(lattice.arcs[100]) <= 1


# The libraries


@pytest.mark.parametrize("x", [0.5, 1.0, 2.5, 9.99, 10.0, 123.4, 1e6])
def test_digamma_is_that_of_torch(x):
    torch = pytest.importorskip("torch")
    expected = torch.digamma(torch.tensor(x, dtype=torch.float64)).item()
    assert unigram.digamma(x) == pytest.approx(expected, abs=1e-9)


@slowly
@given(st.text("abcd", min_size=1, max_size=12), vocabularies)
def test_viterbis_way_is_the_librarys(text, vocabulary):
    models = pytest.importorskip("tokenizers").models
    listed = [("<unk>", 0.0), *vocabulary.log_p.items()]
    # The library takes the unknown entry into account for the rarest one: so do not let it be that.
    library = models.Unigram(listed, unk_id=0)
    way = unigram.viterbi(unigram.lattice(text, vocabulary))
    # The library makes one token of unknown neighbours.
    parts = []
    for is_known, arcs in groupby(way.arcs, key=lambda arc: arc.is_known):
        pieces = [arc.piece for arc in arcs]
        parts += pieces if is_known else ["".join(pieces)]
    found = [token.value for token in library.tokenize(text)]
    if found != parts:  # two ways of the same length, added up in another order
        lengths = [vocabulary.log_p.get(part, vocabulary.unknown * len(part)) for part in found]
        assert sum(lengths) == pytest.approx(way.log_p, abs=1e-9)
        assert "".join(found) == text


@slowly
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30))
def test_words_and_pieces_are_those_of_the_tokenizer_that_comes_along(text):
    tokenizer = shelf.packaged("unigram")
    if "<unk>" in text or "▁" in text:
        return
    vocabulary = unigram.vocabulary_of(trained.pieces())
    parts = []
    for word in unigram.words(text):
        for arc in unigram.viterbi(unigram.lattice(word, vocabulary)).arcs:
            raw = arc.piece.encode("utf-8")
            parts += [arc.piece] if arc.is_known else [f"<0x{byte:02X}>" for byte in raw]
    if parts != tokenizer.library.encode(text).tokens:
        # In another Unicode, another character may be punctuation.
        splitter = tokenizer.library.pre_tokenizer
        assert [word for word, _ in splitter.pre_tokenize_str(text)] != unigram.words(text)


def librarys_seeds(counts):
    """Characters by their counts, then the repeats that go on in more than one way.

    Repeats are counted in the different words, each once: what the library's suffix array finds.
    """
    characters, repeats, after = Counter(), Counter(), defaultdict(set)
    for word, count in counts.items():
        for start, letter in enumerate(word):
            characters[letter] += count
            for stop in range(start + 2, len(word) + 1):
                repeats[word[start:stop]] += 1
                after[word[start:stop]].add(word[stop : stop + 1])
    scores = {
        piece: count * len(piece)
        for piece, count in repeats.items()
        if len(after[piece]) > 1 and len(piece) <= unigram.LONGEST_PIECE
    }
    order = [
        *sorted(characters, key=lambda one: (characters[one], one), reverse=True),
        *sorted(scores, key=lambda one: (scores[one], one), reverse=True),
    ]
    total = math.log(sum((characters | scores).values()))
    return {piece: math.log((characters | scores)[piece]) - total for piece in order}


@pytest.mark.parametrize(
    ("n_characters", "n_vocab"),
    [(1_500, 250), (1_500, 150), (1_500, 90), (4_000, 200), (10_000, 500)],
)
def test_a_training_ends_where_the_librarys_does(n_characters, n_vocab):
    # Given the library's seeds and its rule for costs, round by round, nothing else differs: EM,
    # digamma, what is dropped, what is pruned, the last cut. Only characters that EM had dropped
    # come back with a random order of steps of 0.0001 in the library.
    tokenizers = pytest.importorskip("tokenizers")
    text = long_run.text()[:n_characters]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Metaspace(prepend_scheme="always"),
            tokenizers.pre_tokenizers.Punctuation("isolated"),
        ]
    )
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=n_vocab, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(text.splitlines(), trainer)
    expected = dict(json.loads(tokenizer.to_str())["model"]["vocab"][1:])
    counts = Counter(unigram.words(text))
    found = unigram.train(
        counts, n_vocab, start=librarys_seeds(counts), as_library=True
    ).vocabulary.log_p
    assert found.keys() == expected.keys()
    for piece, log_p in expected.items():
        tolerance = 0.003 if len(piece) == 1 else 1e-6
        assert found[piece] == pytest.approx(log_p, abs=tolerance), piece


def test_the_librarys_rule_for_costs_keeps_other_pieces():
    words = unigram.words(long_run.text()[:4_000])
    ours, librarys = (
        set(unigram.train(words, 200, as_library=flag).vocabulary.log_p) for flag in (False, True)
    )
    assert len(ours) == len(librarys)
    assert ours != librarys


# Refusals


def test_what_cannot_be_trained_or_cut_is_refused():
    with pytest.raises(ValueError, match="above 7, got 7"):
        unigram.train(HUG, 7)
    with pytest.raises(ValueError, match="above 0"):
        unigram.train([], 10)
    with pytest.raises(ValueError, match=r"got 1\.5"):
        unigram.train(HUG, 10, shrinking=1.5)
    with pytest.raises(ValueError, match="got 0"):
        unigram.vocabulary_of({})
    with pytest.raises(ValueError, match="got 0"):
        unigram.n_best(unigram.lattice("a", unigram.vocabulary_of(KNOWN)), 0)
    assert unigram.viterbi(unigram.lattice("a", unigram.vocabulary_of(KNOWN), without="a")) is None


def test_a_text_of_one_long_word_leaves_the_vocabulary_as_it_is():
    training = unigram.train({"猫" * 50: 1}, 5)
    assert training.steps
    assert all(np.isfinite(step.loss) for step in training.steps)
