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
    ("attention", "row"): ["NaN", "1e999", "-1", "999", "二", "²"],
    ("tokens", "token"): ["-1", "NaN", "99999999999999999999"],
    ("sampling", "rank"): ["-1", "20", "x"],
    ("sampling", "temperature"): ["NaN", "1e999", "-1", "inf", "温度"],
    ("sampling", "top_k"): ["NaN", "-1", "1e999", "all"],
    ("sampling", "top_p"): ["NaN", "-1", "2", "1e999"],
    ("rope", "base"): ["NaN", "0", "-1", "1e999", "底数"],
    ("home", "lang"): ["tlh", "中文", "English", ""],
    ("home", "lecture"): ["maybe", "1e999", "是"],
    ("surprisal", "prompt"): ["%00", "\x00", "<script>alert(1)</script>"],
    ("home", "unknown"): ["1"],
}


def problems_said(app):
    return [element.value for element in app.warning] + [element.value for element in app.error]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", PAGES)
@pytest.mark.parametrize("kind", SENTENCES)
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
