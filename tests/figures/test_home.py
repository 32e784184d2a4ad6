from dataclasses import replace

import numpy as np
import pytest

from core import attention
from pages.figures import home as figures
from pages.figures.style import PAPER
from pages.text import LANGUAGES, load_text
from tests.forward_passes import CARD, D_VOCAB, VOCABULARY, made

FORWARD = made(6)


def journey(forward=FORWARD, language="en"):
    return figures.journey(forward, load_text("home", language))


def words_of(figure):
    return [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_station_shows_its_number_of_this_sentence(language):
    text, words = load_text("home", language), words_of(journey(language=language))
    for station in figures.STATIONS:
        assert text(f"station.{station.name}.unit", probability=_best()[1]) in words
    best = FORWARD.token(_best()[0]).visible
    numbers = [
        len(FORWARD.text),
        6,
        "6 × 32",
        "3 × 4",
        D_VOCAB,
        best,
        f"{2 ** FORWARD.surprisals.mean():.1f}",
    ]
    for number in numbers:
        assert any(f"<b>{number}</b>" in one for one in words)
    titles = [text(f"station.{station.name}.title", layers=3) for station in figures.STATIONS]
    assert [title for title in titles if f"<b>{title}</b>" not in words] == []


def _best():
    likely = np.exp(FORWARD.logits.astype(float))
    return int(likely.argmax()), likely.max() / likely.sum()


def test_the_small_pictures_are_of_this_run():
    lengths, queries, weights, logits, likely, bits, _ = journey().data
    assert list(lengths.y) == [3, 1, 4, 1, 2, 4]
    np.testing.assert_array_equal(queries.z, FORWARD.queries[0, 0])
    middle = attention.head(FORWARD, 1, 0).visible_weights
    np.testing.assert_allclose(weights.z[::-1], middle, rtol=1e-6)
    assert (weights.zmin, weights.zmax) == (0, 1)
    np.testing.assert_array_equal([logits.y[0], logits.y[-1]], np.sort(FORWARD.logits)[[-1, 0]])
    assert (np.diff(logits.y) <= 0).all()
    assert likely.y[0] == pytest.approx(_best()[1])
    assert len(likely.y) == 5
    np.testing.assert_array_equal(bits.y, FORWARD.surprisals)


def test_positions_beyond_what_a_small_picture_holds_are_left_out():
    lengths, queries, weights, _, _, bits, _ = journey(made(100)).data
    most = figures.MOST_POSITIONS
    assert [len(values) for values in (lengths.y, queries.z, bits.y)] == [most] * 3
    assert weights.z.shape == (most, most)


def test_every_station_leads_to_a_page_and_its_whole_card_can_be_clicked():
    figure = journey()
    targets = figure.data[-1]
    assert len(targets.x) == len(figures.STATIONS)
    assert targets.marker.opacity == 0
    cards = [shape for shape in figure.layout.shapes if shape.fillcolor == PAPER]
    n_stations = len(figures.STATIONS)
    for card, centre, width in zip(cards, targets.x, [targets.width] * n_stations, strict=True):
        assert card.x0 * n_stations == pytest.approx(centre - width / 2)
        assert card.x1 * n_stations == pytest.approx(centre + width / 2)
    assert tuple(figure.layout.xaxis9.range) == (0, n_stations)


def test_markup_in_the_sentence_and_in_the_next_token_is_not_markup():
    logits = np.zeros(D_VOCAB, np.float32)
    logits[VOCABULARY.index(b"<b>")] = 9.0
    words = words_of(journey(replace(FORWARD, text="<i>a & b", logits=logits)))
    assert "&lt;i&gt;a &amp; b" in words
    assert figures._large("&lt;b&gt;") in words


@pytest.mark.parametrize("words", ["The cat slept", "猫睡了一整天因为它很累"])
def test_a_long_sentence_is_cut_and_says_so(words):
    sentence = words + "\n&\n" + "tail " * 99
    (shown,) = (w for w in words_of(journey(replace(FORWARD, text=sentence))) if "<br>" in w)
    lines = shown.replace("&amp;", "&").split("<br>")
    assert len(lines) == 4
    assert max(map(len, lines)) <= figures.LINE_WIDTH
    assert lines[0].startswith(words[:7])
    assert lines[-1].endswith("…")
    assert "\n" not in shown


def test_a_single_token_has_no_perplexity():
    figure = journey(made(1))
    assert figures._large("–") in words_of(figure)
    assert len(figure.data[-2].y) == 0


def test_a_network_without_plain_attention_shows_its_weights_and_no_queries():
    forward = made(6, keeps_weights=True)
    maps = [trace for trace in journey(forward).data if trace.type == "heatmap"]
    (weights,) = maps
    np.testing.assert_array_equal(np.tril(weights.z[::-1]), forward.attention_weights[1, 0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_that_leave_the_figure_are_those_of_the_cards(language):
    targets = journey(language=language).data[-1]
    words = words_of(journey(language=language))
    assert len(targets.customdata[0]) == len(targets.meta)
    for title, number, unit in targets.customdata:
        assert {f"<b>{title}</b>", figures._large(number), unit} <= set(words)


def test_the_card_of_the_tests_has_the_width_of_its_heads():
    assert CARD.d_model == CARD.n_heads * CARD.d_head
