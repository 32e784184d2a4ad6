import numpy as np
import pytest

from core import attention
from pages.figures import attention as figures
from pages.figures.style import ACCENT, REMOVED
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

N_TOKENS = 8
FORWARD = made(N_TOKENS)
LOOKS = attention.head(FORWARD, 1, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_draws_the_weights_and_nothing_above_the_diagonal(language):
    text = load_text("attention", language)
    figure = figures.weights(LOOKS, FORWARD.tokens, 3, text)
    drawn = figure.data[0].z
    above = np.triu_indices(N_TOKENS, k=1)
    assert np.isnan(drawn[above]).all()
    assert np.isnan(drawn).sum() == len(above[0])
    np.testing.assert_allclose(np.tril(drawn), np.tril(LOOKS.attention_weights), rtol=1e-6)
    assert figure.data[0].hovertemplate == text("weights.hover")
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.query")
    assert figure.layout.coloraxis.colorbar.title.text == text("axis.weight")


@pytest.fixture
def text():
    return load_text("attention", "en")


def test_the_colours_of_two_heads_can_be_compared(text):
    for head in range(4):
        looks = attention.head(FORWARD, 0, head)
        axis = figures.weights(looks, FORWARD.tokens, 0, text).layout.coloraxis
        assert (axis.cmin, axis.cmax) == (0, 1)


def test_the_first_query_is_the_top_row(text):
    figure = figures.weights(LOOKS, FORWARD.tokens, 0, text)
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(figure.data[0].y) == list(figure.data[0].x)


def test_equal_tokens_stay_apart_and_markup_in_them_is_not_markup(text):
    labels = figures.weights(LOOKS, FORWARD.tokens, 0, text).data[0].x
    assert labels[:6] == (
        "&lt;b&gt;<sub>0</sub>",
        "&amp;<sub>1</sub>",
        "␣cat<sub>2</sub>",
        "↵<sub>3</sub>",
        "⟨E4 BD⟩<sub>4</sub>",
        "␣cat<sub>5</sub>",
    )
    assert len(set(labels)) == N_TOKENS


@pytest.mark.parametrize("row", [0, 3, N_TOKENS - 1])
def test_the_chosen_row_is_framed_up_to_its_diagonal(text, row):
    (frame,) = figures.weights(LOOKS, FORWARD.tokens, row, text).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, row + 0.5, row - 0.5, row + 0.5)
    assert frame.line.color == ACCENT


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", [0, 5, N_TOKENS - 1])
def test_a_row_draws_one_query_over_the_keys_that_it_sees(language, query):
    text = load_text("attention", language)
    figure = figures.row(LOOKS, FORWARD.tokens, query, text)
    assert len(figure.data[0].x) == len(set(figure.data[0].x)) == query + 1
    np.testing.assert_allclose(
        figure.data[0].y, LOOKS.attention_weights[query, : query + 1], rtol=1e-6
    )
    assert sum(figure.data[0].y) == pytest.approx(1.0)
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] >= 1
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.weight")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n_tokens", [1, N_TOKENS])
def test_lengths_are_drawn_before_and_after_the_projection_for_each_key(language, n_tokens):
    text = load_text("attention", language)
    forward = made(n_tokens)
    carried = attention.carried(forward, 1, 3)
    figure = figures.lengths(carried, forward.tokens, text)
    before, after = figure.data
    np.testing.assert_allclose(before.y, np.linalg.norm(forward.values[1, 1], axis=-1), rtol=1e-6)
    np.testing.assert_allclose(after.y, forward.output_norms[1, 3], rtol=1e-6)
    assert len(before.x) == len(set(before.x)) == n_tokens
    assert before.x == after.x
    assert (before.name, after.name) == (text("lengths.value"), text("lengths.output"))
    assert (before.marker.color, after.marker.color) == (REMOVED, ACCENT)
    for bars in figure.data:
        assert bars.hovertemplate == text("lengths.hover", what=bars.name)
    assert figure.layout.showlegend is True
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.length")
    assert figure.layout.yaxis.rangemode == "tozero"


@pytest.mark.parametrize("lens", attention.LENSES)
@pytest.mark.parametrize("n_tokens", [1, 2, N_TOKENS])
def test_weights_seen_through_a_lens_are_drawn(text, lens, n_tokens):
    forward = made(n_tokens)
    looks = attention.through(lens, forward, 1, 2)
    drawn = figures.weights(looks, forward.tokens, 0, text).data[0].z
    assert np.isnan(drawn[0]).all() == (lens == "without_sink")
    bars = figures.row(looks, forward.tokens, n_tokens - 1, text).data[0]
    assert len(bars.y) == n_tokens
