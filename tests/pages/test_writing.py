"""The page that writes: by itself, on a button, from a link; its tree, and where that is kept."""

import json
import threading

import pytest

from core import writing
from core.model import service
from core.model.service import Status
from core.model.sources import Progress
from core.model.writing import Writing
from core.sampling import Step
from core.writing import Manner, Tree
from pages.text import LANGUAGES, load_text
from pages.ui import branches
from tests.pages.conftest import components
from tests.pages.test_pages import Absent, drawn, said

CHAIN = (Step("temperature", 1.0), Step("top_k", 50), Step("top_p", 0.9))


def sheet(app):
    """What the tokens on the page know."""
    (sent,) = components(app, "glassbox_written")
    return json.loads(sent.json)


def shown(app):
    return [token[7] for token in sheet(app)["tokens"]]


def tree_of(app, sentence):
    return app.session_state["trees"][sentence].tree


def click(app, button):
    app.button(key=f"write_{button}").click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_writes_by_itself_and_the_link_needs_no_tree_for_it(live, open_app, language):
    sentence = f"one two {language}"
    app = open_app("writing", lang=language, prompt=sentence, n_more="5")
    assert not app.exception
    expected = live.ask(Writing(sentence, 5, CHAIN))
    assert shown(app) == list(expected.ids)
    assert "tree" not in app.query_params
    assert drawn(app).keys() == {"written_tree", "written_course"}
    text = load_text("writing", language)
    assert text("metric.n.label") in [metric.label for metric in app.metric]


def test_it_goes_on_and_the_address_brings_all_of_it_back(live, open_app):
    app = click(open_app("writing", lang="en", prompt="go on here", n_more="4"), "go_on")
    whole = live.ask(Writing("go on here", 8, CHAIN))
    assert shown(app) == list(whole.ids)
    assert len(tree_of(app, "go on here")) == 1
    again = open_app("writing", **dict(app.query_params))
    assert shown(again) == list(whole.ids)
    ranks = [[token[3] for token in sheet(one)["tokens"]] for one in (again, app)]
    assert ranks[0] == ranks[1]


def test_another_seed_is_another_branch_and_both_can_be_turned_to(live, open_app):
    app = open_app("writing", lang="en", prompt="seeds differ", n_more="6")
    first = shown(app)
    click(app, "seed")
    assert app.query_params["draw_seed"] == "1"
    second = shown(app)
    assert second == list(live.ask(Writing("seeds differ", 6, CHAIN, 1)).ids) != first
    tree = tree_of(app, "seeds differ")
    assert {tree.branches[number].manner.seed for number in range(len(tree))} == {0, 1}
    assert shown(click(app, "earlier")) == first
    assert app.query_params["branch"] == "0"
    click(app, "remove")
    assert [tree_of(app, "seeds differ").path(0)] == [tuple(second)]


def test_moving_a_slider_changes_nothing_that_is_written(live, open_app):
    app = open_app("writing", lang="en", prompt="the slider", n_more="4")
    before = sheet(app)["tokens"]
    app.slider(key="temperature").set_value(0.0).run()
    assert sheet(app)["tokens"] == before
    assert "t1.0" in app.query_params["tree"], "the link must say how it was written"
    click(app, "anew")
    greedy = live.ask(Writing("the slider", 4, (Step("temperature", 0.0), *CHAIN[1:])))
    assert shown(app) == list(greedy.ids)
    assert len(tree_of(app, "the slider")) == 2


def test_each_sentence_has_its_tree_and_finds_it_again(live, open_app):
    app = open_app("writing", lang="en", prompt="my first text", n_more="3")
    click(app, "go_on")
    first = shown(app)
    app.text_area(key="prompt").set_value("my second text").run()
    assert len(shown(app)) == 3
    app.button(key="tree_of_0").click().run()
    assert app.text_area(key="prompt").value == "my first text"
    assert shown(app) == first


def test_the_tree_waits_while_one_is_on_another_page(live, open_app):
    app = click(open_app("writing", lang="en", prompt="away and back", n_more="3"), "go_on")
    before = shown(app)
    app.switch_page("pages/sampling.py").run()
    app.switch_page("pages/writing.py").run()
    assert shown(app) == before


def test_what_was_written_when_it_was_stopped_stays(live, open_app):
    app = open_app("writing", lang="en", prompt="stop here", n_more="3")
    before = tree_of(app, "stop here")
    asked = Writing("stop here", 10, CHAIN, 0, before.path(0))
    # As a run of the page leaves it that was broken off by the button.
    app.session_state["write_underway"] = branches.Underway(asked, 3)
    app.session_state["write_part"] = live.ask(Writing("stop here", 5, CHAIN))
    app.session_state["write_asked"] = None
    app.run()
    assert shown(app) == list(live.ask(Writing("stop here", 5, CHAIN)).ids)
    assert app.session_state["write_underway"] is None


def test_what_was_broken_off_by_something_else_goes_on_where_it_was(live, open_app):
    app = open_app("writing", lang="en", prompt="broken off", n_more="3")
    path = tree_of(app, "broken off").path(0)
    asked = Writing("broken off", 9, CHAIN, 0, path)
    app.session_state["write_underway"] = branches.Underway(asked, 3)
    app.session_state["write_asked"] = asked
    app.session_state["write_part"] = live.ask(Writing("broken off", 5, CHAIN))
    app.run()
    assert shown(app) == list(live.ask(Writing("broken off", 12, CHAIN)).ids)
    assert len(tree_of(app, "broken off")) == 1


def test_a_branch_of_a_link_is_shown_with_its_chosen_token(live, open_app):
    first = live.ask(Writing("a link", 4, CHAIN))
    other = next(int(one) for one in first.candidates[1] if int(one) != first.ids[1])
    tree, _ = Tree().add(first.ids, Manner(CHAIN))
    tree, number = tree.add((first.ids[0], other), Manner(CHAIN), chosen_at=1)
    words = writing.in_words(tree)
    app = open_app("writing", lang="en", prompt="a link", tree=words, branch=str(number))
    assert shown(app) == [first.ids[0], other]
    assert [token[5] for token in sheet(app)["tokens"]] == [False, True]
    assert sheet(app)["forks"] == [1]
    assert app.query_params["tree"] == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tree_too_large_for_the_address_is_kept_and_said(live, open_app, language):
    sentence = f"a large tree {language}"
    app = open_app("writing", lang=language, prompt=sentence, n_more="64")
    while len(writing.in_words(tree_of(app, sentence))) <= branches.LONGEST_IN_ADDRESS:
        click(app, "go_on")
    assert "tree" not in app.query_params
    text = load_text("writing", language)
    told = text("outcome.too_long", limit=branches.LONGEST_IN_ADDRESS)
    assert any(told in caption.value for caption in app.caption)
    before = shown(app)
    app.slider(key="top_k").set_value(7).run()
    assert shown(app) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_stages_leave_nothing_it_is_said_and_the_choices_are_shown(
    live, open_app, monkeypatch, language
):
    forbidden = tuple((number, -float("inf")) for number in range(400))
    monkeypatch.setattr("pages.ui.sampler.choose_steps", lambda *_: (Step("bias", 0.0, forbidden),))
    app = open_app("writing", lang=language, prompt=f"nothing left {language}")
    assert not app.exception
    assert drawn(app).keys() == {"written_choices"}
    text = load_text("writing", language)
    assert text("outcome.nothing_at_once") in [caption.value for caption in app.caption]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_fills_the_network_is_told_so(live, open_app, language):
    full = "\x01" * live._model.max_tokens
    app = open_app("writing", lang=language)
    app.session_state["prompt"] = full
    app.run()
    assert not app.exception
    assert drawn(app).keys() == {"written_choices"}
    assert load_text("writing", language)("refused.too_long").split("{")[0] in said(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_a_stored_tree_is_shown_and_called_so(monkeypatch, open_app, language):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading", Progress("loading"))))
    app = open_app("writing", lang=language)
    assert not app.exception
    assert drawn(app).keys() == {"written_tree", "written_course"}
    text = load_text("writing", language)
    assert text("outcome.stored") in [caption.value for caption in app.caption]
    assert not sheet(app)["canBranch"]
    before = shown(app)
    assert shown(click(app, "earlier")) != before


def test_two_who_write_at_once_do_not_mix(live, open_app):
    # AppTest runs one app at a time: the other visitors are in threads of their own.
    sentences = [f"visitor {number} writes" for number in range(3)]
    asked = [Writing(sentence, 40, CHAIN, 5) for sentence in sentences]
    found = {}
    others = [
        threading.Thread(target=lambda one=one: found.update({one: live.ask(one)})) for one in asked
    ]
    for other in others:
        other.start()
    apps = [
        open_app("writing", lang="en", prompt=sentence, n_more="10", draw_seed="5")
        for sentence in sentences
    ]
    for app in (*apps, *reversed(apps)):  # by turns
        click(app, "go_on")
    for other in others:
        other.join(120)
    for app, one in zip(apps, asked, strict=True):
        assert shown(app) == list(found[one].ids[:30])
        assert app.session_state["trees"].keys() == {one.text}
