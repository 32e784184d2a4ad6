"""WordPiece against paper, its properties, and the library tokenizers."""

import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wordpiece
from core.tokenizer import shelf
from core.wordpiece import CRITERIA

COURSE = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
OLD_UNICODE = unicodedata.ucd_3_2_0  # what every version of Unicode since then agrees on
few_letters = st.text("abc", min_size=1, max_size=9)
any_word = st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=1, max_size=12)
corpora = st.one_of(
    st.lists(few_letters, min_size=1, max_size=20), st.lists(any_word, min_size=1, max_size=6)
)


# On paper


def test_the_first_merge_of_the_example_has_a_score_of_one_in_twenty():
    training = wordpiece.train(COURSE, 3)
    first = training.steps[0]
    assert (first.pair, first.count, first.score) == (("##g", "##s"), 5, 1 / 20)
    # The most frequent pair has a lower score: its letters occur everywhere.
    assert first.by_frequency[0] == wordpiece.PairScore(("##u", "##g"), 20, 36, 20)
    assert first.by_frequency[0].score == pytest.approx(1 / 36)
    assert training.cut("hugs", 0) == ("h", "##u", "##g", "##s")
    assert training.cut("hugs", 1) == ("h", "##u", "##gs")
    assert (training.n_vocab[:2].tolist(), first.symbol) == ([7, 8], "##gs")


def test_by_frequency_the_same_corpus_is_merged_in_another_way():
    training = wordpiece.train(COURSE, 3, criterion="frequency")
    assert [step.pair for step in training.steps] == [
        ("##u", "##g"), ("##u", "##n"), ("h", "##ug"),
    ]  # fmt: skip
    assert training.cut("hugs", 3) == ("hug", "##s")


def test_of_equal_scores_the_more_frequent_pair_is_merged_and_then_the_smaller_numbers():
    # a b: 2/(2·2), c d: 2/(2·2), both twice.
    assert wordpiece.train(["cd", "ab"] * 2, 1).steps[0].pair == ("a", "##b")
    # e f: 4/(4·8), more often than a b with 2/(2·8), where the scores are the same.
    training = wordpiece.train({"ab": 2, "eb": 4, "xb": 2}, 1)
    assert {one.score for one in training.steps[0].by_likelihood} == {1 / 8}
    assert training.steps[0].pair == ("e", "##b")


def test_the_longest_beginning_wins_even_where_it_leads_astray():
    entries = {"un", "una", "##able", "##b", "##l", "##e"}
    search = wordpiece.search("unable", entries)
    assert [(one.piece, one.is_known) for one in search.tries] == [
        ("unable", False), ("unabl", False), ("unab", False), ("una", True),
        ("##ble", False), ("##bl", False), ("##b", True),
        ("##le", False), ("##l", True), ("##e", True),
    ]  # fmt: skip
    assert search.pieces == ("una", "##b", "##l", "##e")


def test_one_impossible_piece_turns_the_whole_word_into_unknown():
    search = wordpiece.search("snow☃man", {"snow", "##m", "##an"})
    assert [one.piece for one in search.found] == ["snow"]
    assert search.pieces == ("[UNK]",)
    assert search.impossible == "☃"
    assert wordpiece.search("☃", {"a"}).impossible == "☃"
    # The beginning fits, the rest has no entry with "##".
    assert wordpiece.encode("manman", {"man"}) == ("[UNK]",)


def test_a_word_of_more_than_a_hundred_characters_is_unknown_unread():
    assert wordpiece.encode("a" * 100, {"a", "##a"}) == ("a",) + ("##a",) * 99
    search = wordpiece.search("a" * 101, {"a", "##a"})
    assert (search.pieces, search.tries, search.impossible) == (("[UNK]",), (), "")


def test_words_are_small_without_accents_and_chinese_characters_stand_alone():
    assert wordpiece.words("Héllo, 世界! don't") == [
        "hello", ",", "世", "界", "!", "don", "'", "t",
    ]  # fmt: skip
    assert wordpiece.words("Héllo 世界", lower=False, split_ideographs=False) == ["Héllo", "世界"]
    assert wordpiece.words("\x00\u200d\ud800 \t\n") == []
    assert wordpiece.first_word(" \x00", "Instead of", lower=True) == "instead"


# Properties


slowly = settings(deadline=None, max_examples=40)


@slowly
@given(corpora, st.integers(0, 15), st.sampled_from(CRITERIA))
def test_a_cut_joined_is_the_word_at_every_step(corpus, n_merges, criterion):
    training = wordpiece.train(corpus, n_merges, criterion=criterion)
    for made in range(len(training.steps) + 1):
        n_tokens = 0
        for word, count in training.counts.items():
            first, *others = training.cut(word, made)
            assert first + "".join(part.removeprefix("##") for part in others) == word
            assert all(part.startswith("##") for part in others)
            n_tokens += count * (1 + len(others))
        assert training.n_tokens[made] == n_tokens


@slowly
@given(corpora, st.integers(1, 15), st.sampled_from(CRITERIA))
def test_the_best_pairs_are_the_best_of_all_in_the_cuts_of_the_step(corpus, n_merges, criterion):
    training = wordpiece.train(corpus, n_merges, criterion=criterion)
    for made, step in enumerate(training.steps):
        cuts = [
            training.cut(word, made) for word in training.counts for _ in range(corpus.count(word))
        ]
        singles = Counter(part for cut in cuts for part in cut)
        pairs = Counter(pair for cut in cuts for pair in pairwise(cut))
        for one in (*step.by_likelihood, *step.by_frequency):
            left, right = one.pair
            counted = pairs[one.pair], singles[left], singles[right]
            assert (one.count, one.n_left, one.n_right) == counted
        scores = [n / (singles[a] * singles[b]) for (a, b), n in pairs.items() if n > 1]
        assert step.by_frequency[0].count == max(pairs.values())
        assert step.by_likelihood[0].score == max(scores)
        assert step.chosen == getattr(step, f"by_{criterion}")[0]


@slowly
@given(corpora, st.sampled_from(CRITERIA))
def test_with_all_that_was_merged_every_word_of_the_corpus_can_be_cut(corpus, criterion):
    training = wordpiece.train(corpus, 30, criterion=criterion)
    vocabulary = set(training.vocabulary)
    assert len(training.vocabulary) == len(vocabulary) == training.n_vocab[-1]
    for word in training.counts:
        assert not wordpiece.search(word, vocabulary).is_unknown
        assert set(training.cut(word, 30)) <= vocabulary


def test_the_best_score_goes_to_the_pair_that_is_most_above_chance():
    # The two letters of "qu" never part; those of "th" are met everywhere, and more often together.
    corpus = {"quick": 3, "the": 9, "that": 5, "tot": 9, "hah": 9, "ut": 9}
    training = wordpiece.train(corpus, 1)
    n = training.n_tokens[0]
    assert training.steps[0].pair != training.steps[0].by_frequency[0].pair
    above = {one.pair: one.score * n for one in training.steps[0].by_likelihood}
    assert max(above, key=above.get) == training.steps[0].pair


# The library


@settings(deadline=None)
@given(
    st.lists(st.text("ab☃", min_size=1, max_size=4), max_size=12),
    st.lists(st.text("ab☃", min_size=1, max_size=4), max_size=12),
    st.text("ab☃c", min_size=1, max_size=14),
    st.integers(5, 14),
)
def test_the_search_is_the_librarys(firsts, insides, word, longest):
    models = pytest.importorskip("tokenizers").models
    entries = ["[UNK]", *dict.fromkeys(firsts + ["##" + one for one in insides])]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    library = models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=longest)
    expected = tuple(token.value for token in library.tokenize(word))
    assert wordpiece.encode(word, vocabulary, longest=longest) == expected


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_words_and_pieces_are_those_of_the_tokenizer_that_comes_along(text):
    if any(OLD_UNICODE.category(character) == "Cn" for character in text):
        return  # the library's tables are of an older Unicode
    tokenizer = shelf.packaged("wordpiece")
    vocabulary = wordpiece.vocabulary(tokenizer)
    if any(special in text for special in ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")):
        return
    expected = tokenizer.library.encode(text, add_special_tokens=False).tokens
    words = wordpiece.words(text)
    assert [
        part for word in words for part in wordpiece.encode(word, vocabulary.entries)
    ] == expected


def test_characters_are_cut_apart_as_the_library_does():
    tokenizers = pytest.importorskip("tokenizers")
    normaliser = tokenizers.normalizers.BertNormalizer()
    splitter = tokenizers.pre_tokenizers.BertPreTokenizer()
    different = []
    for code in (*range(0x3100), *range(0x3100, 0x30000, 13)):
        character = chr(code)
        if OLD_UNICODE.category(character) not in ("Cn", "Cs", "Co"):
            changed = normaliser.normalize_str(f"a{character}b")
            found = [word for word, _ in splitter.pre_tokenize_str(changed)]
            if found != wordpiece.words(f"a{character}b"):
                different.append(code)
    # A handful of characters are in another category since that version.
    assert len(different) < 20, [hex(code) for code in different]


@settings(deadline=None, max_examples=30)
@given(st.lists(few_letters, min_size=2, max_size=30))
def test_each_merge_of_the_librarys_trainer_is_one_of_the_most_frequent(corpus):
    # Its ties may end in another way: it numbers symbols in the order of a hash table.
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=40, special_tokens=["[UNK]"], show_progress=False, min_frequency=2
    )
    tokenizer.train_from_iterator(corpus, trainer)
    made = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    made = [entry for entry, _ in made if len(entry.removeprefix("##")) > 1 and entry != "[UNK]"]
    counts = Counter(corpus)
    cuts = {word: wordpiece.symbols_of(word) for word in counts}
    for entry in made:
        tally = wordpiece.Tally(cuts, counts)
        most = max(tally.pairs.values())
        pairs = [
            pair
            for pair, count in tally.pairs.items()
            if count == most and wordpiece.joined(*pair) == entry
        ]
        if not pairs:
            break  # an entry that was made before, in another way, has no number of its own
        cuts = {word: wordpiece.merge(cut, pairs[0])[0] for word, cut in cuts.items()}
    else:
        return
    known = set(made[: made.index(entry)])
    assert any(
        wordpiece.joined(*pair) in known for pair, count in tally.pairs.items() if count == most
    )


# The tokenizer that comes along


def test_the_tokenizer_that_comes_along_makes_letters_small():
    vocabulary = wordpiece.vocabulary(shelf.packaged("wordpiece"))
    assert vocabulary.is_lower
    assert {"[UNK]", "[CLS]", "[SEP]", "the", "##ing"} <= vocabulary.entries
    assert wordpiece.most_telling(["a", "because", "the"], vocabulary.entries) == 1


# Refusals


def test_what_cannot_be_trained_or_searched_is_refused():
    with pytest.raises(ValueError, match="likelyhood"):
        wordpiece.train(["ab"], 1, criterion="likelyhood")
    with pytest.raises(ValueError, match="got -1"):
        wordpiece.train(["ab"], -1)
    with pytest.raises(ValueError, match="got none"):
        wordpiece.search("", {"a"})


def test_no_words_make_a_training_without_steps():
    training = wordpiece.train([], 5)
    assert (training.steps, training.alphabet) == ((), ())
    np.testing.assert_array_equal(training.n_tokens, [0])
