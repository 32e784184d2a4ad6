"""The page on bits per byte: the play on request, a second network, and a stored run."""

import pytest

from core.model import second, service
from core.model.service import Status
from pages.text import LANGUAGES, load_text
from tests.pages.test_pages import Absent, drawn

AT_ONCE = {"bits_per_byte", "same_bits"}
ADDRESS = {"lang": "en", "prompt": "one two three"}


def said(app):
    return " ".join(element.value for element in app.caption)


@pytest.fixture
def second_network(live, monkeypatch):
    """The loaded network once more, as if it were another one."""
    standing = second.Standing("Another/one", live.status)
    monkeypatch.setattr(second, "look", lambda: standing)
    monkeypatch.setattr(second, "service_of", lambda name: live)


def test_the_play_is_measured_when_it_is_asked_for(live, open_app):
    app = open_app("bits_per_byte", **ADDRESS)
    assert drawn(app).keys() == AT_ONCE | {"other_cuts"}
    own = drawn(app)["bits_per_byte"]["data"][0]["customdata"]
    app.segmented_control("measured_text").set_value("play").run()
    app.button("play_costs_start").click().run()
    assert not app.exception
    assert drawn(app)["bits_per_byte"]["data"][0]["customdata"] != own


def test_a_second_network_joins_in_bits_per_byte(second_network, open_app):
    app = open_app("bits_per_byte", **ADDRESS)
    bars = drawn(app)["bits_per_byte"]["data"][0]
    assert "Another/one" in bars["y"]
    assert load_text("bits_per_byte", "en")("second_network") not in said(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_the_stored_run_is_shown(open_app, monkeypatch, language):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading")))
    app = open_app("bits_per_byte", lang=language)
    assert not app.exception
    assert drawn(app).keys() == AT_ONCE
    text = load_text("bits_per_byte", language)
    assert text("ask.soon") in said(app)
    assert text("second_network") in said(app)
