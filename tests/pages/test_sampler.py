"""The chain of sampling stages: its address, its values, and that the pages share it."""

import json

import pytest

from core import sampling
from pages.text import LANGUAGES, load_text
from pages.ui import sampler
from tests.pages.conftest import components


def chain_of(app):
    (proto,) = components(app, "glassbox_chain")
    return json.loads(proto.json)


def codes(app):
    return [code for code, _ in chain_of(app)["on"]]


def sliders(app):
    return {slider.key: slider.value for slider in app.slider if slider.key in sampler.RANGES}


def test_the_usual_chain_is_that_of_transformers_and_not_in_the_address(live, open_app):
    app = open_app("sampling", lang="en")
    assert codes(app) == list(sampler.USUAL)
    assert chain_of(app)["order"] == "transformers"
    assert sliders(app) == {name: sampler.RANGES[name].usual for name in sampler.USUAL}
    assert not {"steps", *sampler.RANGES} & set(app.query_params)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_brings_stages_order_and_values(live, open_app, language):
    view = {"steps": "top_p.min_p.temperature", "min_p": "0.25", "temperature": "0.7"}
    app = open_app("sampling", lang=language, **view)
    assert codes(app) == ["top_p", "min_p", "temperature"]
    assert chain_of(app)["order"] == "llama_cpp"
    assert sliders(app) == {"top_p": 0.9, "min_p": 0.25, "temperature": 0.7}
    text = load_text("sampling", language)
    assert chain_of(app)["on"][1][1] == text("stage.min_p")
    assert {"steps", "min_p", "temperature"} <= set(app.query_params)


def test_an_order_of_nobody_is_told_as_ones_own(live, open_app):
    app = open_app("sampling", lang="en", steps="top_p.top_k.temperature")
    assert chain_of(app)["order"] == ""
    assert len(chain_of(app)["off"]) == len(sampler.RANGES) - 3


def test_no_stage_at_all_is_the_network_itself(live, open_app):
    app = open_app("sampling", lang="en", steps="none")
    assert codes(app) == []
    assert sliders(app) == {}
    assert not app.exception
    total = live.forward_pass(app.session_state["prompt"]).logits.size
    assert any(f"{total:,} of {total:,} tokens" in element.value for element in app.subheader)


def test_the_pages_share_the_chain_and_its_values(live, open_app):
    app = open_app("sampling", lang="en", steps="temperature.min_p")
    app.slider(key="min_p").set_value(0.3).run()
    app.switch_page("pages/draws.py").run()
    assert not app.exception
    assert codes(app) == ["temperature", "min_p"]
    assert app.slider(key="min_p").value == 0.3


def test_a_slider_does_not_run_the_model_again(live, open_app, monkeypatch):
    app = open_app("sampling", lang="en", prompt="one two three")
    before, logits = live.forward_pass("one two three"), []
    monkeypatch.setattr(sampling, "pipeline", noting(logits, sampling.pipeline))
    app.slider(key="temperature").set_value(0.3).run()
    assert not app.exception
    assert [one is before.logits for one in logits] == [True]


def noting(seen, function):
    def call(logits, *others):
        seen.append(logits)
        return function(logits, *others)

    return call


def test_a_bias_is_put_on_the_typed_tokens_and_others_are_told(live, open_app):
    forward = live.forward_pass("one two three")
    token = forward.tokens[1]
    typed = token.visible
    view = {"steps": "bias", "bias": "20", "biased": f"{typed} nosuchtokenatall"}
    app = open_app("sampling", lang="en", prompt="one two three", **view)
    assert not app.exception
    assert any("nosuchtokenatall" in element.value for element in app.caption)
    expected = sampling.pipeline(
        forward.logits, (sampling.Step("bias", 20.0, ((token.id, 20.0),)),)
    )
    drawn = next(
        json.loads(c.json) for c in components(app, "glassbox_stage") if "distribution" in c.json
    )
    assert (
        f"{expected.final.n_kept:,}" in drawn["alt"] or str(expected.final.n_kept) in drawn["alt"]
    )


def test_the_written_part_is_asked_for_only_where_it_counts(live, open_app):
    keys = lambda app: {slider.key for slider in app.slider}  # noqa: E731
    assert "n_written" not in keys(open_app("sampling", lang="en", steps="repetition"))
    app = open_app("sampling", lang="en", steps="frequency", prompt="one two three", n_written="1")
    assert app.slider(key="n_written").value == 1
    assert not app.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_is_left_a_sentence_says_so(live, open_app, monkeypatch, language):
    whole = sampling.pipeline

    def emptied(logits, steps, context):
        if len(steps) > 1:
            raise sampling.NothingLeft(2, steps[1].name)
        return whole(logits, steps, context)

    monkeypatch.setattr(sampling, "pipeline", emptied)
    app = open_app("sampling", lang=language, steps="temperature.no_repeat_ngram")
    assert not app.exception
    text = load_text("sampling", language)
    said = text("chain.nothing_left", name=text("stage.no_repeat_ngram"))
    assert said in [element.value for element in app.warning]
    assert components(app, "glassbox_stage")
