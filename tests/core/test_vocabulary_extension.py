"""Vocabulary extension against paper, its properties, and add_tokens of the library tokenizers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import tokens
from core import vocabulary_extension as extension
from core.tokenizer import shelf
from core.tokenizer.library import from_tokenizers
from core.vocabulary_extension import ADDED, OTHER, SAMPLE, SHARED, THREE, TWO, UNKNOWN, WHOLE

CHINESE = st.text("词元表语的", min_size=1, max_size=40)
MIXED = st.text("词元语 a。\n1", min_size=1, max_size=40).filter(extension.has_chinese)


@pytest.fixture(scope="module")
def bytewise():
    """A byte-level BPE that has read a little Chinese: 的 is one token, 词 two, 元 three."""
    return byte_level(["的"] * 9 + ["的的"] * 6 + ["词"] * 5, 260)


def byte_level(corpus, d_vocab, **settings):
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=d_vocab,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        **settings,
    )
    trained.train_from_iterator(corpus, trainer)
    return from_tokenizers(trained, "trained", "trained")


@pytest.fixture(scope="module")
def cl100k():
    return shelf.packaged("cl100k_base")


# On paper


def test_a_character_is_whole_shared_or_split(bytewise):
    cut = bytewise.cut("a的词元的的")
    assert [token.visible for token in cut.tokens] == [
        "a", "的", "⟨E8⟩", "⟨AF 8D⟩", "⟨E5⟩", "⟨85⟩", "⟨83⟩", "的的",
    ]  # fmt: skip
    expected = [OTHER, WHOLE, TWO, THREE, SHARED, SHARED]
    np.testing.assert_array_equal(extension.kinds(cut), expected)
    np.testing.assert_allclose(extension.costs(cut), [1, 1, 2, 3, 0.5, 0.5])
    writing = extension.writing(cut)
    assert writing.tokens_per_character == 7 / 5
    np.testing.assert_allclose(writing.shares, [0.4, 0.2, 0.2, 0.2, 0, 0])


def test_what_stands_for_unknown_text_is_unknown():
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.models.WordLevel({"[UNK]": 0, "的": 1}, unk_token="[UNK]")
    words = tokenizers.Tokenizer(model)
    words.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    cut = from_tokenizers(words, "words", "file").cut("的元")
    np.testing.assert_array_equal(extension.kinds(cut), [WHOLE, UNKNOWN])


def test_candidates_are_single_characters_and_runs_that_occur_twice():
    found = extension.candidates("词元，词元。元 表")
    assert found == {"词": [0, 3], "元": [1, 4, 6], "表": [8], "词元": [0, 3]}
    assert "元词" not in extension.candidates("词元，词元")  # not across what is not Chinese


def test_the_word_that_saves_most_is_added_first(bytewise):
    # 词 costs 2, 元 3: 词元 twice saves 2·(5 − 1); then 元 once saves 3 − 1, 词 once 2 − 1.
    found = extension.extend(bytewise, "词元的词元，元词", 9, n_shown=8)
    assert [(word.text, word.n_occurrences, word.estimate) for word in found.words] == [
        ("词元", 2, 8), ("元", 1, 2), ("词", 1, 1),
    ]  # fmt: skip
    np.testing.assert_array_equal(found.n_tokens - found.n_tokens[-1], [11, 3, 1, 0])
    np.testing.assert_array_equal(found.saved, [8, 2, 1])
    assert found.n_chinese_tokens.tolist() == [16, 8, 6, 5]
    assert found.n_characters == 7
    shown = [ADDED, ADDED, WHOLE, ADDED, ADDED, OTHER, THREE, TWO]
    np.testing.assert_array_equal(found.kinds[1], shown)


def test_added_words_are_taken_from_the_left_the_longest_first():
    cut_up = extension.parts("甲乙丙乙丙丁", ["乙丙", "甲乙", "乙丙丁"])
    assert cut_up == [("甲乙", True), ("丙", False), ("乙丙丁", True)]
    assert extension.parts("甲", []) == [("甲", False)]


def test_nothing_is_added_where_nothing_is_saved(bytewise):
    found = extension.extend(bytewise, "的，的", 9)
    assert found.words == ()
    assert len(found.n_tokens) == 1
    assert found.saved.size == 0


def test_a_long_text_begins_with_its_first_chinese_character():
    assert extension.beginning("ab词元", 9) == "ab词元"
    assert extension.beginning("ab词元cd", 3) == "词元c"


# Properties


@settings(max_examples=60, deadline=None)
@given(text=CHINESE)
def test_more_words_never_cost_more_in_chinese_text_of_whole_characters(cl100k, text):
    found = extension.extend(cl100k, text, 20)
    assert all(word.estimate > 0 for word in found.words)
    assert len({word.text for word in found.words}) == len(found.words)
    assert found.n_tokens[-1] <= found.n_tokens[0]


@settings(max_examples=60, deadline=None)
@given(text=MIXED)
def test_costs_add_up_to_the_tokens(cl100k, text):
    cut = cl100k.cut(text)
    np.testing.assert_allclose(extension.costs(cut).sum(), len(cut))
    kinds = extension.kinds(cut)
    np.testing.assert_array_equal(kinds != OTHER, tokens.is_chinese(text))
    assert extension.writing(cut).shares.sum() == pytest.approx(1)


def test_the_sample_shows_why_llama_was_extended(cl100k):
    found = extension.extend(cl100k, SAMPLE, 60)
    assert found.words[0].text == "语言模型"
    assert found.tokens_per_character[0] > 1.1
    assert found.tokens_per_character[-1] < 0.75


# Oracle


def added_by_the_library(tokenizer, words):
    tokenizers = pytest.importorskip("tokenizers")
    copy = tokenizers.Tokenizer.from_str(tokenizer.library.to_str())
    copy.add_tokens(list(words))
    return copy


def check(tokenizer, text, n_words):
    found = extension.extend(tokenizer, text, n_words)
    words = [word.text for word in found.words]
    for n_added in range(len(words) + 1):
        library = added_by_the_library(tokenizer, words[:n_added])
        assert found.n_tokens[n_added] == len(library.encode(text, add_special_tokens=False).ids)


@settings(max_examples=40, deadline=None)
@given(text=st.one_of(CHINESE, MIXED))
def test_the_counts_are_those_of_the_library_with_added_tokens(bytewise, text):
    check(bytewise, text, 6)


@settings(max_examples=100, deadline=None)
@given(
    text=st.one_of(CHINESE, MIXED),
    words=st.lists(st.text("词元语的", min_size=1, max_size=4), max_size=6, unique=True),
)
def test_any_added_words_are_cut_out_as_by_the_library(bytewise, text, words):
    library = added_by_the_library(bytewise, words)
    numbers = {library.token_to_id(word) for word in words}
    ours = []
    for part, is_added in extension.parts(text, words):
        ours += [library.token_to_id(part)] if is_added else bytewise.ids(part)
    assert ours == library.encode(text).ids
    assert numbers >= {n for n in ours if n >= bytewise.card.d_vocab}


def test_the_real_model_s_tokenizer_counts_as_the_library_does(real_model):
    check(real_model.tokenizer, SAMPLE, 20)


def test_a_start_token_is_not_counted_with_each_part():
    tokenizers = pytest.importorskip("tokenizers")
    made = byte_level(["的"] * 3, 258, special_tokens=["<s>"])
    described = json.loads(made.library.to_str())
    library = tokenizers.Tokenizer.from_str(json.dumps(described))
    library.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 0)]
    )
    check(from_tokenizers(library, "starts", "file"), "词元的词元，词元", 3)


# Refusals


def test_a_text_without_chinese_is_refused(cl100k):
    assert not extension.has_chinese("")
    with pytest.raises(ValueError, match="'abc'"):
        extension.extend(cl100k, "abc", 3)
    with pytest.raises(ValueError, match="'abc'"):
        extension.writing(cl100k.cut("abc"))


def test_only_a_byte_level_vocabulary_is_extended(cl100k):
    assert extension.suits(cl100k.card)
