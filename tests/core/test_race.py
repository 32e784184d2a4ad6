from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import bpe, race, unigram, wordpiece
from core.model import long_run

TEXT = race.sample(long_run.text(), 700)
WORDS = race.corpus("sample", "", TEXT)


@pytest.fixture(scope="module")
def found():
    return race.race(WORDS, 30)


def known(standings):
    """All entries that the shown words are cut into."""
    return {part for cut in standings.cuts for part in cut}


# Worked example


def test_three_ways_through_one_small_text():
    # Of the words ab, ab, ab, cb: BPE merges a + b, 3 times; so does WordPiece: 3 ÷ (3·4). Unigram
    # drops what it can do without.
    found = race.race(["ab", "ab", "ab", "cb"], 4)
    assert found.sizes.tolist() == [4]
    at = {name: standings[-1] for name, standings in found.standings.items()}
    assert at["bpe"].cuts == (("ab",), ("ab",), ("ab",), ("c", "b"))
    assert at["bpe"].last == race.Choice(("a", "b"), "ab", 3, 3.0)
    assert at["wordpiece"].last == race.Choice(("a", "##b"), "ab", 3, 3 / (3 * 4))
    assert found.n_characters == 8
    assert {one.n_tokens for one in at.values()} == {5}
    assert found.leader(0) is None
    np.testing.assert_allclose(found.characters_per_token(np.array([5])), [1.6])


def test_the_sample_begins_where_somebody_speaks():
    assert TEXT.startswith("If you shall chance, Camillo")
    assert len(TEXT) == 700
    assert "".join(race.corpus("sample", "x", TEXT)) == TEXT
    assert "".join(race.corpus("sentence", "A cat.", TEXT)) == "A cat."
    assert "".join(race.corpus("both", "A cat.", TEXT)) == "A cat.\n" + TEXT


# Properties


def test_none_has_more_entries_than_the_stop_allows(found):
    for standings in found.standings.values():
        for size, standing in zip(found.sizes, standings, strict=True):
            assert standing.n_vocab <= size
    # At the stops that are sizes of Unigram's rounds, all three have exactly as many.
    exact = [
        stop
        for stop, size in enumerate(found.sizes)
        if all(standings[stop].n_vocab == size for standings in found.standings.values())
    ]
    assert len(exact) >= 5


def test_more_entries_never_need_more_tokens(found):
    for name, standings in found.standings.items():
        tokens = [one.n_tokens for one in standings]
        assert tokens == sorted(tokens, reverse=True), name
        assert tokens[0] > tokens[-1]


def test_every_cut_spells_its_word(found):
    for name, standings in found.standings.items():
        for standing in standings:
            for word, cut in zip(found.words, standing.cuts, strict=True):
                parts = [part.removeprefix("##") if place else part
                         for place, part in enumerate(cut)]  # fmt: skip
                assert "".join(parts if name == "wordpiece" else cut) == word


def test_the_stops_are_the_trainings_own_states(found):
    counts = Counter(WORDS)
    training = bpe.train(counts, 10_000)
    for standing in found.standings["bpe"]:
        (step,) = np.flatnonzero(training.n_vocab == standing.n_vocab)
        assert standing.n_tokens == training.n_tokens[step]
        for word, cut in zip(found.words, standing.cuts, strict=True):
            assert cut == training.cut(word, int(step))
    training = unigram.train(counts, len(set(TEXT)) + 1, shrinking=race.SHRINKING)
    for standing in found.standings["unigram"]:
        assert standing.n_vocab in training.n_vocab
        assert standing.n_tokens in training.n_tokens


def test_what_was_last_and_what_is_next_are_the_best_by_each_measure(found):
    for name, standings in found.standings.items():
        for standing in standings:
            values = [one.value for one in standing.next]
            if name == "unigram":
                values = [one.value for one in standing.next if one.count]
                assert values == sorted(values)
            else:
                assert values == sorted(values, reverse=True)
    for name in ("bpe", "wordpiece"):
        for standing in found.standings[name]:
            if standing.last:
                joined = wordpiece.joined(*standing.last.parts)
                assert standing.last.piece == (
                    joined if name == "wordpiece" else "".join(standing.last.parts)
                )
    for one in found.standings["wordpiece"][3].next:
        assert 0 < one.value <= 1


def test_a_piece_that_unigram_dropped_is_in_no_cut_any_more(found):
    for standing in found.standings["unigram"]:
        if standing.last:
            assert standing.last.piece not in known(standing)
            assert "".join(standing.last.parts) == standing.last.piece


def test_each_merge_of_bpe_saves_as_many_tokens_as_it_is_frequent():
    # Which is why no single merge can save more. (aaa holds the pair (a, a) twice, but saves one.)
    found = race.race(["abcd"] * 3 + ["abce"] * 2, 5)
    course = found.courses["bpe"]
    np.testing.assert_array_equal(-np.diff(course.n_tokens), [5, 5, 3, 2])


def test_wordpiece_by_frequency_would_be_close_to_bpe():
    counts = Counter(WORDS)
    one = bpe.train(counts, 60).n_tokens
    other = wordpiece.train(counts, 60, criterion="frequency").n_tokens
    score = wordpiece.train(counts, 60).n_tokens
    np.testing.assert_allclose(other, one, rtol=0.05)
    assert score[-1] > 1.1 * one[-1]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("abc ", min_size=1, max_size=6), min_size=1, max_size=8))
def test_any_words_can_race(words):
    # A word that occurs once may leave Unigram without anything to expect.
    found = race.race([*words, *words, *words], len(words))
    assert len(found.sizes) == len(found.standings["bpe"]) == len(found.standings["unigram"])
    assert (np.diff(found.sizes) > 0).all()
    assert 0 <= found.usual_stop < len(found.sizes)
    for standings in found.standings.values():
        assert [len(one.cuts) for one in standings] == [len(words)] * len(found.sizes)


@pytest.mark.parametrize("word", ["猫" * 50, "ab", "a", "x" * 4_000, "abcdefg", "\ud800", "\x00"])
def test_a_single_word_can_race(word):
    found = race.race([word], 1)
    for standings in found.standings.values():
        assert standings[0].n_tokens <= len(word)


# Oracle


def test_bpe_is_the_librarys_at_every_stop(found):
    tokenizers = pytest.importorskip("tokenizers")
    size = int(found.standings["bpe"][4].n_vocab)
    library = tokenizers.Tokenizer(tokenizers.models.BPE())
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=sorted(set(TEXT)), min_frequency=2
    )
    library.pre_tokenizer = tokenizers.pre_tokenizers.Split(
        tokenizers.Regex(bpe.WORD.pattern), "isolated"
    )
    library.train_from_iterator([TEXT], trainer)
    n_tokens = len(library.encode(TEXT).ids)
    assert n_tokens == found.standings["bpe"][4].n_tokens


# Refusals


@pytest.mark.parametrize("words", [[], [""]])
def test_no_words_are_refused(words):
    with pytest.raises(ValueError, match=f"got {len(words)} empty"):
        race.race(words, 3)


def test_an_unknown_corpus_is_refused():
    with pytest.raises(ValueError, match="got 'web'"):
        race.corpus("web", "a", "b")
