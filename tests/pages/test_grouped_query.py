"""The numbers that people type on the page about shared keys."""

import json

import pytest

from pages.text import LANGUAGES
from tests.pages.conftest import components

FALCON = {"network": "Falcon-7B"}


def drawn(app, name):
    sent = (json.loads(proto.json) for proto in components(app, "glassbox_stage"))
    return next(json.loads(data["figure"]) for data in sent if data["name"] == name)


def test_a_known_network_brings_its_numbers(live, open_app):
    app = open_app("grouped_query", lang="en", **FALCON)
    typed = {field.key: field.value for field in app.number_input}
    assert typed == {
        "falcon-7b.heads": 71,
        "falcon-7b.kv_heads": 1,
        "falcon-7b.layers": 32,
        "falcon-7b.width": 64,
        "falcon-7b.tokens": 2048,
        "falcon-7b.people": 1,
    }
    assert "16 MiB" in [element.value for element in app.subheader][1]
    assert not app.warning


@pytest.mark.parametrize("language", LANGUAGES)
def test_heads_that_cannot_be_divided_are_told_and_the_nearest_are_shown(live, open_app, language):
    app = open_app("grouped_query", lang=language, **FALCON, **{"falcon-7b.kv_heads": "9"})
    assert not app.exception
    (warning,) = app.warning
    assert all(number in warning.value for number in ("71", "9", "1"))
    assert len(drawn(app, "cache")["data"][0]["text"]) == 3
    assert "16 MiB" in [element.value for element in app.subheader][1]


@pytest.mark.parametrize("name", ["heads", "kv_heads", "layers", "width", "tokens", "people"])
@pytest.mark.parametrize("value", ["0", "-1", "NaN", "1e999", "1.5", "层"])
def test_a_number_that_cannot_be_is_not_taken_from_the_address(live, open_app, name, value):
    app = open_app("grouped_query", lang="en", **FALCON, **{f"falcon-7b.{name}": value})
    assert not app.exception
    assert not app.warning
    assert "16 MiB" in [element.value for element in app.subheader][1]


def test_the_mistake_is_drawn_only_where_it_is_asked_for(live, open_app):
    app = open_app("grouped_query", lang="en")
    n_traces = len(drawn(app, "readers")["data"])
    app.toggle(key="remainder").set_value(True).run()
    assert len(drawn(app, "readers")["data"]) == n_traces + 1


def test_a_typed_number_is_in_the_address_and_stays_with_its_network(live, open_app):
    app = open_app("grouped_query", lang="en", **FALCON)
    app.number_input(key="falcon-7b.kv_heads").set_value(71).run()
    assert app.query_params["falcon-7b.kv_heads"] == "71"
    assert "1.109 GiB" in [element.value for element in app.subheader][1]
    app.selectbox(key="network").set_value("GPT-2").run()
    assert app.number_input(key="gpt-2.kv_heads").value == 12
    app.selectbox(key="network").set_value("Falcon-7B").run()
    assert app.number_input(key="falcon-7b.kv_heads").value == 71
