"""What people may type, paste or put into the address, and that nothing of it breaks a page."""

import json

import pytest

from pages.text import LANGUAGES, load_text
from pages.ui import prompt
from tests.pages.conftest import PAGES, components

SENTENCES = {
    "empty": ("", "refused.empty"),
    "one token": ("a", None),
    "only spaces": ("     ", None),
    "line breaks": ("\n\n\t\n", None),
    "emoji": ("👩‍👩‍👧‍👦 🏳️‍🌈", None),
    "right to left": ("שלום עולם مرحبا", None),
    "NUL bytes": ("a\x00b\x00", None),
    "too many tokens": ("word " * 20_000, "refused.too_long"),
    "too many characters": ("x" * 200_001, "refused.too_many_characters"),
    "HTML": ("<b>bold</b> <img src=x onerror=alert(1)>", None),
    "script": ("<script>alert(1)</script>", None),
    "Markdown": ("**a** [b](http://c) $x$ :red[d] `e` {f}", None),
    "special token": ("<|im_end|>", None),
    "unassigned": ("\u0378 \ufdd0 \U000e0001", None),
}
ADDRESSES = {
    ("attention", "layer"): ["NaN", "1e999", "-1", "999", "层", ""],
    ("attention", "head"): ["NaN", "-1", "1.5", "头"],
    ("attention", "row"): ["NaN", "1e999", "-1", "999", "二", "²", "9" * 5_000, "٣"],
    ("attention", "lens"): ["Raw", "", "镜头", "<script>alert(1)</script>"],
    ("stages", "layer"): ["NaN", "-1", "999", ""],
    ("stages", "row"): ["NaN", "-1", "999", "", "²", "9" * 5_000],
    ("stages", "key"): ["NaN", "1e999", "-1", "999", "键", "²", "9" * 5_000],
    ("atlas", "sort"): ["Layer", "", "none", "tiles", "熵"],
    ("atlas", "colour"): ["layer", "", "tiles", "<script>alert(1)</script>"],
    ("atlas", "across"): ["none", "layer", "", "NaN"],
    ("atlas", "up"): ["none", "tiles", "", "熵"],
    ("atlas", "layer"): ["NaN", "-1", "999"],
    ("lines", "heads"): ["", ",", "9,9,9", "-1", "a,b", "99", "0,99", "²", "1;2", "9" * 5_000],
    ("lines", "lens"): ["Raw", "", "镜头"],
    ("lines", "row"): ["NaN", "-1", "999", "²"],
    ("lines", "layer"): ["NaN", "-1", "999"],
    ("comparison", "joint_row"): ["NaN", "-1", "999", "²"],
    ("comparison", "pinned"): ["%00", "a", "<script>alert(1)</script>", "\u0378"],
    ("tokens", "token"): ["-1", "NaN", "99999999999999999999"],
    ("decoding", "n_new"): ["NaN", "3", "61", "1e999", "多"],
    ("decoding", "step"): ["NaN", "-1", "60", "999", "²"],
    ("decoding", "written_by"): ["", "all", "头"],
    ("sampling", "rank"): ["-1", "20", "x"],
    ("sampling", "temperature"): ["NaN", "1e999", "-1", "inf", "温度"],
    ("sampling", "top_k"): ["NaN", "-1", "1e999", "all"],
    ("sampling", "top_p"): ["NaN", "-1", "2", "1e999"],
    ("rope", "base"): ["NaN", "0", "-1", "1e999", "底数"],
    ("rope", "which_planes"): ["Spread", "", "平面", "<script>alert(1)</script>"],
    ("rope", "position"): ["NaN", "-1", "1e999", "99999", "²", "位"],
    ("rope", "pair"): ["NaN", "-1", "999", "²"],
    ("rope", "row"): ["NaN", "-1", "999", "²"],
    ("relative", "span"): ["NaN", "0", "63", "1e999", "远"],
    ("relative", "shift"): ["NaN", "-1", "64", "999", "²"],
    ("relative", "row"): ["NaN", "-1", "999", "²"],
    ("relative", "key"): ["NaN", "-1", "999", "键", "²"],
    ("pairing", "new_base"): ["NaN", "0", "-1", "1e999", "底数"],
    ("pairing", "position"): ["NaN", "-1", "1e999", "99999", "²"],
    ("pairing", "pair"): ["NaN", "-1", "999", "²"],
    ("interpolation", "extension"): ["", "YaRN", "线性", "<script>alert(1)</script>"],
    ("interpolation", "factor"): ["NaN", "0", "-1", "1e999", "5", "倍"],
    ("interpolation", "times"): ["NaN", "0", "-1", "1e999", "5"],
    ("interpolation", "turned_pair"): ["NaN", "-1", "999", "对"],
    ("interpolation", "trained_length"): ["NaN", "0", "-1", "1e999", "9" * 5_000, "²"],
    ("interpolation", "alpha"): ["NaN", "0", "-1", "1e999", "4"],
    ("interpolation", "beta"): ["NaN", "0", "-1", "1e999"],
    ("interpolation", "ramp"): ["", "steep", "论文"],
    ("interpolation", "n_left"): ["NaN", "-1", "999"],
    ("interpolation", "digits"): ["NaN", "0", "-1", "99"],
    ("switched", "switched_to"): ["", "none", "longrope", "方法"],
    ("switched", "switched_by"): ["NaN", "0", "-1", "1e999", "5"],
    ("scaling", "d_k"): ["NaN", "3", "-1", "1e999", "宽"],
    ("scaling", "n_keys"): ["NaN", "1", "257", "1e999"],
    ("scaling", "seed"): ["NaN", "-1", "1000", "1.5"],
    ("scaling", "row"): ["NaN", "-1", "999", "²"],
    ("grouped_query", "network"): ["Llama", "", "<script>alert(1)</script>", "网络"],
    ("grouped_query", "remainder"): ["maybe", "1e999"],
    ("grouped_query", "number"): ["float8", "", "-1", "数"],
    ("grouped_query", "row"): ["NaN", "-1", "999", "²"],
    ("masks", "mask"): ["none", "", "因果", "<script>alert(1)</script>"],
    ("masks", "prefix"): ["NaN", "-1", "1e999", "999"],
    ("masks", "row"): ["NaN", "-1", "999", "²"],
    ("cross_attention", "word"): ["%00", "\x00", "two words", "猫", "<b>", "x" * 5_000, "ABC", ""],
    ("cross_attention", "cross_layer"): ["NaN", "-1", "2", "1e999"],
    ("cross_attention", "cross_head"): ["NaN", "-1", "2", "头"],
    ("cross_attention", "cross_mean"): ["maybe", "1e999"],
    ("ablation", "ablated"): ["", "L0", "L99H0", "L1H1.", "L-1H0", "L²H0", "头", "L0H0.L0H0"],
    ("ablation", "ablation_kind"): ["Mean", "", "均值", "<script>alert(1)</script>"],
    ("ablation", "rank_by"): ["", "NaN", "损失"],
    ("alibi", "alibi_heads"): ["NaN", "0", "-1", "129", "1e999", "头"],
    ("alibi", "alibi_keys"): ["NaN", "17", "-1", "1e999", ""],
    ("alibi", "alibi_scores"): ["Flat", "", "得分", "<script>alert(1)</script>"],
    ("alibi", "symmetric"): ["maybe", "1e999"],
    ("alibi", "before_scale"): ["maybe", "是"],
    ("alibi", "row"): ["NaN", "-1", "999", "²"],
    ("absolute", "pe_length"): ["NaN", "0", "513", "1e999", "长"],
    ("absolute", "pe_width"): ["NaN", "3", "-1", "1e999"],
    ("absolute", "seed"): ["NaN", "-1", "1000", "1.5"],
    ("absolute", "rotated"): ["maybe", "1e999"],
    ("absolute", "causal"): ["maybe", ""],
    ("home", "lang"): ["tlh", "中文", "English", ""],
    ("home", "lecture"): ["maybe", "1e999", "是"],
    ("surprisal", "prompt"): ["%00", "\x00", "<script>alert(1)</script>"],
    ("home", "unknown"): ["1"],
}


def problems_said(app):
    return [element.value for element in app.warning] + [element.value for element in app.error]


# What is refused is said in words, so in both languages; the rest only has to be drawn.
CASES = [
    (kind, language)
    for kind, (_, refusal) in SENTENCES.items()
    for language in (LANGUAGES if refusal else ["en"])
]


@pytest.mark.parametrize("topic", PAGES)
@pytest.mark.parametrize(("kind", "language"), CASES)
def test_any_sentence_gets_a_figure_or_a_sentence(live, open_app, kind, topic, language):
    sentence, refusal = SENTENCES[kind]
    app = open_app(topic, lang=language)
    app.session_state["prompt"] = sentence
    app.run()
    assert not app.exception
    assert components(app, "glassbox_stage"), "an empty page"
    if refusal:
        start = load_text(topic, language)(refusal).split("{")[0]
        assert any(start in words for words in problems_said(app))
    elif topic != "surprisal":  # which needs two tokens
        assert problems_said(app) == []
    assert app.session_state["prompt"] == sentence, "the text was lost"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("topic", "name", "value"),
    [(*place, value) for place, values in ADDRESSES.items() for value in values],
)
def test_any_address_opens_a_page(live, open_app, topic, name, value, language):
    app = open_app(topic, **{"lang": language, name: value})
    assert not app.exception
    assert components(app, "glassbox_stage")
    if name != "prompt":
        assert problems_said(app) == []


@pytest.mark.parametrize("kind", ["prefix", "window", "padding", "cache"])
@pytest.mark.parametrize("size", ["NaN", "-1", "0", "1", "999", "1e999", "", "宽"])
def test_a_mask_of_any_size_opens_the_page(live, open_app, kind, size):
    app = open_app("masks", **{"lang": "en", "mask": kind, kind: size, "prompt": "one two three"})
    assert not app.exception
    assert components(app, "glassbox_stage")
    assert problems_said(app) == []


WORDS = {"": "empty", "  ": "empty", "two words": "not_letters", "x" * 13: "too_long"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_cannot_be_written_is_told_so(live, open_app, word, language):
    app = open_app("cross_attention", lang=language)
    app.text_input(key="word").set_value(word).run()
    assert not app.exception
    text = load_text("cross_attention", language)
    said = text(f"problem.{WORDS[word]}", longest=12, n_letters=len(word), shown="stressed")
    assert [element.value for element in app.info] == [said]
    assert any("stressed" in element.value for element in app.subheader)


VIEW_FILES = {
    "nothing": "",
    "no JSON": "{",
    "another JSON": "[1, 2]",
    "a number for a text": '{"prompt": 1, "page": "home", "address": {}}',
    "half a character": '{"prompt": "\\ud83d", "page": "home", "address": {}}',
    "a list for an address": '{"prompt": "a", "page": "home", "address": {"layer": ["1"]}}',
}


@pytest.mark.parametrize("kind", VIEW_FILES)
def test_a_file_that_is_no_view_is_refused(kind):
    with pytest.raises(ValueError):
        prompt.read_view(VIEW_FILES[kind])


@pytest.mark.parametrize("words", ["a b", "x" * 100_000, "<script>", "\x00", "换行\n"])
def test_a_view_file_brings_any_text_back(words):
    file = json.dumps({"prompt": words, "page": "home", "address": {"lang": "zh"}})
    assert prompt.read_view(file) == (words, "home", {"lang": "zh"})
