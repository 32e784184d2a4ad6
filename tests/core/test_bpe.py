"""BPE against paper, its properties, and the libraries tokenizers and tiktoken."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import bpe
from core.tokenizer import shelf
from core.tokenizer.library import from_tokenizers
from core.tokenizer.spelling import ALPHABET

SENNRICH = {"low_": 5, "lower_": 2, "newest_": 6, "widest_": 3}
TRICKY = [
    "a", " ", "  \t\n", "aaaaaaa", "abababab", "naïve café", "你好，世界", "鑫森淼焱垚", "👩‍👩‍👧🌈",
    "שלום עולם", "e\u0301\u0302", "\x00\x01", "\u0378\U000e0001", "don't we'll", "1234567890",
    "tokenization unbelievably", "if (x==0) {\n    return;\n}",
]  # fmt: skip
few_letters = st.text("ab", min_size=1, max_size=12)
letters = st.text("abcde é", min_size=1, max_size=10)
any_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
corpora = st.one_of(
    st.lists(few_letters, min_size=1, max_size=8),
    st.lists(letters, min_size=1, max_size=30),
    st.lists(any_text, min_size=1, max_size=6),
)


def pairs_of(training):
    return [step.pair for step in training.steps]


# On paper


def test_the_first_merges_of_the_example_of_sennrich():
    training = bpe.train(SENNRICH, 4)
    assert pairs_of(training) == [("e", "s"), ("t", "_"), ("es", "t_"), ("l", "o")]
    assert [step.count for step in training.steps] == [9, 9, 9, 7]
    # Three pairs stand there nine times. The paper goes on with (es, t): any rule for ties will do.
    assert training.steps[0].top[1:3] == (
        bpe.PairCount(("s", "t"), 9),
        bpe.PairCount(("t", "_"), 9),
    )
    assert training.cut("newest_", 3) == ("n", "e", "w", "est_")
    assert training.cut("newest_", 0) == tuple("newest_")
    assert training.cut("low_", 4) == ("lo", "w", "_")


def test_a_merge_takes_from_the_left_and_leaves_what_is_left_over():
    training = bpe.train(["aaaaa"], 9)
    # aaaaa: the pair (a, a) stands there four times, and is merged twice.
    assert (training.steps[0].pair, training.steps[0].count) == (("a", "a"), 4)
    assert training.cut("aaaaa", 1) == ("aa", "aa", "a")
    assert len(training.steps) == 1  # what is left occurs once each: nothing is saved any more
    assert [found.count for found in training.top_after] == [1, 1]


def test_old_symbols_stay_and_the_new_one_is_added():
    training = bpe.train(SENNRICH, 3)
    assert training.vocabulary == (*sorted("lowernstid_"), "es", "t_", "est_")
    assert [step.n_vocab for step in training.steps] == [12, 13, 14]
    np.testing.assert_array_equal(training.n_vocab, [11, 12, 13, 14])


def test_of_equally_frequent_pairs_the_one_with_the_smaller_numbers_is_merged():
    assert pairs_of(bpe.train(["bc", "ab", "ba"], 3, least_count=1)) == [
        ("a", "b"), ("b", "a"), ("b", "c"),
    ]  # fmt: skip
    # A symbol that was made has a larger number than the alphabet, whatever it spells.
    made_first = bpe.train({"ab": 9, "zy": 2, "abc": 2}, 2)
    assert pairs_of(made_first) == [("a", "b"), ("z", "y")]


def test_encoding_goes_by_rank_and_not_by_length():
    ranks = {("b", "c"): 0, ("a", "b"): 1, ("bc", "d"): 2, ("ab", "c"): 3}
    encoding = bpe.encode("abcd", bpe.by_pair(ranks))
    assert encoding.cut() == ("a", "bcd")
    assert [(m.rank, m.start, m.left, m.right) for m in encoding.merges] == [
        (0, 1, "b", "c"), (2, 1, "bc", "d"),
    ]  # fmt: skip
    assert encoding.cut(1) == ("a", "bc", "d")
    vocabulary = bpe.Vocabulary(bpe.by_pair(ranks), {"ab", "bc", "bcd", "abc"}, 3)
    assert bpe.longest_match("abcd", vocabulary) == ("abc", "d")
    assert vocabulary.differs("abcd")
    assert not vocabulary.differs("bcd")


def test_any_two_parts_that_make_an_entry_are_merged_where_results_are_ranked():
    ranks = {b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4, b"abc": 5}
    assert bpe.encode(b"abc", bpe.by_result(ranks)).cut() == (b"abc",)
    assert bpe.encode(b"abc", bpe.by_pair({(b"b", b"c"): 3, (b"ab", b"c"): 5})).cut() == (
        b"a", b"bc",
    )  # fmt: skip


def test_a_word_keeps_the_space_before_it():
    parts = ["The", " cat", ",", " 2", " cats", "!", " ", " End", "\n"]
    assert bpe.words("The cat, 2 cats!  End\n") == parts
    assert bpe.words("") == []


# Properties


@settings(deadline=None)
@given(corpora, st.integers(0, 30))
def test_a_cut_joined_is_the_word_and_the_counts_are_those_of_the_cuts(corpus, n_merges):
    training = bpe.train(corpus, n_merges)
    counts = Counter(corpus)
    for n_made in {0, 1, len(training.steps)}:
        cuts = {word: training.cut(word, n_made) for word in counts}
        assert all("".join(cut) == word for word, cut in cuts.items())
        if n_made <= len(training.steps):
            n_tokens = sum(len(cut) * counts[word] for word, cut in cuts.items())
            assert training.n_tokens[n_made] == n_tokens
            pairs, _ = bpe.count_pairs({w: list(c) for w, c in cuts.items()}, counts)
            top = training.top(n_made)
            assert all(pairs[found.pair] == found.count for found in top)
            assert max(pairs.values(), default=0) == (top[0].count if top else 0)


@settings(deadline=None)
@given(corpora, st.integers(0, 30))
def test_encoding_with_the_first_ranks_is_the_cut_at_that_step(corpus, n_merges):
    training = bpe.train(corpus, n_merges)
    for n_made in {1, len(training.steps) // 2, len(training.steps)}:
        first = {pair: rank for pair, rank in training.merges.items() if rank < n_made}
        for word in training.counts:
            assert bpe.encode(word, bpe.by_pair(first)).cut() == training.cut(word, n_made)


@settings(deadline=None)
@given(corpora)
def test_a_symbol_is_made_in_one_way_only(corpus):
    vocabulary = bpe.train(corpus, 60, least_count=1).vocabulary
    assert len(set(vocabulary)) == len(vocabulary)


@settings(deadline=None)
@given(corpora)
def test_no_merge_costs_tokens_and_the_best_count_is_what_it_saves_at_most(corpus):
    training = bpe.train(corpus, 40)
    saved = -np.diff(training.n_tokens)
    assert all(0 < n <= step.count for n, step in zip(saved, training.steps, strict=True))


@settings(deadline=None)
@given(any_text)
def test_longest_match_gives_the_word_back(word):
    raw = word.encode()
    vocabulary = bpe.vocabulary(shelf.packaged("cl100k_base"))
    parts = bpe.longest_match(raw, vocabulary)
    assert b"".join(parts) == raw
    assert all(part in vocabulary.entries for part in parts)
    edges = np.cumsum([0, *map(len, parts)])
    for start, stop in pairwise(edges):  # nothing longer goes on from there
        assert not any(
            raw[start:end] in vocabulary.entries for end in range(stop + 1, len(raw) + 1)
        )


@settings(deadline=None)
@given(any_text, st.integers(4, 20))
def test_the_beginning_of_a_word_holds_whole_characters(word, most):
    found = bpe.beginning(word.encode(), most)
    assert word.startswith(found.decode())
    assert len(found) <= most
    longer = word[: len(found.decode()) + 1]
    assert longer == found.decode() or len(longer.encode()) > most


# Oracles


def trained_by_the_library(corpus, d_vocab, least_count, alphabet=()):
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=d_vocab,
        min_frequency=least_count,
        show_progress=False,
        initial_alphabet=list(alphabet),
    )
    trained.train_from_iterator(corpus, trainer)  # no pre-tokeniser: each text is one word
    return trained


def merges_of(trained):
    import json

    return [tuple(pair) for pair in json.loads(trained.to_str())["model"]["merges"]]


@settings(deadline=None, max_examples=300)
@given(corpora, st.integers(0, 40), st.integers(0, 4))
def test_training_is_the_librarys(corpus, n_merges, least_count):
    training = bpe.train(corpus, n_merges, least_count=max(1, least_count))
    d_vocab = len(training.alphabet) + n_merges
    trained = trained_by_the_library(corpus, d_vocab, least_count)
    assert pairs_of(training) == merges_of(trained)
    by_number = sorted(trained.get_vocab().items(), key=lambda entry: entry[1])
    assert training.vocabulary == tuple(symbol for symbol, _ in by_number)
    for word in training.counts:
        assert training.cut(word, n_merges) == tuple(trained.encode(word).tokens)


@settings(deadline=None, max_examples=100)
@given(st.lists(any_text, min_size=1, max_size=8), st.integers(0, 40))
def test_training_on_bytes_is_the_librarys(corpus, n_merges):
    tokenizers = pytest.importorskip("tokenizers")
    drawn_as = {byte: drawn for drawn, byte in ALPHABET.items()}
    drawn = ["".join(drawn_as[byte] for byte in word.encode()) for word in corpus]
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trained = trained_by_the_library(drawn, 256 + n_merges, 2, alphabet)
    training = bpe.train([word.encode() for word in corpus], n_merges)
    spelled = [
        tuple(bytes(ALPHABET[letter] for letter in part) for part in pair)
        for pair in merges_of(trained)
    ]
    assert pairs_of(training) == spelled
    assert len(training.alphabet) == 256


def byte_level(corpus, d_vocab):
    """A byte-level BPE as the library trains one, asked as the pages ask theirs."""
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=d_vocab,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    trained.train_from_iterator(corpus, trainer)
    return from_tokenizers(trained, "trained", "trained")


@pytest.fixture(scope="module")
def pairwise_tokenizer():
    return byte_level([*TRICKY, "the cat sat on the mat", "你好世界你好吗", *SENNRICH] * 3, 420)


def encoded(tokenizer, text):
    """The text's parts and the byte after each, by our encoding of its pieces."""
    rule = bpe.vocabulary(tokenizer).rule
    parts = [
        part
        for start, stop in tokenizer.pieces(text)
        for part in bpe.encode(text[start:stop].encode(), rule).cut()
    ]
    return parts, np.cumsum([len(part) for part in parts])


def compare(tokenizer, text):
    parts, stops = encoded(tokenizer, text)
    cut = tokenizer.cut(text)
    assert parts == [token.bytes for token in cut.tokens]
    np.testing.assert_array_equal(stops, cut.byte_stops)


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_texts_are_encoded_as_by_the_libraries(pairwise_tokenizer, text):
    compare(pairwise_tokenizer, text)
    compare(shelf.packaged("cl100k_base"), text)


@settings(max_examples=150, deadline=None)
@given(st.one_of(any_text, letters, few_letters))
def test_any_text_is_encoded_as_by_tiktoken(text):
    compare(shelf.packaged("cl100k_base"), text)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(any_text, letters, few_letters))
def test_any_text_is_encoded_as_by_tokenizers(pairwise_tokenizer, text):
    compare(pairwise_tokenizer, text)


@settings(max_examples=100, deadline=None)
@given(
    merges=st.lists(st.tuples(few_letters, few_letters), max_size=12, unique=True),
    word=st.text("ab", min_size=1, max_size=20),
)
def test_merges_in_any_order_are_made_as_in_the_library(merges, word):
    tokenizers = pytest.importorskip("tokenizers")
    # Ranks that no training would give: what a merge leads to may be merged earlier than itself.
    vocabulary = {"a": 0, "b": 1}
    for symbol in (part for pair in merges for part in (*pair, "".join(pair))):
        vocabulary.setdefault(symbol, len(vocabulary))
    library = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    assert bpe.encode(word, bpe.by_pair(ranks)).cut() == tuple(library.encode(word).tokens)


def test_tricky_texts_are_encoded_as_by_the_real_model_s_tokenizer(real_model):
    for text in TRICKY:
        compare(real_model.tokenizer, text)


def test_the_known_example_differs_from_the_longest_match(real_model):
    for tokenizer in (real_model.tokenizer, shelf.packaged("cl100k_base")):
        vocabulary = bpe.vocabulary(tokenizer)
        assert vocabulary.differs(bpe.EXAMPLE)
        assert bpe.longest_match(bpe.EXAMPLE, vocabulary) == (b" Some", b"time")


# Refusals


def test_only_a_byte_level_bpe_has_a_vocabulary_of_merges():
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(ValueError, match="words is no byte-level BPE"):
        bpe.vocabulary(from_tokenizers(words, "words", "file"))


def test_another_unit_is_refused():
    with pytest.raises(ValueError, match="'words'"):
        bpe.words("a", "words")


def test_a_negative_number_of_merges_is_refused():
    with pytest.raises(ValueError, match="-1"):
        bpe.train(["ab"], -1)


def test_a_corpus_beyond_its_alphabet_is_refused():
    with pytest.raises(ValueError, match="'c'"):
        bpe.train(["abc"], 1, alphabet="ab")


def test_a_corpus_without_pairs_has_no_steps():
    for corpus in ([], ["a"], {"ab": 0}):
        training = bpe.train(corpus, 5)
        assert training.steps == ()
        assert training.top(0) == ()
