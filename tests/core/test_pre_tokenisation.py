import numpy as np
import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiktoken_ext import openai_public
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from core import pre_tokenisation as pre
from core.tokenizer import library, shelf, steps
from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText

# Many line ends, spaces, digits, apostrophes, capitals and signs, and now and then anything that
# has been a character for long: libraries do not all know the newest edition of Unicode.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(" \n\r\t\u00a0aAzsStrevmldD1²Ⅷ'!./<猫é\u0301ǅʰ"),
        st.characters(exclude_categories=("Cs", "Cn")),
    ),
    max_size=24,
)


def words(text, rule):
    return [text[start:stop] for start, stop, _ in pre.pieces(text, pre.RULES[rule])]


def kinds(text, rule):
    return [pre.RULES[rule][number].kind for _, _, number in pre.pieces(text, pre.RULES[rule])]


@pytest.fixture(scope="module")
def smollm():
    """The pre-tokenizer of SmolLM2, with one token that is taken out whole."""
    made = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate("abĠ12Ċ")}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    made.add_special_tokens(["<|im_end|>"])
    return library.from_tokenizers(made, "as SmolLM2", "file")


def test_a_worked_example():
    text = "I'm 12345, ok?\n\n  go"
    assert words(text, "gpt2") == ["I", "'m", " 12345", ",", " ok", "?", "\n\n ", " go"]
    assert words(text, "cl100k_base") == [
        "I",
        "'m",
        " ",
        "123",
        "45",
        ",",
        " ok",
        "?\n\n",
        " ",
        " go",
    ]
    assert words(text, "o200k_base") == ["I'm", " ", "123", "45", ",", " ok", "?\n\n", " ", " go"]
    assert kinds(text, "cl100k_base") == [
        "letters", "contraction", "spaces", "digits", "digits", "signs", "letters", "signs",
        "trailing", "letters",
    ]  # fmt: skip


def test_a_space_belongs_to_the_word_after_it_and_only_one_does():
    assert words("a  b", "gpt2") == ["a", " ", " b"]
    assert kinds("a  b", "gpt2") == ["letters", "trailing", "letters"]
    assert words("a \n b", "cl100k_base") == ["a", " \n", " b"]


def test_digits_stand_in_threes_from_the_left():
    groups = pre.digit_groups("1234567")
    assert groups["cl100k_base"] == [(0, 3), (3, 6), (6, 7)]
    assert groups["people"] == [(0, 1), (1, 4), (4, 7)]
    assert groups["digits"] == [(place, place + 1) for place in range(7)]
    assert groups["gpt2"] == [(0, 7)]


@given(number=st.from_regex(r"[0-9]{1,18}", fullmatch=True))
def test_the_groups_of_a_number_are_its_digits_and_people_write_it_with_commas(number):
    for spans in pre.digit_groups(number).values():
        assert "".join(number[start:stop] for start, stop in spans) == number
    written = ",".join(number[start:stop] for start, stop in pre.digit_groups(number)["people"])
    if number[0] != "0":
        assert written == f"{int(number):,}"


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
@example("a\n ")
@example("  5")
@example("I'S 'ſ")
def test_nothing_is_left_out_and_nothing_is_changed(text):
    for rule in pre.RULES:
        assert "".join(words(text, rule)) == text


@pytest.fixture(scope="module")
def published():
    """The patterns of tiktoken's makers, without the ranks, which would be fetched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
        names = {"gpt2": "r50k_base", "cl100k_base": "cl100k_base", "o200k_base": "o200k_base"}
        return {
            rule: openai_public.ENCODING_CONSTRUCTORS[name]()["pat_str"]
            for rule, name in names.items()
        }


@settings(max_examples=500, deadline=None)
@given(text=TEXTS)
@example("a\n ")
@example("x  \n\n\t y")
@example("'S'LL're")
def test_our_statement_cuts_as_the_published_patterns_do(published, text):
    for rule, pattern in published.items():
        found = [piece.group() for piece in regex.finditer(pattern, text)]
        assert words(text, rule) == found
        assert pre.statement(pattern) == pre.RULES[rule]


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_our_statement_cuts_as_the_libraries_do(text):
    by_digit = pre_tokenizers.Digits(individual_digits=True)
    by_word = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for rule, cutter in (("digits", by_digit), ("gpt2", by_word)):
        found = [text[slice(*span)] for _, span in cutter.pre_tokenize_str(text)]
        assert words(text, rule) == found
    if text:
        cl100k = shelf.packaged("cl100k_base")
        assert words(text, "cl100k_base") == [text[slice(*span)] for span in cl100k.pieces(text)]


@settings(max_examples=100, deadline=None)
@given(text=TEXTS.filter(bool))
def test_no_token_of_tiktoken_reaches_over_the_edge_of_a_piece(text):
    cl100k = shelf.packaged("cl100k_base")
    alone = [number for word in words(text, "cl100k_base") for number in cl100k.ids(word)]
    assert alone == cl100k.ids(text)


def test_the_steps_of_smollm_follow_each_other(smollm):
    special, digits, byte_level = pre.through("a  12 b<|im_end|>\nb", smollm)
    assert [special.words(n) for n in range(len(special))] == ["a  12 b", "<|im_end|>", "\nb"]
    assert [digits.words(n) for n in range(len(digits))] == [
        "a  ", "1", "2", " b", "<|im_end|>", "\nb",
    ]  # fmt: skip
    assert [byte_level.words(n) for n in range(len(byte_level))] == [
        "a", "  ", "1", "2", " b", "<|im_end|>", "\n", "b",
    ]  # fmt: skip
    assert digits.kind_of(1) == "digits"
    assert digits.kind_of(4) == byte_level.kind_of(5) == "special"
    assert byte_level.counts.tolist() == [0, 3, 2, 0, 1, 1]
    assert special.kind_of(0) == "unnamed"


@settings(max_examples=200, deadline=None)
@given(text=TEXTS.filter(bool))
def test_the_steps_come_to_the_librarys_pieces(smollm, text):
    last = pre.through(text, smollm)[-1]
    spans = list(zip(last.starts.tolist(), last.stops.tolist(), strict=True))
    if "<|im_end|>" not in text:
        assert spans == smollm.pieces(text)
    assert "".join(last.words(n) for n in range(len(last))) == text


def _cutting_by(pre_tokenizer):
    made = Tokenizer(models.WordLevel(vocab={"a": 0}, unk_token="a"))
    made.pre_tokenizer = pre_tokenizer
    return library.from_tokenizers(made, "made for it", "file")


def test_a_pattern_that_we_do_not_know_is_told_by_what_its_parts_take():
    llama3 = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
        r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    found = pre.statement(llama3)
    assert [one.kind for one in found] == [
        "contraction", "letters", "digits", "signs", "line_ends", "trailing", "spaces",
    ]  # fmt: skip
    assert "|".join(one.pattern for one in found) == llama3
    assert pre.top_level(r"a|[|\]]|(b|c)\||d") == ["a", r"[|\]]", r"(b|c)\|", "d"]
    tokenizer = _cutting_by(pre_tokenizers.Split(Regex(llama3), "isolated"))
    text = "It's 12345\n\n ok"
    last = pre.through(text, tokenizer)[-1]
    assert list(zip(last.starts.tolist(), last.stops.tolist(), strict=True)) == tokenizer.pieces(
        text
    )


@pytest.mark.parametrize(
    "cutter",
    [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Metaspace(), pre_tokenizers.Digits()],
)
def test_what_we_have_no_statement_of_is_cut_by_the_library(cutter):
    tokenizer = _cutting_by(cutter)
    text = "Look, 12 cats."
    *_, last = pre.through(text, tokenizer)
    assert list(zip(last.starts.tolist(), last.stops.tolist(), strict=True)) == tokenizer.pieces(
        text
    )
    assert last.alternatives == ()
    assert set(last.kinds.tolist()) == {pre.UNNAMED}


def test_without_a_cutter_the_text_is_one_piece():
    tokenizer = _cutting_by(None)
    assert steps.steps(tokenizer) == ()
    (only,) = pre.through("a b", tokenizer)
    assert only.words(0) == "a b"


def test_a_tokens_edge_may_lie_within_a_character():
    cl100k = shelf.packaged("cl100k_base")
    starts, stops = pre.edges(cl100k.cut("a猫b"))
    np.testing.assert_allclose(starts, [0, 1, 1 + 1 / 3, 1 + 2 / 3, 2])
    np.testing.assert_allclose(stops, [1, 1 + 1 / 3, 1 + 2 / 3, 2, 3])


def test_the_same_word_is_different_texts():
    cl100k = shelf.packaged("cl100k_base")
    forms = pre.variants("hello")
    assert forms == ("hello", " hello", "  hello", "\nhello", "Hello", "HELLO", " Hello")
    assert len({tuple(cl100k.ids(form)) for form in forms}) == len(forms)
    assert cl100k.ids("hello") != cl100k.ids(" hello")
    assert pre.variants("A") == ("A", " A", "  A", "\nA")


def test_what_cannot_be_cut_is_refused(smollm):
    for tokenizer in (smollm, shelf.packaged("cl100k_base")):
        with pytest.raises(EmptyText):
            pre.through("", tokenizer)
        with pytest.raises(UnusableText):
            pre.through("a\ud800", tokenizer)
        with pytest.raises(TextTooLong):
            pre.through("a" * 200_001, tokenizer)
    with pytest.raises(ValueError, match="'12a'"):
        pre.digit_groups("12a")
