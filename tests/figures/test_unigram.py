import json
from itertools import pairwise

import numpy as np
import pytest

from core import unigram
from core.model import long_run
from pages.figures import unigram as figures
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export, stage

WORDS = unigram.words(long_run.text()[:2_000])
FOUND = unigram.train(WORDS, 90)
LAST = len(FOUND.steps)
VOCABULARY = unigram.vocabulary_of({"a": -2.0, "b": -3.0, "ab": -4.5, "ba": -4.2, "aba": -6.0})
SUMS = unigram.marginals(unigram.lattice("abab", VOCABULARY), 0.5)
BEST = unigram.n_best(SUMS.lattice, figures.BEST)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("unigram", request.param)


@pytest.mark.parametrize("gone", range(LAST + 1))
def test_every_frame_holds_the_costs_and_the_fate_of_pieces(text, gone):
    frame = figures.pruning(FOUND, WORDS, 0, text).frames[gone]
    bars, names, tokens, losses, _ = frame.data
    costs = {unigram_name(one.piece): one for one in FOUND.rankings[gone]}
    shown = [row for row in bars.customdata if row[0]]
    assert shown
    assert len(bars.x) == len(names.text) == figures.BARS
    after = FOUND.vocabularies[min(gone + 1, LAST)].log_p
    for row, colour in zip(bars.customdata, bars.marker.color, strict=False):
        if row[0]:
            one = costs[row[0]]
            assert (row[2], row[3]) == (one.count, f"{one.bits:.2f}")
            assert (colour == ACCENT) == (one.piece in after)
    assert (tokens.y[0], losses.y[0]) == (FOUND.n_tokens[gone], FOUND.losses[gone])


def unigram_name(piece):
    return figures.visible(piece)


def test_em_alone_drops_in_grey_and_pruning_in_orange(text):
    figure = figures.pruning(FOUND, WORDS, 1, text)
    assert SECOND not in figure.frames[0].data[0].marker.color
    assert REMOVED in figure.frames[0].data[0].marker.color
    assert SECOND in figure.frames[1].data[0].marker.color
    assert SECOND not in figure.frames[LAST].data[0].marker.color
    pruned = {figures.visible(one.piece) for one in FOUND.steps[1].pruned}
    for row, colour in zip(
        figure.frames[1].data[0].customdata, figure.frames[1].data[0].marker.color, strict=False
    ):
        assert (row[0] in pruned) == (colour == SECOND)


def test_the_courses_go_from_the_seeds_to_the_last_vocabulary(text):
    figure = figures.pruning(FOUND, WORDS, 0, text)
    np.testing.assert_array_equal(figure.data[5].x, FOUND.n_vocab)
    np.testing.assert_array_equal(figure.data[5].y, FOUND.n_tokens)
    np.testing.assert_array_equal(figure.data[6].y, FOUND.losses)
    left, right = figure.layout.xaxis2.range
    assert left > right
    assert figure.layout.yaxis3.title.text == text("axis.loss")


def test_nothing_but_the_rounds_is_sent_anew(text):
    sent = {stage.packed(figures.pruning(FOUND, WORDS, n, text))[0] for n in (0, LAST)}
    assert len(sent) == 1
    assert len(json.loads(sent.pop())["frames"]) == LAST + 1


def test_the_numbers_are_those_of_the_round(text):
    table = export.numbers(figures.pruning(FOUND, WORDS, 1, text))
    assert text("axis.cost") in table
    assert text("axis.fate") in table


def test_all_ways_end_where_they_were_asked_to(text):
    assert figures.sizes(FOUND, 90, text)["ending"] == text("ending.asked", n_vocab=90, asked=90)
    least = unigram.train(WORDS, unigram.least_vocab(WORDS))
    told = figures.sizes(least, 10, text)["ending"]
    assert told == text("ending.characters", n_vocab=len(least.vocabulary), asked=10)
    single = unigram.train(["▁abc"], 200)
    assert figures.sizes(single, 200, text)["ending"] == text("ending.nothing")
    assert figures.pruning(single, ["▁abc"], 0, text).data


def test_beams_stand_over_their_letters_and_none_over_another(text):
    (beams,) = figures.lattice(SUMS, BEST, text).data
    arcs = SUMS.lattice.arcs
    places = list(zip(beams.y, beams.base, beams.x, strict=True))
    for arc, (_, base, width) in zip(arcs, places, strict=True):
        assert (round(float(base)), round(float(base + width))) == (arc.start, arc.stop)
    for row in set(beams.y):
        spans = sorted((base, base + width) for y, base, width in places if y == row)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    first, second = set(BEST[0].arcs), set(BEST[1].arcs)
    for arc, colour in zip(arcs, beams.marker.color, strict=True):
        assert (colour == ACCENT) == (arc in first)
        assert (colour == SECOND) == (arc in second - first)
    assert [float(row[4]) for row in beams.customdata] == pytest.approx(
        [SUMS.share(arc) for arc in arcs], abs=1e-4
    )


def test_bars_are_the_exact_probabilities_and_lines_the_draws(text):
    drawn = unigram.sample(SUMS, 500, seed=1)
    exact, lines = figures.cuts(SUMS, BEST, drawn, text).data
    assert SUMS.lattice.n_ways == len(BEST) == 6
    assert exact.x == pytest.approx([SUMS.share_of(way) for way in BEST])
    assert lines.x * 500 == pytest.approx([drawn[way.parts] for way in BEST])
    assert sum(exact.x) == pytest.approx(1)


def test_cuts_that_are_not_shown_are_added_up(text):
    sums = unigram.marginals(unigram.lattice("ababababab", VOCABULARY), 0.1)
    drawn = unigram.sample(sums, 500, seed=1)
    figure = figures.cuts(sums, unigram.n_best(sums.lattice, 10), drawn, text)
    exact, lines = figure.data
    assert figure.layout.yaxis.ticktext[-1] == text("cuts.others")
    assert sum(exact.x) == pytest.approx(1)
    assert sum(lines.x) == pytest.approx(1)


@pytest.mark.parametrize("word", ["a", "☃", "<b>", "☃☃☃", "a" * 32])
def test_any_word_has_its_figures(text, word):
    sums = unigram.marginals(unigram.lattice(word, VOCABULARY), 0.0)
    best = unigram.n_best(sums.lattice, figures.BEST)
    assert figures.lattice(sums, best, text).layout.height < 1_000
    drawn = unigram.sample(sums, 10, seed=0)
    assert figures.cuts(sums, best, drawn, text).data[0].x[0] > 0
    told = figures.told(sums, best, word, text)
    assert ("☃" in told["unknown"]) == ("☃" in word)
    assert (told["second"] == text("lattice.only")) == (sums.lattice.n_ways == 1)
