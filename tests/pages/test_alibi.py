"""The pages on ALiBi and on absolute positions: what they show of any network."""

import pytest

from core.model import service, sources
from core.model.position_table import PositionTable
from core.model.service import Service, Status
from core.model.sources import Progress
from core.model.switch import Switch, Switched
from pages.text import LANGUAGES, load_text
from tests.pages.conftest import components, until_loaded
from tests.pages.test_pages import Absent, drawn
from tests.tiny import tiny_model_folder

FORMULA = {"alibi_slopes", "alibi_windows"}
HEAD = {"alibi_matrices", "alibi_row"}
RUNS = {"alibi_maps", "alibi_losses"}
LEARNED = {"learned_rows", "learned_cosines"}
ABSOLUTE = {"sinusoidal", "sinusoidal_products", "shuffled"} | LEARNED


@pytest.fixture
def of_family(tmp_path, monkeypatch):
    """A service with a network of a family in place of the usual one."""
    made = []

    def loaded(family):
        folder = tiny_model_folder(tmp_path / family, family)
        made.append(until_loaded(Service(choose=lambda: sources.Folder(folder))))
        monkeypatch.setattr(service, "shared", lambda: made[-1])
        return made[-1]

    yield loaded
    for model in made:
        model.drain()


def notes(app, figure):
    return [note["text"] for note in drawn(app)[figure]["layout"]["annotations"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_runs_are_shown_side_by_side(live, open_app, language):
    text = load_text("alibi", language)
    app = open_app("alibi", lang=language, prompt="one two three", layer="1", head="2")
    assert not app.exception
    assert drawn(app).keys() == FORMULA | HEAD | RUNS
    assert len(drawn(app)["alibi_maps"]["data"]) == 3
    assert text("alibi_maps.missing") not in notes(app, "alibi_maps")
    slopes = (0.25, 0.0625, 0.015625, 0.00390625)
    assert live.cached(Switched("one two three", Switch(slopes=slopes))) is not None
    assert live.cached(Switched("one two three", Switch())) is not None
    assert not [metric for metric in app.metric if metric.value == "–"]


def test_the_settings_are_in_the_address_and_come_back_from_it(live, open_app):
    app = open_app(
        "alibi", lang="en", alibi_heads="12", alibi_scores="flat", symmetric="true",
        before_scale="true", prompt="one two three", head="3", row="1",
    )  # fmt: skip
    assert app.slider(key="alibi_heads").value == 12
    assert app.segmented_control(key="alibi_scores").value == "flat"
    assert "12 heads" in app.subheader[0].value
    assert app.toggle(key="symmetric").value
    values = [metric.value for metric in app.metric]
    # the slope of the fourth of four heads, and what the scale of eight numbers leaves of it
    assert "0.003906" in values and "0.001381" in values
    app.segmented_control(key="alibi_scores").set_value("own").run()
    assert app.query_params["alibi_scores"] == "own"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", ["alibi", "absolute"])
def test_before_the_model_is_there_the_stored_run_is_shown(monkeypatch, open_app, language, topic):
    monkeypatch.setattr(service, "shared", lambda: Absent(Status("loading", Progress("loading"))))
    app = open_app(topic, lang=language)
    assert not app.exception
    if topic == "absolute":
        assert drawn(app).keys() == ABSOLUTE
    else:
        assert drawn(app).keys() == FORMULA | HEAD | RUNS
        missing = load_text(topic, language)("alibi_maps.missing")
        assert notes(app, "alibi_maps").count(missing) == 2


def test_a_stored_run_is_not_compared_with_another_network(live, open_app):
    """The stored run has more layers and heads than the network that is loaded."""
    app = open_app("alibi", lang="en")
    app.session_state["prompt"] = ""
    app.run()
    assert not app.exception
    assert len(drawn(app)["alibi_maps"]["data"]) == 1
    assert len(app.warning) == 1  # that there is nothing to read


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_without_rope_says_so(of_family, open_app, language):
    name = of_family("gpt2").status.model.name
    text = load_text("alibi", language)
    app = open_app("alibi", lang=language)
    assert drawn(app).keys() == FORMULA | HEAD
    assert [one.value for one in app.info] == [text("switched.no_rotation", name=name)]
    assert len(app.segmented_control(key="alibi_scores").options) == 2
    text = load_text("absolute", language)
    app = open_app("absolute", lang=language)
    assert drawn(app).keys() == ABSOLUTE
    assert [one.value for one in app.info] == [text("order.no_rotation", name=name)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_learned_table_of_the_loaded_network_is_shown(of_family, open_app, language):
    text, model = load_text("absolute", language), of_family("gpt2")
    app = open_app("absolute", lang=language)
    assert not app.exception
    found = model.cached(PositionTable())
    told = text("learned.own", name="gpt2", module="transformer.wpe")
    assert told in [one.value for one in app.markdown]
    assert any("2,048" in one.value for one in app.subheader)
    assert len(found.rows) == 2048
    assert drawn(app)["learned_rows"]["data"][0]["y"]


def test_of_a_network_without_a_learned_table_another_one_is_shown(live, open_app):
    text = load_text("absolute", "en")
    app = open_app("absolute", lang="en")
    told = text("learned.none", name=live.status.model.name)
    assert told in [one.value for one in app.markdown]
    assert any(one.value.startswith("13 learned") for one in app.subheader)


def test_a_network_that_keeps_only_weights_has_flat_scores(of_family, open_app):
    of_family("bloom")
    app = open_app("alibi", lang="en")
    assert not app.exception
    assert drawn(app).keys() == FORMULA | HEAD
    assert app.segmented_control(key="alibi_scores").options == ["All 0"]


def test_a_long_text_is_run_again_when_it_is_asked_for(live, open_app):
    text, words = load_text("alibi", "en"), "one two three " * 60
    app = open_app("alibi", lang="en")
    app.text_area(key="prompt").set_value(words).run()
    assert len(live.forward_pass(words).tokens) > 256
    assert notes(app, "alibi_maps").count(text("alibi_maps.missing")) == 2
    assert live.cached(Switched(words, Switch())) is None
    app.button(key="with_alibi_start").click().run()
    assert not app.exception
    assert len(drawn(app)["alibi_maps"]["data"]) == 3


def test_one_token_has_every_figure(live, open_app):
    app = open_app("alibi", lang="en", prompt="a")
    assert not app.exception
    assert drawn(app).keys() == FORMULA | HEAD | RUNS
    text = load_text("alibi", "en")
    assert notes(app, "alibi_losses") == [text("alibi_losses.nothing")]
    assert [metric.value for metric in app.metric].count("–") == 3
    app = open_app("absolute", lang="en", prompt="a")
    assert not app.exception
    assert drawn(app).keys() == ABSOLUTE


@pytest.mark.parametrize("rotated", ["true", "false"])
@pytest.mark.parametrize("causal", ["true", "false"])
def test_order_is_invisible_without_both(live, open_app, rotated, causal):
    text = load_text("absolute", "en")
    app = open_app("absolute", lang="en", rotated=rotated, causal=causal, prompt="a b c d e")
    assert not app.exception
    assert (text("shuffled.none") in notes(app, "shuffled")) == (rotated == causal == "false")
    assert app.metric[0].value == "0.0000"
    assert all(metric.value != "0.0000" for metric in app.metric[1:])
    assert components(app, "glassbox_stage")
