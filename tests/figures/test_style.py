"""What all figures share: each is drawn in the light colours and can be turned dark."""

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import atlas, attention, draws, lines, rope, sampling, stages, surprisal, temperature
from core.sampling import Context, Step
from pages.figures import atlas as atlas_figures
from pages.figures import attention as attention_figures
from pages.figures import draws as draw_figures
from pages.figures import home as home_figures
from pages.figures import lines as line_figures
from pages.figures import rope as rope_figures
from pages.figures import sampling as sampling_figures
from pages.figures import stages as stage_figures
from pages.figures import style
from pages.figures import surprisal as surprisal_figures
from pages.figures import temperature as temperature_figures
from pages.figures import tokens as token_figures
from pages.text import load_text
from tests.forward_passes import made

TOPICS = (
    "home", "tokens", "attention", "stages", "atlas", "lines", "rope", "sampling", "surprisal",
    "temperature", "draws",
)  # fmt: skip
TRANSPARENT = "rgba(0,0,0,0)"
COLOUR = re.compile(r'"(#[0-9A-Fa-f]{3,8})"')


def every_figure():
    forward = made(8)
    looks = attention.head(forward, 0, 0)
    chain = (Step("repetition", 2.0), Step("temperature", 2.0), Step("top_k", 4))
    context = Context(tuple(token.id for token in forward.tokens))
    sampled = sampling.pipeline(forward.logits, chain, context)
    shown = tuple(forward.token(int(number)) for number in sampled.watched(6))
    moved = sampled.moved(4)
    swept = temperature.sweep(forward.logits, 6)
    found = draws.draw(sampled.final, 9, 0)
    pair = temperature.Pair(0.5, 5.0, 1.0)
    whole = atlas.atlas(forward, forward)
    steps = stages.stages(forward, 0, 0)
    cell = stages.cell(steps, 5, 2)
    words = {topic: load_text(topic, "en") for topic in TOPICS}
    return {
        "journey": home_figures.journey(forward, words["home"]),
        "neighbours": token_figures.neighbours(
            forward.tokens, forward.tokens[1].id, words["tokens"]
        ),
        "making": token_figures.making(forward.tokens[1], None, words["tokens"]),
        "weights": attention_figures.weights(looks, forward.tokens, 2, words["attention"]),
        "row": attention_figures.row(looks, forward.tokens, 2, words["attention"]),
        "lengths": attention_figures.lengths(
            attention.carried(forward, 0, 0), forward.tokens, words["attention"]
        ),
        "stages": stage_figures.stages(steps, forward.tokens, 5, 2, words["stages"]),
        "terms": stage_figures.terms(steps, cell, 5, 2, words["stages"]),
        "exponentials": stage_figures.exponentials(cell, forward.tokens, 5, 2, words["stages"]),
        "maps": atlas_figures.maps(whole, forward.model, "layer", "sink", words["atlas"]),
        "scatter": atlas_figures.scatter(whole, forward.model, "sink", "distance", words["atlas"]),
        "lines": line_figures.lines(
            lines.lines(forward, 0), (0, 2), forward.tokens, 5, words["lines"]
        ),
        "wavelengths": rope_figures.wavelengths(rope.spectrum(8), 99, words["rope"]),
        "distribution": sampling_figures.distribution(sampled, shown, 0, words["sampling"]),
        "columns": sampling_figures.columns(sampled, shown, 0, words["sampling"]),
        "flow": sampling_figures.flow(sampled, shown, words["sampling"]),
        "measures": sampling_figures.measures(sampled, words["sampling"]),
        "penalised": sampling_figures.penalised(
            moved, tuple(forward.token(int(n)) for n in moved.ids), words["sampling"]
        ),
        "sweep": temperature_figures.sweep(swept, shown, 3.0, 1, words["temperature"]),
        "odds": temperature_figures.odds(pair, ("a", "b"), 1, words["temperature"]),
        "kept_sets": temperature_figures.kept_sets(swept, 1, words["temperature"]),
        "drawn": draw_figures.drawn(found, shown[:2], words["draws"]),
        "staircase": draw_figures.staircase(found, shown[:2], ["a", "b"], 0, words["draws"]),
        "bits": surprisal_figures.bits(
            surprisal.course(forward.surprisals), forward.tokens, 1, words["surprisal"]
        ),
    }


FIGURES = every_figure()


def colours_by_key(part, key=""):
    """Every value under a key that ends in "color", and every place of a colour scale."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from colours_by_key(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from colours_by_key(value, key)
    elif isinstance(part, str) and key.endswith(("color", "colorscale", "colorway")):
        yield part


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lecture", [False, True])
def test_every_colour_of_a_figure_has_a_dark_counterpart(name, lecture):
    spec = json.loads(style.dressed(FIGURES[name], lecture=lecture).to_json())
    found = set(colours_by_key(spec))
    assert found
    assert found - style.DARK.keys() - {TRANSPARENT} == set()


@pytest.mark.parametrize("name", FIGURES)
def test_no_light_colour_is_left_in_the_dark(name):
    light = style.dressed(FIGURES[name]).to_json()
    dark = style.in_dark(light)
    assert set(COLOUR.findall(light)) <= style.DARK.keys()
    assert set(COLOUR.findall(dark)) <= set(style.DARK.values())
    assert len(COLOUR.findall(dark)) == len(COLOUR.findall(light)) > 0


def test_no_dark_colour_is_taken_for_a_light_one():
    assert style.DARK.keys() & style.DARK.values() == set()


def test_a_colour_in_somebodys_sentence_is_left_as_it_is():
    figure = go.Figure().add_annotation(text=f"color: {style.PAPER}", font={"color": style.INK})
    (note,) = style.dressed(figure, dark=True).layout.annotations
    assert note.text == f"color: {style.PAPER}"
    assert note.font.color == style.DARK[style.INK]


def luminance(colour):
    linear = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("role", "least"), [("INK", 7), ("ACCENT", 4.5), ("SECOND", 4.5)])
def test_words_can_be_read_on_both_papers(role, least):
    light = getattr(style, role)
    assert contrast(light, style.PAPER) >= least
    assert contrast(style.DARK[light], style.DARK[style.PAPER]) >= least


def test_larger_weights_stand_out_more_in_both_appearances():
    places, colours = zip(*style.WEIGHTS, strict=True)
    assert (places[0], places[-1]) == (0, 1)
    light = [luminance(colour) for colour in colours]
    dark = [luminance(style.DARK[colour]) for colour in colours]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("dark", [False, True])
def test_a_dressed_figure_is_a_copy_with_the_same_numbers(name, dark):
    original = FIGURES[name]
    before = original.to_json()
    copy = style.dressed(original, dark=dark)
    assert original.to_json() == before
    assert copy is not original
    traces = (json.loads(figure.to_json())["data"] for figure in (original, copy))
    for drawn, dressed in zip(*traces, strict=True):
        assert [drawn.get(part) for part in "xyz"] == [dressed.get(part) for part in "xyz"]


def test_a_lecture_has_larger_type():
    desk, lecture = style.template(False).layout, style.template(True).layout
    assert lecture.font.size > desk.font.size
    assert lecture.xaxis.title.font.size > desk.xaxis.title.font.size


@given(st.text())
def test_escaped_words_hold_no_markup_and_come_back(words):
    escaped = style.escape(words)
    assert "<" not in escaped
    assert ">" not in escaped
    assert style.unescape(escaped) == words


@pytest.mark.parametrize("words", ["&lt;", "&amp;lt;", "<b>&</b>"])
def test_words_that_look_escaped_come_back_too(words):
    assert style.unescape(style.escape(words)) == words


def test_equal_words_get_different_labels():
    assert style.axis_labels(["a", "a", "<"]) == [
        "a<sub>0</sub>",
        "a<sub>1</sub>",
        "&lt;<sub>2</sub>",
    ]
