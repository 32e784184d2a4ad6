import json

import numpy as np
import pytest
from plotly.io.json import to_json_plotly

from core import race
from core.model import long_run
from pages.figures import race as figures
from pages.text import LANGUAGES, load_text
from pages.ui import export
from pages.ui.stage import packed

FOUND = race.race(race.corpus("both", "A <b> 猫 cat.", race.sample(long_run.text(), 600)), 60)
ENGLISH = load_text("race", "en")
CHIPS = slice(6, None)  # after three lines, the upright, the dots and the headlines


def boxes(figure, place):
    """The boxes of one algorithm, in reading order: start, width, row, piece."""
    parts = figure.data[CHIPS][2 * place : 2 * place + 2]
    found = [
        (float(row), float(start), float(width), piece)
        for trace in parts
        for row, start, width, (piece,) in zip(trace.y, trace.base, trace.x, trace.customdata,
                                               strict=True)
    ]  # fmt: skip
    return sorted(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_tell_characters_per_token_and_dots_where_all_are_now(language):
    text = load_text("race", language)
    figure = figures.race(FOUND, 2, text)
    for trace, name in zip(figure.data, race.ALGORITHMS, strict=False):
        expected = FOUND.n_characters / FOUND.courses[name].n_tokens
        np.testing.assert_allclose(trace.y, expected, rtol=1e-6)
        assert trace.name == text(f"name.{name}")
    upright, dots, headlines = figure.data[3:6]
    assert list(upright.x) == [FOUND.sizes[2]] * 2
    standings = [FOUND.standings[name][2] for name in race.ALGORITHMS]
    assert list(dots.x) == [one.n_vocab for one in standings]
    for words, standing in zip(headlines.text, standings, strict=True):
        assert f"{standing.n_tokens:,}" in words
    assert figure.layout.xaxis.title.text == text("axis.n_vocab")
    assert len(export.numbers(figure))


@pytest.mark.parametrize("n_lines", [1, 2, 3])
def test_boxes_follow_each_other_and_letters_stay_in_their_places(n_lines):
    figure = figures.race(FOUND, 3, ENGLISH, n_lines)
    spelled = []
    for place in range(3):
        rows = {}
        for row, start, width, _ in boxes(figure, place):
            assert start == pytest.approx(rows.get(row, 0.0))
            rows[row] = start + width
        assert len(rows) <= n_lines
        assert max(rows.values()) <= figures.ROOM
        assert set(rows) <= set(range(place * (n_lines + 1) + 1, (place + 1) * (n_lines + 1)))
        spelled.append("".join(piece for *_, piece in boxes(figure, place)))
    assert len(set(spelled)) == 1
    assert spelled[0].startswith("A␣&lt;b&gt;␣猫␣cat.")


def test_frames_are_what_the_figure_would_be_at_each_stop():
    figure = figures.race(FOUND, 1, ENGLISH)
    assert len(figure.frames) == len(FOUND.sizes)
    other = figures.race(FOUND, 4, ENGLISH)
    for place, brought in zip(figure.frames[4].traces, figure.frames[4].data, strict=True):
        there, here = other.data[place].to_plotly_json(), brought.to_plotly_json()
        assert to_json_plotly({name: there[name] for name in here}) == to_json_plotly(here)
    # So the browser gets the same figure whatever the stop, and goes through it by itself.
    assert packed(figure)[0] == packed(other)[0]
    assert len(packed(figure)[0]) < 400_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_are_the_next_ones_of_each(language):
    text = load_text("race", language)
    figure = figures.race_choices(FOUND, 2, text)
    for place, name in enumerate(race.ALGORITHMS):
        bars, words = figure.data[2 * place : 2 * place + 2]
        choices = FOUND.standings[name][2].next
        assert len(bars.x) == len(choices)
        assert max(bars.x, default=1) == pytest.approx(1)
        for told, one in zip(words.text, choices, strict=True):
            assert figures.told_choice(name, one, text).replace("<", "&lt;") in told.replace(
                "&amp;", "&"
            ).replace("&gt;", ">")
    assert packed(figure)[0] == packed(figures.race_choices(FOUND, 0, text))[0]
    assert len(export.numbers(figure)) == sum(len(s[2].next) for s in FOUND.standings.values())


def test_a_training_that_is_over_says_so():
    figure = figures.race_choices(FOUND, len(FOUND.sizes) - 1, ENGLISH)
    assert ENGLISH("race_choices.over") in figure.data[3].text[0]


@pytest.mark.parametrize("words", [["a"], ["\ud800"], ["\x00"], ["👩‍👩‍👧‍👦"], [" "], ["שלום"]])
def test_the_smallest_texts_have_a_figure_without_a_slider(words):
    found = race.race(words * 3, 10)
    figure = figures.race(found, 0, ENGLISH)
    json.loads(to_json_plotly(figure.to_dict()))
    json.loads(to_json_plotly(figures.race_choices(found, 0, ENGLISH).to_dict()))
    if len(found.sizes) == 1:
        assert not figure.frames


def test_of_a_word_longer_than_a_line_the_beginning_is_shown():
    found = race.race(["y", "x" * 200, "y"], 3)
    for place in range(3):
        shown = boxes(figures.race(found, 0, ENGLISH), place)
        assert shown[0][-1] == "y"
        rows = [row for row, *_ in shown]
        assert rows[0] < rows[1] == rows[-1]
        assert 40 < sum(width for _, _, width, _ in shown[1:]) <= figures.ROOM
