import numpy as np
import pytest

from core import masks
from pages.figures import masks as figures
from pages.figures.style import ACCENT, COMPACT, DARK, REMOVED
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import made

N_TOKENS = 8
FORWARD = made(N_TOKENS)


def result_of(kind, size=0, side="left"):
    return masks.under(FORWARD, 1, 2, masks.of_kind(kind, N_TOKENS, size, side))


@pytest.fixture
def text():
    return load_text("masks", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weights_are_drawn_where_the_mask_allows_and_nowhere_else(language):
    text = load_text("masks", language)
    result = result_of("prefix", 4)
    drawn = figures.masked(result, FORWARD.tokens, 3, text).data[1].z
    np.testing.assert_array_equal(np.isfinite(drawn), result.allowed)
    np.testing.assert_allclose(
        drawn[result.allowed], result.attention_weights[result.allowed], rtol=1e-6
    )
    layout = figures.masked(result, FORWARD.tokens, 3, text).layout
    assert layout.xaxis.title.text == layout.xaxis2.title.text == text("axis.key")
    assert layout.yaxis.title.text == text("axis.query")
    assert layout.coloraxis.colorbar.title.text == text("axis.weight")
    assert (layout.coloraxis.cmin, layout.coloraxis.cmax) == (0, 1)


def test_a_row_without_any_key_is_blank_in_both_panels(text):
    mask, weights = figures.masked(result_of("padding", 3), FORWARD.tokens, 5, text).data[:2]
    assert np.isnan(weights.z[:3]).all()
    assert np.isfinite(weights.z[3:]).any(axis=1).all()
    # The causal mask would have allowed these cells, and that is all that is shown of them.
    assert set(mask.z[:3][np.isfinite(mask.z[:3])]) == {2.5}


@pytest.mark.parametrize(
    ("kind", "size", "kept", "gained", "lost"),
    [
        ("causal", 0, 36, 0, 0),
        ("bidirectional", 0, 36, 28, 0),
        ("prefix", 3, 36, 3, 0),
        ("window", 2, 15, 0, 21),
        ("cache", 2, 15, 0, 0),
    ],
)
def test_the_mask_is_told_apart_from_the_causal_one(text, kind, size, kept, gained, lost):
    cells = figures.masked(result_of(kind, size), FORWARD.tokens, 7, text).data[0].z
    assert [(cells == value).sum() for value in (0.5, 1.5, 2.5)] == [kept, gained, lost]
    assert np.isfinite(cells).sum() == kept + gained + lost


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_colour_of_the_mask_is_named_and_has_a_dark_counterpart(language):
    text = load_text("masks", language)
    figure = figures.masked(result_of("prefix", 3), FORWARD.tokens, 0, text)
    named = figure.data[2:]
    assert [trace.name for trace in named] == [text(f"masked.{part}") for part in figures.PARTS]
    colours = [trace.marker.color for trace in named]
    assert [colour for _, colour in figure.layout.coloraxis2.colorscale][::2] == colours
    assert set(colours) <= set(DARK)
    # 0.5, 1.5, 2.5 of 0 … 3 lie in the middle of a step each.
    assert (figure.layout.coloraxis2.cmin, figure.layout.coloraxis2.cmax) == (0, 3)


def test_the_panels_are_zoomed_together(text):
    figure = figures.masked(result_of("causal"), FORWARD.tokens, 0, text)
    left, right = figure.data[:2]
    assert (left.yaxis, right.yaxis) == (None, None)
    assert right.xaxis == "x2"
    assert figure.layout.xaxis2.matches == "x"
    assert left.x == right.x
    assert left.meta == right.meta == COMPACT


@pytest.mark.parametrize(("position", "row"), [(6, 0), (7, 1)])
def test_the_rows_of_a_cache_are_the_last_queries(text, position, row):
    figure = figures.masked(result_of("cache", 2), FORWARD.tokens, position, text)
    weights = figure.data[1]
    assert weights.z.shape == (2, N_TOKENS)
    assert weights.y == weights.x[-2:]
    for frame, axis in zip(figure.layout.shapes, ("x", "x2"), strict=True):
        assert (frame.y0, frame.y1, frame.xref) == (row - 0.5, row + 0.5, axis)
        assert (frame.x0, frame.x1, frame.line.color) == (-0.5, N_TOKENS - 0.5, ACCENT)


def test_the_numbers_of_the_figure_are_named(text):
    table = export.numbers(figures.masked(result_of("window", 2), FORWARD.tokens, 3, text))
    names = [text(f"axis.{name}") for name in ("query", "key", "part", "weight")]
    assert table.columns.tolist() == names
    assert table[names[3]].notna().sum() == 15
    assert table[names[2]].notna().sum() == 36


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "size"), [("bidirectional", 0), ("window", 2), ("cache", 3)])
def test_a_query_is_drawn_under_the_causal_mask_and_under_the_chosen_one(language, kind, size):
    text = load_text("masks", language)
    result = result_of(kind, size)
    figure = figures.mask_row(result, FORWARD.tokens, 6, text)
    causal, chosen = figure.data
    row = result.row(6)
    n_shown = N_TOKENS if kind == "bidirectional" else 7
    assert len(causal.x) == len(set(causal.x)) == n_shown
    assert np.isfinite(causal.y).tolist() == result.is_causal[row, :n_shown].tolist()
    assert np.isfinite(chosen.y).tolist() == result.allowed[row, :n_shown].tolist()
    for bars in figure.data:
        assert np.nansum(bars.y) == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(
        chosen.y[np.isfinite(chosen.y)], result.attention_weights[row][result.allowed[row]]
    )
    assert (causal.name, chosen.name) == (text("mask_row.causal"), text("mask_row.chosen"))
    assert (causal.marker.color, chosen.marker.color) == (REMOVED, ACCENT)
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] >= 1
    assert not figure.layout.annotations
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.weight")


def test_a_query_without_any_key_has_no_bars_and_is_told_so(text):
    figure = figures.mask_row(result_of("padding", 3), FORWARD.tokens, 1, text)
    causal, chosen = figure.data
    assert np.isnan(chosen.y).all()
    assert np.nansum(causal.y) == pytest.approx(1, rel=1e-5)
    (note,) = figure.layout.annotations
    assert note.text == text("mask_row.undefined")


def test_equal_tokens_stay_apart_and_markup_in_them_is_not_markup(text):
    for trace in (
        figures.masked(result_of("causal"), FORWARD.tokens, 0, text).data[0],
        figures.mask_row(result_of("causal"), FORWARD.tokens, 7, text).data[0],
    ):
        assert trace.x[:3] == ("&lt;b&gt;<sub>0</sub>", "&amp;<sub>1</sub>", "␣cat<sub>2</sub>")
        assert len(set(trace.x)) == N_TOKENS


@pytest.mark.parametrize("kind", masks.KINDS)
def test_a_single_token_has_its_figures(text, kind):
    forward = made(1)
    size = masks.sizes(kind, 1)[0]
    result = masks.under(forward, 0, 0, masks.of_kind(kind, 1, size))
    assert figures.masked(result, forward.tokens, 0, text).data[1].z.tolist() == [[1.0]]
    assert figures.mask_row(result, forward.tokens, 0, text).data[1].y.tolist() == [1.0]
