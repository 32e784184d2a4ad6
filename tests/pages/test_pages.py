"""Every page in every language: live, before the model is there, by link, and in a lecture."""

import json

import pytest

from core.model import service
from core.model.service import Status
from core.model.sources import REASONS, Progress, SourceError
from pages.text import LANGUAGES, load_text
from tests.pages.conftest import PAGES, components

STORED = {"en": "stored run", "zh": "存档"}


def titles(app):
    return [title.value for title in app.title]


def drawn(app):
    """The figures of a page, by name."""
    sent = [json.loads(proto.json) for proto in components(app, "glassbox_stage")]
    return {data["name"]: json.loads(data["figure"]) for data in sent}


def said(app):
    kinds = (app.warning, app.info, app.error)
    return " ".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", PAGES)
def test_a_page_shows_the_live_run(live, open_app, topic, language):
    app = open_app(topic, lang=language)
    text = load_text(topic, language)
    assert not app.exception
    assert titles(app) == [text("title")]
    assert drawn(app)
    assert said(app) == ""
    assert not any(STORED[language] in caption.value for caption in app.caption)


class Absent:
    """A service whose model is not there."""

    wanted = "Some-Model"
    chat_template = None
    tokenizer = None

    def __init__(self, status):
        self.status = status

    def cached(self, text):
        return None

    def retry(self):
        pass


STATES = [
    Status("starting"),
    Status("fetching", Progress("fetching", 10_000_000, 92_871_040), 1e6),
    Status("converting", Progress("converting")),
    Status("loading", Progress("loading")),
    Status("stopped"),
    *(Status("failed", error=SourceError(reason, "why")) for reason in REASONS),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", STATES, ids=lambda s: s.error.reason if s.error else s.state)
def test_without_a_model_its_state_is_told_and_the_stored_run_is_on_screen(
    monkeypatch, open_app, status, language
):
    monkeypatch.setattr(service, "shared", lambda: Absent(status))
    app = open_app("attention", lang=language)
    assert not app.exception
    assert drawn(app)
    assert len(app.error) == (status.state == "failed")


# What a state looks like is the same on all pages; what they show without a model is their own.
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", PAGES)
@pytest.mark.parametrize("state", ["loading", "failed"])
def test_without_a_model_every_page_shows_the_stored_run(
    monkeypatch, open_app, state, topic, language
):
    status = next(status for status in STATES if status.state == state)
    monkeypatch.setattr(service, "shared", lambda: Absent(status))
    app = open_app(topic, lang=language)
    assert not app.exception
    assert drawn(app)
    assert len(app.error) == (state == "failed")


def test_the_stored_run_is_labelled(monkeypatch, open_app):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading", Progress("loading"))))
    app = open_app("attention", lang="en")
    assert any("stored run" in caption.value for caption in app.caption)


def test_a_sentence_that_waits_for_the_model_is_told_so(monkeypatch, open_app):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading", Progress("loading"))))
    app = open_app("attention", lang="en", prompt="Something else")
    assert "as soon as the model is here" in said(app)


@pytest.mark.parametrize("topic", PAGES)
def test_a_lecture_shows_the_figure_and_no_chrome(live, open_app, topic):
    app = open_app(topic, lang="en", lecture="true")
    assert not app.exception
    assert titles(app) == []
    assert drawn(app)
    assert not app.text_area
    assert not app.expander


def test_a_link_brings_the_view_back(live, open_app):
    app = open_app("attention", lang="zh", prompt="a b c d e f", layer="1", head="2", row="3")
    assert app.text_area(key="prompt").value == "a b c d e f"
    assert app.slider(key="layer").value == 1
    assert app.slider(key="head").value == 2
    assert "位置 3" in [element.value for element in app.subheader][1]


def test_the_view_is_in_the_address(live, open_app):
    app = open_app("attention", lang="en")
    app.text_area(key="prompt").set_value("Two words").run()
    app.slider(key="layer").set_value(0).run()
    assert app.query_params["prompt"] == "Two words"
    assert app.query_params["lang"] == "en"


def test_a_long_prompt_is_kept_but_not_in_the_address(live, open_app):
    app = open_app("tokens", lang="en")
    app.text_area(key="prompt").set_value("word " * 101).run()
    assert "prompt" not in app.query_params
    assert app.text_area(key="prompt").value == "word " * 101
    assert not app.exception


def test_an_example_becomes_the_sentence(live, open_app):
    app = open_app("home", lang="en")
    app.button(key="example_code").click().run()
    assert app.text_area(key="prompt").value.startswith("def add")


def test_another_language_keeps_the_view(live, open_app):
    app = open_app("sampling", lang="en", prompt="One two", temperature="0.5")
    app.segmented_control(key="lang").set_value("zh").run()
    assert titles(app) == [load_text("sampling", "zh")("title")]
    assert app.text_area(key="prompt").value == "One two"
    assert app.slider(key="temperature").value == 0.5


@pytest.mark.parametrize(("locale", "language"), [("zh-TW", "zh"), ("de", "en"), (None, "en")])
def test_the_browser_chooses_the_first_language(live, open_app, monkeypatch, locale, language):
    monkeypatch.setattr("pages.ui.frame.preferred_language", lambda: language)
    assert titles(open_app("home")) == [load_text("home", language)("title")]
