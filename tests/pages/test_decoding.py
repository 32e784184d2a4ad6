"""The page on writing: what it says and shows when the network ends, at once or later."""

import json

import pytest

from core.model import generating, service, sources
from core.model.questions import Continuation
from core.model.service import Service
from pages.text import LANGUAGES, load_text
from pages.ui.page import as_passage
from tests.pages.conftest import components


def sent(app):
    found = (json.loads(proto.json) for proto in components(app, "glassbox_stage"))
    return {data["name"]: data for data in found}


def drawn(app, name):
    return json.loads(sent(app)[name]["figure"])


def said(app):
    return [element.value for element in app.caption]


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_many_tokens_are_written_as_were_asked_for(live, open_app, language):
    app = open_app("decoding", lang=language, prompt="one two three", n_new="6", layer="1")
    assert not app.exception
    assert len(drawn(app, "writing")["frames"]) == 6
    assert load_text("decoding", language)("outcome.asked", n_new=6) in said(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_that_ends_at_once_is_told_so_and_its_map_still_shown(
    live, open_app, monkeypatch, language
):
    monkeypatch.setattr(generating, "end_tokens", lambda model: set(range(400)))
    app = open_app("decoding", lang=language, prompt=f"ends at once {language}")
    assert not app.exception
    assert load_text("decoding", language)("outcome.nothing", n_new=16) in said(app)
    assert not drawn(app, "writing").get("frames")
    assert sent(app)["written_map"]["maps"]
    assert len(drawn(app, "written_shares")["data"][0]["x"]) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_that_ends_by_itself_is_told_so(live, open_app, monkeypatch, language):
    words = f"ends later {language}"
    written = [step[0] for step in live.ask(Continuation(words, 5)).candidates]
    last = written[-1]
    monkeypatch.setattr(generating, "end_tokens", lambda model: {last})
    app = open_app("decoding", lang=language, prompt=words, n_new="12")
    assert not app.exception
    n_written = written.index(last)
    key = "outcome.ended" if n_written else "outcome.nothing"
    assert load_text("decoding", language)(key, n_written=n_written) in said(app)


def test_the_step_of_a_link_is_the_one_that_is_shown(live, open_app):
    link = {"lang": "en", "prompt": "one two three", "n_new": "6"}
    app = open_app("decoding", **link, step="2")
    assert sent(app)["writing"]["step"] == 2
    whole = open_app("decoding", **link)
    assert sent(whole)["writing"]["step"] == 5
    assert sent(whole)["writing"]["figure"] == sent(app)["writing"]["figure"]


def test_heads_and_their_mean_are_two_pictures(live, open_app):
    link = {"lang": "en", "prompt": "one two three", "n_new": "4"}
    of_head, of_layer = (
        sent(open_app("decoding", **link, written_by=by))["written_map"]["maps"]
        for by in ("head", "layer")
    )
    assert of_head != of_layer


@pytest.mark.parametrize(
    ("plain", "marked", "expected"),
    [
        ("it was", " very", "it was:orange[ **very**]"),
        ("it", ", so", "it:orange[**, so**]"),
        ("it\n    x", "", "it  \nx"),
        ("it", "\n\nand ", "it  \n  \n:orange[**and** ]"),
        ("*a*", "**b**", r"\*a\*:orange[**\*\*b\*\***]"),
        ("a\n===", "", "a  \n" + r"\=\=\="),
        ("", "", ""),
    ],
)
def test_a_passage_is_shown_as_it_is(plain, marked, expected):
    assert as_passage(plain, marked) == expected


def test_of_a_long_sentence_the_end_is_shown():
    assert as_passage("a" * 500, "b") == "…" + "a" * 400 + ":orange[**b**]"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_the_stored_run_shows_the_step_to_come(
    tmp_path, monkeypatch, open_app, language
):
    absent = Service(choose=lambda: sources.Folder(tmp_path / "nothing here"))
    monkeypatch.setattr(service, "shared", lambda: absent)
    app = open_app("decoding", lang=language, step="3")
    assert not app.exception
    assert load_text("decoding", language)("outcome.waiting") in said(app)
    assert not drawn(app, "writing").get("frames")
    assert sent(app)["writing"]["step"] is None
    assert sent(app).keys() == {"writing", "written_map", "written_shares"}
    assert app.query_params["step"] == "3", "the step of the link was lost"
