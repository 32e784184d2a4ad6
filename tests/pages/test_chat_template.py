"""The conversation as visitors write it, and templates that are missing or do not take it."""

import json

import pytest

from core.model import chat, service
from pages.text import LANGUAGES, load_text
from pages.ui import conversation
from tests.pages.conftest import components


def tokens_of(app):
    (sent,) = [
        data
        for data in (json.loads(one.json) for one in components(app, "glassbox_stage"))
        if data["name"] == "chat_tokens"
    ]
    return json.loads(sent["figure"])["data"][0]["text"]


def kept(app):
    return json.loads(app.session_state[conversation.KEY])


@pytest.fixture
def app(live, open_app):
    return open_app("chat_template", lang="en")


def test_what_is_typed_is_in_the_tokens_and_in_the_address(app):
    app.text_area(key="turn_0").set_value("<b>one</b>").run()
    assert not app.exception
    assert kept(app)[0] == ["user", "<b>one</b>"]
    assert "&lt;" in "".join(tokens_of(app))
    assert json.loads(app.query_params[conversation.KEY]) == kept(app)
    app.button(key="turns_restore").click().run()
    assert kept(app) == [[turn.role, turn.content] for turn in chat.DEFAULT]
    assert conversation.KEY not in app.query_params


def test_turns_come_and_go(app):
    for _ in range(3):
        app.button(key="turns_add").click().run()
    assert len(kept(app)) == conversation.MOST_TURNS
    assert app.button(key="turns_add").disabled
    app.selectbox(key="role_0").set_value("system").run()
    assert kept(app)[0][0] == "system"
    for _ in range(conversation.MOST_TURNS - 1):
        app.button(key="turns_remove").click().run()
    assert len(kept(app)) == 1
    assert app.button(key="turns_remove").disabled
    assert not app.exception


def test_the_trap_types_the_templates_own_marks(app):
    app.button(key="turns_trap").click().run()
    assert "<|endoftext|>" in kept(app)[2][1]
    injected = load_text("chat_template", "en")("metric.n_injected.label")
    (metric,) = [one for one in app.metric if one.label == injected]
    assert metric.value == "1"
    before = kept(app)
    app.button(key="turns_trap").click().run()
    assert kept(app) == before, "twice is no more than once"


def test_the_conversation_becomes_the_sentence(app):
    app.button(key="use_conversation").click().run()
    assert app.session_state["prompt"].startswith("user: " + chat.DEFAULT[0].content)
    assert not app.exception


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["x" * 200_001, "\x00", "", "👩‍👩‍👧", "שלום", "e\u0301"])
def test_any_words_get_their_tokens_or_a_sentence(live, open_app, words, language):
    app = open_app("chat_template", lang=language)
    app.text_area(key="turn_0").set_value(words).run()
    assert not app.exception
    assert tokens_of(app)
    assert kept(app)[0][1] == words, "the text was lost"
    assert bool(app.warning) == (len(words) > 200_000)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_without_a_template_is_told_so(live, open_app, monkeypatch, language):
    monkeypatch.setattr(service.Service, "chat_template", None)
    app = open_app("chat_template", lang=language)
    text = load_text("chat_template", language)
    said = text("instead.no_template", name=live.wanted, shown=chat.stored().model_name)
    assert [element.value for element in app.info] == [said]
    assert tokens_of(app)
    assert app.button(key="turns_trap").disabled


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_that_refuses_is_told_in_its_own_words(live, open_app, monkeypatch, language):
    strict = chat.ChatTemplate("{{ raise_exception('roles must alternate, *always*') }}", {})
    monkeypatch.setattr(service.Service, "chat_template", strict)
    app = open_app("chat_template", lang=language)
    (warning,) = app.warning
    assert r"roles must alternate, \*always\*" in warning.value
    assert tokens_of(app)
