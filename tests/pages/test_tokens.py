"""The tokens page: which tokenizers stand side by side, what is typed, what is clicked."""

import json
import time

import pytest

from core.storage.fetching import SourceError
from core.tokenizer import shelf, written
from core.tokenizer.refusals import EmptyText
from pages.text import LANGUAGES, load_text
from tests.core.tokenizer.test_shelf import Slow
from tests.pages.conftest import components

USUAL = ["model", *shelf.coming_along()]


def panes(app):
    (sent,) = components(app, "glassbox_splits")
    return {pane["code"]: pane for pane in json.loads(sent.json)["panes"]}


def counts(app):
    return {code: pane["count"] for code, pane in panes(app).items()}


def said(app):
    kinds = (app.warning, app.info, app.error)
    return " ".join(element.value for kind in kinds for element in kind)


@pytest.fixture
def slow(monkeypatch):
    """A tokenizer that is fetched from nowhere, as the test says."""
    source = Slow()
    monkeypatch.setitem(shelf.FETCHED, "bert", source)
    shelf._fetched.pop("bert", None)
    yield source
    source.outcome = source.outcome or SourceError("failed", "the test is over")
    end = time.monotonic() + 5
    while shelf.look("bert").state == "on_its_way" and time.monotonic() < end:
        time.sleep(0.01)
    shelf._fetched.pop("bert", None)


def until(state):
    for _ in range(500):
        if shelf.look("bert").state == state:
            return
        time.sleep(0.01)
    raise TimeoutError


def test_all_that_come_along_stand_side_by_side(live, open_app):
    app = open_app("tokens", lang="en", prompt="one two")
    assert list(panes(app)) == USUAL
    assert "tokenizers" not in app.query_params
    assert panes(app)["cl100k_base"]["count"] == "2 tokens"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("cl100k_base", ["cl100k_base"]),
        ("cl100k_base,model", ["model", "cl100k_base"]),
        ("nonsense,unigram,cl100k_base,unigram", ["cl100k_base", "unigram"]),
        ("nonsense", USUAL),
        (",", USUAL),
        ("file-12345678", USUAL),
        ("none", ["cl100k_base"]),
    ],
)
def test_a_link_chooses_the_tokenizers_that_there_are(live, open_app, words, codes):
    app = open_app("tokens", lang="en", tokenizers=words)
    assert not app.exception
    assert list(panes(app)) == codes
    assert app.warning == []


def test_a_choice_is_kept_in_the_address(live, open_app):
    app = open_app("tokens", lang="en")
    app.pills(key="tokenizers").set_value(["model"]).run()
    assert app.query_params["tokenizers"] == "model"
    app.pills(key="tokenizers").set_value([]).run()
    assert app.query_params["tokenizers"] == "none"
    assert "No tokenizer is chosen" in said(app)
    app.pills(key="tokenizers").set_value(USUAL).run()
    assert "tokenizers" not in app.query_params


def test_without_the_model_its_pane_is_announced(monkeypatch, open_app):
    from core.model import service
    from core.model.service import Status
    from tests.pages.test_pages import Absent

    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading")))
    app = open_app("tokens", lang="en")
    assert list(panes(app)) == USUAL[1:]
    assert "joins in with the model" in said(app)


def test_what_a_link_names_is_fetched_only_on_request(live, open_app, slow):
    app = open_app("tokens", lang="en", tokenizers="cl100k_base,bert")
    assert list(panes(app)) == ["cl100k_base"]
    assert "not here yet" in said(app)
    assert slow.prepared == 0
    app.button(key="fetch_bert").click().run()
    assert slow.prepared == 1
    slow.outcome = shelf.packaged("cl100k_base")
    until("here")
    app.run()
    assert list(panes(app)) == ["cl100k_base", "bert"]
    assert said(app) == ""


def test_what_is_chosen_is_fetched_with_progress(live, open_app, slow):
    app = open_app("tokens", lang="en", tokenizers="cl100k_base")
    app.pills(key="tokenizers").set_value(["cl100k_base", "bert"]).run()
    assert not app.exception
    assert slow.prepared == 1
    assert list(panes(app)) == ["cl100k_base"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["no_network", "not_found", "wrong_hash", "failed", "disk_full"])
def test_what_cannot_be_fetched_is_said_and_the_rest_goes_on(
    live, open_app, slow, reason, language
):
    slow.outcome = SourceError(reason, "why")
    app = open_app("tokens", lang=language, tokenizers="cl100k_base")
    app.pills(key="tokenizers").set_value(["cl100k_base", "bert"]).run()
    until("failed")
    app.run()
    text = load_text("tokens", language)
    said = text(f"tokenizer_problem.{reason}", name="slow", place="slow", limit=50)
    assert [warning.value for warning in app.warning] == [said]
    assert list(panes(app)) == ["cl100k_base"]
    slow.outcome = shelf.packaged("cl100k_base")
    app.button(key="fetch_bert").click().run()
    until("here")
    app.run()
    assert list(panes(app)) == ["cl100k_base", "bert"]


def test_what_is_typed_is_followed_before_the_box_hands_it_over(live, open_app):
    app = open_app("tokens", lang="en", prompt="one two", tokenizers="cl100k_base")
    app.session_state["typed"] = "one two", "one two three"
    app.run()
    assert panes(app)["cl100k_base"]["count"] == "3 tokens"
    assert app.query_params["prompt"] == "one two"
    app.text_area(key="prompt").set_value("one").run()
    assert panes(app)["cl100k_base"]["count"] == "1 tokens"
    # Typing what was there before must not bring back what was typed then.
    app.text_area(key="prompt").set_value("one two").run()
    assert panes(app)["cl100k_base"]["count"] == "2 tokens"


def test_an_example_counts_for_more_than_what_was_typed(live, open_app):
    app = open_app("tokens", lang="en", prompt="one two", tokenizers="cl100k_base")
    app.session_state["typed"] = "one two", "one two three"
    app.button(key="example_chinese").click().run()
    assert panes(app)["cl100k_base"]["count"] != "3 tokens"


def test_a_tokenizer_that_finds_nothing_is_left_out_and_said(live, open_app):
    with pytest.raises(EmptyText):
        shelf.packaged("wordpiece").ids("   ")
    app = open_app("tokens", lang="en", prompt="   ")
    assert "wordpiece" not in panes(app)
    assert "wordpiece" in said(app)


def test_of_a_long_text_a_part_is_shown_and_all_is_counted(live, open_app):
    app = open_app("tokens", lang="en", tokenizers="cl100k_base", part="1")
    app.session_state["prompt"] = "word " * 20_000
    app.run()
    assert not app.exception
    pane = panes(app)["cl100k_base"]
    assert pane["count"] == "20,001 tokens"
    chips = [chip for piece in pane["pieces"] for chip in piece["chips"]]
    assert len(chips) == 400
    assert chips[0][3] >= 2_000


def test_a_file_is_the_visitor_s_alone(live, open_app, tiny_model):
    app = open_app("tokens", lang="en", tokenizers="cl100k_base")
    raw = (tiny_model / "tokenizer.json").read_bytes()
    brought = {"file-1": written.from_bytes(raw, "tokenizer.json 1", "file")}
    app.session_state["brought_tokenizers"] = brought
    app.run()
    app.pills(key="tokenizers").set_value(["cl100k_base", "file-1"]).run()
    assert list(panes(app)) == ["cl100k_base", "file-1"]
    other = open_app("tokens", lang="en", tokenizers="cl100k_base,file-1")
    assert list(panes(other)) == ["cl100k_base"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["", "qwen", "a/b/c", "https://example.org/a/b", "猫/b", "x" * 500, "<b>/x"]
)
def test_what_is_no_name_of_a_model_is_said(live, open_app, name, language):
    app = open_app("tokens", lang=language)
    app.text_input(key="hub_id").set_value(name).run()
    assert not app.exception
    text = load_text("tokens", language)
    expected = [text("tokenizer.no_name")] if name else []
    assert [warning.value for warning in app.warning] == expected


def test_a_clicked_token_is_the_one_in_the_address(live, open_app):
    app = open_app("tokens", lang="en", prompt="one because", pane="cl100k_base", token="1")
    assert panes(app)["cl100k_base"]["chosen"] == 1
    assert panes(app)["model"]["chosen"] is None
    assert "“␣because”" in app.subheader[0].value.replace("\\", "")
