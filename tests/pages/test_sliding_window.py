"""The page on windows: measured on request, and what is drawn without a model."""

import pytest

from core.model import service
from core.model.service import Status
from pages.text import LANGUAGES, load_text
from tests.pages.test_pages import Absent, drawn

ADDRESS = {"lang": "en", "prompt": "one two three", "slid_most": "512", "slid_width": "64"}


def test_the_windows_are_measured_when_it_is_asked_for(live, open_app):
    app = open_app("sliding_window", **ADDRESS)
    assert drawn(app).keys() == {"sliding_windows"}
    app.button("window_bits_start").click().run()
    assert not app.exception
    figures = drawn(app)
    assert figures.keys() == {"sliding_windows", "strides", "contexts"}
    assert len(figures["strides"]["data"][1]["x"]) == 1  # the stride is the window's width


def test_a_single_token_has_no_windows_and_is_told_so(live, open_app):
    app = open_app("sliding_window", **(ADDRESS | {"prompt": "a", "slid_text": "sentence"}))
    app.button("window_bits_start").click().run()
    assert not app.exception
    assert drawn(app).keys() == {"sliding_windows"}
    assert [one.value for one in app.info] == [
        load_text("sliding_window", "en")("refused.one_token")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_the_windows_are_drawn(open_app, monkeypatch, language):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading")))
    app = open_app("sliding_window", lang=language)
    assert not app.exception
    assert drawn(app).keys() == {"sliding_windows"}
    said = " ".join(element.value for element in app.caption)
    assert load_text("sliding_window", language)("ask.soon") in said
