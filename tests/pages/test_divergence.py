"""A and B on the page: a second text, temperatures, variants, and a second network on request."""

import time

import pytest

from core.model import second
from core.model.stored_contrast import SECOND_TEXT
from pages.text import LANGUAGES, load_text
from pages.ui import sides
from tests.pages.test_pages import drawn, said
from tests.tiny import tiny_model_folder

TEXT = "one two three"


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    second.put_away()


def names(app):
    return [element.value for element in app.subheader]


def test_a_second_text_is_compared_and_travels_in_the_address(live, open_app):
    app = open_app("divergence", lang="en", prompt=TEXT)
    assert app.text_area(key="text_b").value == SECOND_TEXT
    assert "text_b" not in app.query_params
    app.text_area(key="text_b").set_value("one four three").run()
    assert app.query_params["text_b"] == "one four three"
    assert "“one two three” · B: “one four three”" in names(app)[0]
    for lecture in ("false", "true"):
        app = open_app(
            "divergence", lang="en", prompt=TEXT, text_b="one four three", lecture=lecture
        )
        assert "four" in names(app)[0]
    app.session_state["text_b"] = "word " * 101
    app.run()
    assert "text_b" not in app.query_params


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("bad", "refusal"), [("", "empty"), ("word " * 1100, "too_long")])
def test_a_text_that_cannot_be_read_leaves_the_last_one_on_screen(
    live, open_app, language, bad, refusal
):
    text = load_text("divergence", language)
    app = open_app("divergence", lang=language, prompt=TEXT, text_b="one four three")
    app.text_area(key="text_b").set_value(bad).run()
    assert not app.exception
    assert text(f"refused.{refusal}").split("{")[0] in said(app)
    assert app.text_area(key="text_b").value == bad, "the text was lost"
    assert "four" in names(app)[0]
    assert drawn(app).keys() == {"contrast_ribbons", "contrast_tokens"}


def test_another_temperature_is_asked_for_without_another_reading(live, open_app, monkeypatch):
    app = open_app("divergence", lang="en", prompt=TEXT, sides="temperatures")
    assert names(app)[0] == "A: T = 1 · B: T = 0\\.5"
    asked = []
    ask = live.ask
    monkeypatch.setattr(
        live, "ask", lambda question, *more: asked.append(question) or ask(question, *more)
    )
    app.slider(key="temperature_b").set_value(0.0).run()
    assert [type(question).__name__ for question in asked] == ["Contrast"]
    assert any(metric.value == "∞" for metric in app.metric)


@pytest.mark.parametrize("variant", sides.divergence.VARIANTS)
def test_the_network_is_compared_with_itself_without_its_positions(live, open_app, variant):
    app = open_app("divergence", lang="en", prompt=TEXT, sides="models", other=variant)
    assert not app.exception
    assert said(app) == ""
    text = load_text("divergence", "en")
    assert text(f"variant.{variant}") in names(app)[0]
    assert bool(app.slider) == (variant == "squeezed")


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """A second network with the tokens of the first, and one with other tokens."""
    folders = {
        "same": tiny_model_folder(tmp_path / "same", "gpt2"),
        "other": tiny_model_folder(tmp_path / "other", vocab_size=420),
    }
    monkeypatch.setenv(second.VARIABLE, ",".join(map(str, folders.values())))
    return folders


def loaded(app):
    """The page once the network that was asked for is there."""
    app.button(key="second_fetch").click().run()
    end = time.monotonic() + 60
    while second.look().state != "ready":
        assert time.monotonic() < end, second.look()
        time.sleep(0.05)
    return app.run()


def test_a_second_network_is_loaded_on_request_and_compared(live, offered, open_app):
    app = open_app("divergence", lang="en", prompt=TEXT, sides="models", other="same")
    assert "same" in said(app)
    assert names(app)[0] == "A: T = 1 · B: T = 0\\.5", "meanwhile"
    app = loaded(app)
    assert not app.exception
    assert said(app) == ""
    assert names(app)[0].endswith("B: same")
    assert any("You asked for it" in caption.value for caption in app.caption)
    # Another visitor is told that it is not theirs, and that asking for another puts it away.
    visitor = open_app("divergence", lang="en", prompt=TEXT, sides="models", other="same")
    assert any("Another visitor" in caption.value for caption in visitor.caption)
    visitor = open_app("divergence", lang="en", prompt=TEXT, sides="models", other="other")
    assert "as another visitor asked" in said(visitor)
    visitor = loaded(visitor)
    assert drawn(visitor).keys() == {"contrast_bytes"}
    assert "different sets" in said(visitor)
    # For the first one its network is there no more; what is known of it is not lost on the way.
    again = app.run()
    assert not again.exception
    assert "is not loaded" in said(again)
    assert drawn(again).keys() == {"contrast_ribbons", "contrast_tokens"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_that_cannot_be_had_is_told_so(live, offered, open_app, language, monkeypatch):
    monkeypatch.setattr(second, "LARGEST", 10)
    app = open_app("divergence", lang=language, prompt=TEXT, sides="models", other="same")
    app.button(key="second_fetch").click().run()
    end = time.monotonic() + 60
    while second.look().state != "failed":
        assert time.monotonic() < end
        time.sleep(0.05)
    app.run()
    problem = load_text("divergence", language)("second.problem.too_large", name="same", limit=2.0)
    assert problem in said(app)
    assert drawn(app)
    monkeypatch.setattr(second, "LARGEST", 10**9)
    app.button(key="second_retry").click().run()
    assert not app.exception


def test_every_reason_has_its_words():
    for reason in (*second.sources.REASONS, "too_large"):
        for language in LANGUAGES:
            text = load_text("divergence", language)
            assert "x" in text(f"second.problem.{reason}", name="x", limit=2.0)


def test_a_host_can_offer_nothing(live, open_app, monkeypatch):
    monkeypatch.setenv(second.VARIABLE, "off")
    app = open_app("divergence", lang="en", sides="models", other="openai-community/gpt2")
    assert app.selectbox(key="other").value == sides.divergence.VARIANTS[0]
    assert app.selectbox(key="other").options == [
        load_text("divergence", "en")(f"variant.{one}") for one in sides.divergence.VARIANTS
    ]
