"""The pinned sentence: kept, refused, waited for, and left out of an address when it is long."""

import json

import pytest

from core.model import service
from core.model.service import Status
from pages.text import LANGUAGES, load_text
from pages.ui import pinned
from tests.pages.conftest import components
from tests.pages.test_pages import Absent, drawn, said


def metrics(app):
    return [metric.value for metric in app.metric]


def labels(app):
    return drawn(app)["pinned_difference"]["data"][0]["x"]


def test_the_default_sentences_differ(live, open_app):
    app = open_app("comparison", lang="en")
    assert app.text_area(key="pinned").value == pinned.DEFAULT
    assert any(label.startswith("−") for label in labels(app))  # the "s" of "cats"
    assert "pinned" not in app.query_params


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("sentence", "refusal"), [("", "refused.empty"), ("word " * 20_000, "refused.too_long")]
)
def test_a_pinned_sentence_that_is_refused_is_replaced_by_the_other(
    live, open_app, sentence, refusal, language
):
    app = open_app("comparison", lang=language, prompt="one two three")
    app.text_area(key="pinned").set_value(sentence).run()
    text = load_text("comparison", language)
    assert not app.exception
    assert text(refusal).split("{")[0] in said(app)
    assert text("run.beside_itself").split("{")[0] in said(app)
    assert metrics(app)[1:] == ["–", "0.000", "–"]
    assert components(app, "glassbox_stage")
    assert app.text_area(key="pinned").value == sentence, "the text was lost"


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_there_is_no_model_the_stored_run_is_compared_with_itself(
    monkeypatch, open_app, language
):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading")))
    app = open_app("comparison", lang=language)
    assert load_text("comparison", language)("run.beside_stored") in said(app)
    assert metrics(app)[1:] == ["–", "0.000", "–"]
    assert len(components(app, "glassbox_stage")) == 5


def test_the_present_sentence_can_be_pinned_and_then_edited(live, open_app):
    app = open_app("comparison", lang="en", prompt="one two three")
    app.button(key="pin").click().run()
    assert app.text_area(key="pinned").value == "one two three"
    assert app.query_params["pinned"] == "one two three"
    app.text_area(key="prompt").set_value("one two four").run()
    assert app.text_area(key="pinned").value == "one two three"
    assert metrics(app)[1] != "–"


def test_a_pinned_sentence_comes_back_by_link_in_a_lecture_too(live, open_app):
    for lecture in ("false", "true"):
        app = open_app(
            "comparison", lang="en", prompt="one two", pinned="one two three", lecture=lecture
        )
        assert any(label.startswith("−") for label in labels(app))
        assert app.query_params["pinned"] == "one two three"


def test_a_long_pinned_sentence_is_kept_but_not_in_the_address(live, open_app):
    app = open_app("comparison", lang="en")
    app.text_area(key="pinned").set_value("word " * 101).run()
    assert "pinned" not in app.query_params
    assert app.text_area(key="pinned").value == "word " * 101
    assert not app.exception


def test_of_long_texts_one_layer_is_compared_and_the_page_says_so(live, open_app):
    app = open_app("comparison", lang="en", prompt="x " * 150)
    sent = [json.loads(proto.json) for proto in components(app, "glassbox_stage")]
    assert len(sent) == 5
    assert load_text("comparison", "en")("metric.here.label") in [m.label for m in app.metric]
    assert any("only for the chosen layer" in caption.value for caption in app.caption)
