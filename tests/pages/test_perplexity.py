"""The page on perplexity: the other texts, and a stored run."""

import pytest

from core.model import service
from core.model.service import Status
from pages.text import LANGUAGES, load_text
from tests.pages.test_pages import Absent, drawn

FIGURES = {"branching", "text_probability", "impossible_token", "weighted_texts"}
ADDRESS = {"lang": "en", "prompt": "one two three"}


def test_every_line_is_a_text_and_the_box_is_in_the_address(live, open_app):
    app = open_app("perplexity", **ADDRESS, other_texts="one\n\ntwo three\n")
    bars = drawn(app)["weighted_texts"]["data"][0]
    assert [row[0] for row in bars["customdata"]] == ["one two three", "one", "two three"]
    app.text_area("other_texts").set_value("four five").run()
    assert app.query_params["other_texts"] == "four five"
    assert len(drawn(app)["weighted_texts"]["data"][0]["customdata"]) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_the_stored_run_is_shown(open_app, monkeypatch, language):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading")))
    app = open_app("perplexity", lang=language)
    assert not app.exception
    assert drawn(app).keys() == FIGURES
    said = " ".join(element.value for element in app.caption)
    assert load_text("perplexity", language)("ask.soon") in said
