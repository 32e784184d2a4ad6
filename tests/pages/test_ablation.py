"""The page that asks more of the model than one run: offered, answered, given up, refused."""

import json

import pytest

from core.model import service, sources
from core.model.questions import Ablation, HeadRanking
from core.model.refusals import Busy
from core.model.service import Service, Status
from core.model.sources import Progress
from pages.text import LANGUAGES, load_text
from tests.pages.conftest import components, until_loaded
from tests.pages.test_pages import Absent, drawn
from tests.tiny import tiny_model_folder

ALWAYS = {"ablation_next", "ablation_loss"}
AFTER_A_CLICK = {"ranking", "strongest"}


def captions(app):
    return [element.value for element in app.caption]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_effect_is_there_at_once_and_the_ranking_when_it_is_asked_for(live, open_app, language):
    text = load_text("ablation", language)
    app = open_app("ablation", lang=language, prompt=f"a cat and a dog {language}")
    assert drawn(app).keys() == ALWAYS
    names = [trace.get("name") for trace in drawn(app)["ablation_next"]["data"]]
    assert names == [text("side.before"), text("side.after")]
    app.button(key="ranking_start").click().run()
    assert not app.exception
    assert drawn(app).keys() == ALWAYS | AFTER_A_CLICK
    assert "ranking_start" not in {button.key for button in app.button}
    assert isinstance(app.session_state["ranking_asked"], HeadRanking)  # "ranking" is the figure
    app.segmented_control(key="rank_by").set_value("loss").run()
    assert drawn(app).keys() == ALWAYS | AFTER_A_CLICK
    assert any(
        text("rank.loss") in json.loads(p.json)["alt"] for p in components(app, "glassbox_stage")
    )


def test_what_was_measured_once_needs_no_button_again(live, open_app):
    live.ask(HeadRanking("one two", "mean"))
    assert drawn(open_app("ablation", lang="en", prompt="one two")).keys() == ALWAYS | AFTER_A_CLICK


def test_another_text_is_offered_anew(live, open_app):
    app = open_app("ablation", lang="en", prompt="first text")
    app.button(key="ranking_start").click().run()
    app.text_area(key="prompt").set_value("second text").run()
    assert drawn(app).keys() == ALWAYS
    assert app.button(key="ranking_start")


def test_the_chosen_heads_are_in_the_address_and_come_back_from_it(live, open_app):
    app = open_app("ablation", lang="en", ablated="L0H1.L2H3", ablation_kind="zero")
    assert app.multiselect(key="ablated").value == ["L0H1", "L2H3"]
    assert "L0H1, L2H3" in app.subheader[0].value
    assert live.cached(Ablation(app.session_state["prompt"], ((0, 1), (2, 3)), "zero")) is not None
    app.multiselect(key="ablated").set_value(["L2H3", "L1H0"]).run()
    assert app.query_params["ablated"] == "L1H0.L2H3"
    app.multiselect(key="ablated").set_value([]).run()
    assert app.query_params["ablated"] == "none"
    assert "no head" in app.subheader[0].value
    app.multiselect(key="ablated").set_value(["L0H0"]).run()  # the default of a model with 4 heads
    assert "ablated" not in app.query_params
    assert not app.exception


def test_before_the_model_is_there_its_own_prediction_is_shown(monkeypatch, open_app):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading", Progress("loading"))))
    text = load_text("ablation", "en")
    app = open_app("ablation", lang="en")
    assert not app.exception
    figure = drawn(app)["ablation_next"]
    assert [trace["name"] for trace in figure["data"]] == [text("side.before")]
    assert captions(app).count(text("ask.soon")) == 2
    assert app.metric[0].value == "–"


def test_a_network_that_cannot_be_ablated_says_so(tmp_path, monkeypatch, open_app):
    folder = tiny_model_folder(tmp_path / "model", "bloom")
    model = Service(choose=lambda: sources.Folder(folder))
    try:
        until_loaded(model)
        monkeypatch.setattr(service, "shared", lambda: model)
        text = load_text("ablation", "en")
        app = open_app("ablation", lang="en")
        assert [element.value for element in app.warning] == 2 * [text("refused.unanswerable")]
        assert "ranking_start" not in {button.key for button in app.button}
        assert len(drawn(app)["ablation_next"]["data"]) == 1
        assert drawn(app).keys() == ALWAYS
    finally:
        model.drain()


def test_a_full_queue_is_said(live, monkeypatch, open_app):
    def busy(question, on_wait, on_part):
        raise Busy(32)

    monkeypatch.setattr(live, "ask", busy)
    app = open_app("ablation", lang="en", prompt="nobody asked this")
    assert "32" in app.warning[0].value
    assert drawn(app).keys() == ALWAYS


def test_who_waits_sees_how_far_it_is_and_can_stop(live, monkeypatch, open_app):
    true_ask = live.ask

    def telling(question, on_wait, on_part):
        on_wait(0.25, 12.0)
        return true_ask(question, on_wait, on_part)

    monkeypatch.setattr(live, "ask", telling)
    app = open_app("ablation", lang="en", prompt="told how far")
    app.button(key="ranking_start").click().run()
    assert not app.exception
    assert drawn(app).keys() == ALWAYS | AFTER_A_CLICK
    assert not [button for button in app.button if button.key == "ranking_cancel"]  # it is done


def test_one_token_has_a_prediction_but_no_loss(live, open_app):
    app = open_app("ablation", lang="en", prompt="a")
    text = load_text("ablation", "en")
    app.button(key="ranking_start").click().run()
    app.segmented_control(key="rank_by").set_value("loss").run()
    assert not app.exception
    for name in ("ablation_loss", "ranking", "strongest"):
        notes = [note["text"] for note in drawn(app)[name]["layout"]["annotations"]]
        assert notes == [text("ablation_loss.nothing")], name
    assert "–" in [metric.value for metric in app.metric]
