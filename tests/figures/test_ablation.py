import numpy as np
import pytest

from core import ablation
from core.model.questions import Ablated
from pages.figures import ablation as figures
from pages.figures.style import ACCENT, SECOND, SIGNED
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

RANKED = ("divergence", "loss")


def measured(n_tokens=6):
    forward = made(n_tokens)
    other = made(n_tokens, seed=1)
    answer = Ablated(forward.logits, other.logits, forward.surprisals, other.surprisals)
    effect = ablation.effect(answer, 5)
    return forward, effect, tuple(forward.token(int(number)) for number in effect.token_ids)


@pytest.fixture
def text():
    return load_text("ablation", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_tokens_stand_in_pairs(language):
    text = load_text("ablation", language)
    _, effect, tokens = measured()
    figure = figures.next_tokens(effect, tokens, text)
    before, after = figure.data
    np.testing.assert_allclose(before.y, effect.probabilities_before, rtol=1e-6)
    np.testing.assert_allclose(after.y, effect.probabilities_after, rtol=1e-6)
    assert before.x == after.x
    assert len(set(before.x)) == len(tokens)
    assert (before.marker.color, after.marker.color) == (SECOND, ACCENT)
    assert [trace.name for trace in figure.data] == [text("side.before"), text("side.after")]
    assert figure.layout.xaxis.title.text == text("axis.next")
    assert figure.layout.yaxis.title.text == text("axis.probability")
    assert figure.layout.yaxis.range[1] >= max(before.y.max(), after.y.max())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_losses_and_below_them_their_difference(language):
    text = load_text("ablation", language)
    forward, effect, _ = measured()
    figure = figures.losses(effect, forward.tokens, text)
    before, after, change = figure.data
    np.testing.assert_allclose(change.y, np.array(after.y) - np.array(before.y), atol=1e-5)
    assert len(change.x) == len(forward.tokens) - 1
    assert change.x[0].endswith("<sub>1</sub>"), "the first token has no prediction"
    assert change.yaxis == "y2"
    low, high = figure.layout.yaxis2.range
    assert low <= change.y.min() and change.y.max() <= high
    assert figure.layout.yaxis.title.text == text("axis.bits")
    assert figure.layout.yaxis2.title.text == text("axis.change")
    assert not figure.layout.annotations


def test_markup_in_a_token_is_not_markup(text):
    forward, effect, _ = measured()
    tokens = tuple(forward.token(256) for _ in effect.token_ids)  # <b>
    assert figures.next_tokens(effect, tokens, text).data[0].x[0].startswith("&lt;b&gt;")


def test_a_long_text_has_lines_without_markers(text):
    forward, effect, _ = measured(200)
    assert {t.mode for t in figures.losses(effect, forward.tokens, text).data[:2]} == {"lines"}


def test_before_any_ablation_there_is_one_side_only(text):
    forward = made(6)
    effect = ablation.effect(ablation.untouched(forward), 5)
    tokens = tuple(forward.token(int(number)) for number in effect.token_ids)
    bars = figures.next_tokens(effect, tokens, text)
    lines = figures.losses(effect, forward.tokens, text)
    for figure in (bars, lines):
        assert [trace.name for trace in figure.data] == [text("side.before")]
        assert np.isfinite(figure.data[0].y).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_token_is_told_instead_of_an_empty_figure(language):
    text = load_text("ablation", language)
    forward, effect, _ = measured(1)
    empty = np.full((3, 4), np.nan)
    for figure in (
        figures.losses(effect, forward.tokens, text),
        figures.ranking(empty, (), "loss", text),
        figures.strongest((), "loss", text),
    ):
        assert [note.text for note in figure.layout.annotations] == [text("ablation_loss.nothing")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rank_by", RANKED)
def test_the_ranking_has_a_cell_for_each_head_and_frames_the_chosen_ones(language, rank_by, rng):
    text = load_text("ablation", language)
    sizes = rng.normal(size=(30, 9)).astype(np.float32)
    figure = figures.ranking(sizes, ((2, 1), (29, 8)), rank_by, text)
    (heat_map,) = figure.data
    np.testing.assert_array_equal(heat_map.z, sizes)
    assert heat_map.hovertemplate == text(f"ranking.hover.{rank_by}")
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(0.5, 1.5), (7.5, 28.5)]
    axis = figure.layout.coloraxis
    assert (axis.cmin == -axis.cmax) == (rank_by == "loss")
    assert (axis.colorscale == tuple(map(tuple, SIGNED))) == (rank_by == "loss")
    assert axis.cmax == pytest.approx(abs(sizes).max())
    assert figure.layout.yaxis.title.text == text("choose.layer")


@pytest.mark.parametrize("rank_by", RANKED)
@pytest.mark.parametrize("size", [0.0, 1e-11])
def test_what_is_only_rounded_is_not_coloured(text, rank_by, size):
    axis = figures.ranking(np.full((3, 4), size), (), rank_by, text).layout.coloraxis
    assert axis.cmin <= 0
    assert axis.cmax >= 1e-3
    bars = figures.strongest(ablation.strongest(np.full((3, 4), size), 5), rank_by, text)
    assert bars.layout.xaxis.range[1] > 1e-4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rank_by", RANKED)
def test_the_strongest_are_named_with_their_numbers_inside_the_axis(language, rank_by):
    text = load_text("ablation", language)
    heads = ablation.strongest(np.array([[0.5, -0.25], [0.125, 0.0]]), 3)
    figure = figures.strongest(heads, rank_by, text)
    (bars,) = figure.data
    assert bars.y == ("L0H0", "L0H1", "L1H0")
    np.testing.assert_allclose(bars.x, [0.5, -0.25, 0.125])
    assert bars.text == tuple(text(f"strongest.number.{rank_by}", size=h.size) for h in heads)
    assert bars.marker.color == (ACCENT, SECOND, ACCENT)
    low, high = figure.layout.xaxis.range
    assert low < -0.25 and high > 0.5
    assert figure.layout.yaxis.autorange == "reversed"
