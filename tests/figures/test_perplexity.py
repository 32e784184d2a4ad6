import numpy as np
import pytest

from core import perplexity
from pages.figures import perplexity as figures
from pages.figures.powers import short
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

FORWARD = made(12)
TOKENS = FORWARD.tokens
FOUND = perplexity.branching(FORWARD.surprisals)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("perplexity", request.param)


def test_a_bar_is_the_branching_factor_of_its_moment(text):
    figure = figures.branching(FOUND, TOKENS, 3, text)
    (bars,) = figure.data
    np.testing.assert_allclose(10 ** bars.y.astype(float), FOUND.factors, rtol=1e-5)
    assert bars.x[0].startswith("&amp;")  # the first token has no prediction, and no bar
    heights = [10**shape.y0 for shape in figure.layout.shapes]
    np.testing.assert_allclose(heights, [FOUND.perplexity, FOUND.arithmetic])
    assert short(FOUND.perplexity) in figure.layout.annotations[0].text
    assert len(set(bars.marker.color)) == 2
    assert bars.marker.color[3] not in bars.marker.color[:3]


def test_the_bases_have_the_numbers_in_their_lines(text):
    lines = figures.bases(FOUND, text).splitlines()
    assert len(lines) == 7
    assert all(f"**{FOUND.perplexity:,.5f}**" in line for line in lines[4:])
    assert f"{FOUND.total:,.4f} ÷ 11" in lines[4]


def test_the_probability_falls_beside_its_root(text):
    found = perplexity.prefixes(FORWARD.surprisals)
    figure = figures.text_probability(found, TOKENS, text)
    falling, root = figure.data
    assert (np.diff(falling.y) <= 0).all()
    np.testing.assert_allclose(10 ** root.y.astype(float), found.roots, rtol=1e-5)
    assert root.xaxis == "x2"
    assert text("text_probability.p") in figure.layout.annotations[0].text


@pytest.mark.parametrize("stop", [0, 5, len(perplexity.STOPS) - 1])
def test_the_slider_ends_at_infinity(text, stop):
    found = perplexity.impossible(FORWARD.surprisals, 2)
    figure = figures.impossible_token(found, stop, text)
    assert len(figure.frames) == len(perplexity.STOPS)
    assert figure.frames[-1].data[0].text == (figures.INFINITE,)
    assert figure.layout.sliders[0].active == stop
    assert figure.layout.sliders[0].steps[-1].label == "0"
    assert figure.layout.yaxis.ticktext[-1] == "∞"
    low, high = figure.layout.yaxis.range
    assert all(low < frame.data[0].y[0] < high for frame in figure.frames)
    assert figure.data[2].y == figure.frames[stop].data[0].y


def test_a_text_that_is_impossible_already_is_drawn(text):
    bits = np.array([1.0, np.inf, 2.0])
    found = perplexity.branching(bits)
    assert figures.branching(found, TOKENS[:4], 1, text).data[0].customdata[1][1] == "∞"
    figures.text_probability(perplexity.prefixes(bits), TOKENS[:4], text)
    rarity = perplexity.impossible(bits, 1)
    figure = figures.impossible_token(rarity, rarity.nearest_stop, text)
    assert np.isfinite(figure.data[1].y[0])


def test_the_area_of_a_bar_is_what_its_text_cost(text):
    corpus = perplexity.corpus([np.array([6.0]), np.ones(3), np.zeros(0)])
    figure = figures.weighted_texts(corpus, ["<b>", "long " * 20, "x"], text)
    (bars,) = figure.data
    np.testing.assert_allclose(bars.width * bars.y, corpus.totals[:2] * np.log10(2), rtol=1e-5)
    assert bars.customdata[0][0] == "&lt;b&gt;"
    assert bars.customdata[1][0].endswith("…")
    assert "4.757" in figure.layout.annotations[0].text
    lines = figures.corpus_lines(corpus, text)
    assert "(64 + 2) ÷ 2 = 33" in lines
    assert "**4.757**" in lines
