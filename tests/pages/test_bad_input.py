"""What people may type, paste or put into the address, and that nothing of it breaks a page."""

import pytest

from pages.text import LANGUAGES, load_text
from tests.pages.conftest import PAGES, components

SENTENCES = {
    "empty": ("", "refused.empty"),
    "one token": ("a", None),
    "only spaces": ("     ", None),
    "line breaks": ("\n\n\t\n", None),
    "emoji": ("👩‍👩‍👧‍👦 🏳️‍🌈", None),
    "right to left": ("שלום עולם مرحبا", None),
    "NUL bytes": ("a\x00b\x00", None),
    "lone surrogate": ("half \ud83d of it", "refused.unusable"),
    "too many tokens": ("word " * 20_000, "refused.too_long"),
    "too many characters": ("x" * 200_001, "refused.too_many_characters"),
    "HTML": ("<b>bold</b> <img src=x onerror=alert(1)>", None),
    "script": ("<script>alert(1)</script>", None),
    "Markdown": ("**a** [b](http://c) $x$ :red[d] `e` {f}", None),
    "special token": ("<|im_end|>", None),
    "unassigned": ("\u0378 \ufdd0 \U000e0001", None),
}
ADDRESSES = {
    "layer": ["NaN", "1e999", "-1", "999", "层", ""],
    "head": ["NaN", "-1", "1.5", "头"],
    "row": ["NaN", "1e999", "-1", "999", "二", "²"],
    "token": ["-1", "NaN", "99999999999999999999"],
    "rank": ["-1", "20", "x"],
    "temperature": ["NaN", "1e999", "-1", "inf", "温度"],
    "top_k": ["NaN", "-1", "1e999", "all"],
    "top_p": ["NaN", "-1", "2", "1e999"],
    "base": ["NaN", "0", "-1", "1e999", "底数"],
    "lang": ["tlh", "中文", "English", ""],
    "lecture": ["maybe", "1e999", "是"],
    "prompt": ["%00", "\x00", "<script>alert(1)</script>"],
    "unknown": ["1"],
}


def problems_said(app):
    return [element.value for element in app.warning] + [element.value for element in app.error]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", SENTENCES)
def test_any_sentence_gets_a_figure_or_a_sentence(live, open_app, kind, page, language):
    sentence, refusal = SENTENCES[kind]
    app = open_app(page, lang=language)
    app.session_state["prompt"] = sentence
    app.run()
    assert not app.exception
    assert components(app, "glassbox_stage"), "an empty page"
    if refusal:
        start = load_text(page, language)(refusal).split("{")[0]
        assert any(start in words for words in problems_said(app))
    elif page != "surprisal":  # which needs two tokens
        assert problems_said(app) == []
    assert app.session_state["prompt"] == sentence, "the text was lost"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ADDRESSES.items() for value in values]
)
def test_any_address_opens_a_page(live, open_app, name, value, language):
    for page in PAGES:
        app = open_app(page, **{"lang": language, name: value})
        assert not app.exception, page
        assert components(app, "glassbox_stage"), page
        assert problems_said(app) == [], page
