import dataclasses

import numpy as np
import pytest

from core import alibi
from core.stages import WINDOW
from pages.figures import alibi as figures
from pages.figures.style import ACCENT, COMPACT, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import CARD, made

N_TOKENS = 8


def rotary(n_tokens=N_TOKENS):
    card = dataclasses.replace(CARD, rope_frequencies=(1.0, 0.3, 0.1, 0.01))
    return dataclasses.replace(made(n_tokens), model=card)


FORWARD = rotary()


def biased(forward=FORWARD, **settings):
    return alibi.biased(alibi.scores("unrotated", forward, 1, 2), 0.5, **settings)


def runs(forward=FORWARD):
    run = alibi.encoded(forward, 1, 2)
    return {"own": run, "alibi": run, "none": run}


@pytest.fixture
def text():
    return load_text("alibi", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n_heads", [1, 8, 9, 12, 128])
def test_every_head_has_its_bar_and_its_curve(language, n_heads):
    text = load_text("alibi", language)
    heads = alibi.heads(n_heads)
    figure = figures.slopes(heads, text)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    drawn = {int(x): y for bar in bars for x, y in zip(bar.x, bar.y, strict=True)}
    assert list(sorted(drawn)) == list(range(n_heads))
    np.testing.assert_array_equal([drawn[head] for head in range(n_heads)], heads.slopes)
    assert [bar.marker.color for bar in bars] == [ACCENT, SECOND][: len(bars)]
    curves = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]
    assert sum(np.isnan(curve.x).sum() for curve in curves) == n_heads
    for curve in curves:
        known = np.isfinite(curve.x)
        expected = np.exp(-heads.slopes[curve.customdata[known]] * curve.x[known])
        np.testing.assert_allclose(curve.y[known], expected, atol=1e-6)
    assert figure.layout.yaxis.type == figure.layout.xaxis2.type == "log"
    assert figure.layout.xaxis.title.text == text("axis.head")
    assert figure.layout.yaxis2.title.text == text("axis.factor")


@pytest.mark.parametrize("n_heads", [8, 9])
def test_the_naive_formula_stands_beside_it_only_where_it_differs(text, n_heads):
    figure = figures.slopes(alibi.heads(n_heads), text)
    naive = [trace for trace in figure.data if trace.name == text("alibi_slopes.naive")]
    assert len(naive) == figure.layout.showlegend == (n_heads == 9)
    for trace in naive:
        np.testing.assert_array_equal(trace.y, alibi.naive_slopes(n_heads))


@pytest.mark.parametrize(("n_heads", "named"), [(16, True), (17, False)])
def test_the_dots_are_where_a_curve_is_at_one_half(text, n_heads, named):
    heads = alibi.heads(n_heads)
    dots = figures.slopes(heads, text).data[-1]
    np.testing.assert_allclose(dots.x, np.log(2) / heads.slopes, rtol=1e-6)
    assert set(dots.y) == {0.5}
    assert ("text" in dots.mode) == named


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_windows_are_marks_below_the_end_of_the_row(language):
    text = load_text("alibi", language)
    windows = {share: alibi.window(alibi.slopes(9), 256, share) for share in (0.9, 0.99)}
    figure = figures.windows(windows, 256, 65536, text)
    for trace, (share, counts) in zip(figure.data, windows.items(), strict=True):
        np.testing.assert_array_equal(trace.y, counts)
        assert trace.name == text("alibi_windows.share", share=share)
        assert (trace.y <= 256).all()
    assert figure.layout.shapes[0].y0 == 256
    assert "256" in figure.layout.annotations[0].text
    told = figures.windows_in_words(windows)
    assert told["narrowest"] == min(windows[0.9])
    assert told["widest_99"] == max(windows[0.99])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("symmetric", [False, True])
def test_the_three_matrices_are_linked_and_blank_where_masked(language, symmetric):
    text = load_text("alibi", language)
    found = biased(is_symmetric=symmetric)
    figure = figures.matrices(found, FORWARD.tokens, 5, text)
    numbers = found.scores, found.bias, found.attention_weights
    for panel, cells in zip(figure.data, numbers, strict=True):
        np.testing.assert_array_equal(np.isfinite(panel.z), found.is_seen)
        np.testing.assert_allclose(panel.z[found.is_seen], cells[found.is_seen], atol=1e-6)
        assert panel.meta == {"first": [0, 0]}
    assert figure.layout.meta == {"linked": True}
    assert figure.layout.xaxis2.matches == figure.layout.xaxis3.matches == "x"
    for note, name in zip(figure.layout.annotations, figures.PANELS, strict=True):
        assert text(f"alibi_matrices.{name}") in note.text
        assert "-0<" not in note.text + "<" and "… -0" not in note.text
    assert [(shape.y0, shape.y1) for shape in figure.layout.shapes] == [(4.5, 5.5)] * 3
    axes = figure.layout
    assert (axes.coloraxis3.cmin, axes.coloraxis3.cmax) == (0, 1)
    assert axes.coloraxis.cmin == -axes.coloraxis.cmax


def test_of_a_long_text_the_part_around_the_row_is_shown(text):
    forward = rotary(300)
    figure = figures.matrices(biased(forward), forward.tokens, 250, text)
    (start, _) = figure.data[0].meta["first"]
    assert figure.data[0].z.shape == (WINDOW, WINDOW)
    assert start <= 250 < start + WINDOW
    assert figure.layout.shapes[0].y0 + 0.5 + start == 250


def test_flat_scores_have_a_scale_too(text):
    figure = figures.matrices(alibi.biased(np.zeros((3, 3)), 0.5), FORWARD.tokens[:3], 0, text)
    assert figure.layout.coloraxis.cmax > 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("symmetric", [False, True])
def test_the_row_has_the_keys_that_its_query_sees(language, symmetric):
    text = load_text("alibi", language)
    found = biased(is_symmetric=symmetric)
    figure = figures.row(found, FORWARD.tokens, 3, text)
    plain, with_bias = figure.data
    assert len(plain.x) == len(with_bias.x) == (N_TOKENS if symmetric else 4)
    assert plain.y.sum() == pytest.approx(1)
    assert with_bias.y.sum() == pytest.approx(1)
    assert [bar.name for bar in figure.data] == [text("alibi_row.plain"), text("alibi_row.biased")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_that_is_not_there_yet_is_told_in_its_panel(language):
    text = load_text("alibi", language)
    for missing in ((), ("alibi",), ("alibi", "none")):
        shown = runs() | dict.fromkeys(missing)
        figure = figures.maps(shown, FORWARD.tokens, text)
        assert len(figure.data) == 3 - len(missing)
        notes = [note.text for note in figure.layout.annotations]
        assert notes.count(text("alibi_maps.missing")) == len(missing)
        for name in shown:
            assert f"<b>{text(f'encoding.{name}')}</b>" in notes
        lines = figures.losses(shown, FORWARD.tokens, text)
        assert [line.name for line in lines.data] == [
            text(f"encoding.{name}") for name in shown if shown[name]
        ]


def test_the_maps_are_sent_small_and_blank_above_the_diagonal(text):
    for panel in figures.maps(runs(), FORWARD.tokens, text).data:
        assert panel.meta == COMPACT
        assert np.isnan(panel.z[np.triu_indices(N_TOKENS, k=1)]).all()
        np.testing.assert_allclose(np.nansum(panel.z, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_token_has_maps_but_no_bits(language):
    text = load_text("alibi", language)
    forward = rotary(1)
    shown = runs(forward)
    assert figures.maps(shown, forward.tokens, text).data[0].z.shape == (1, 1)
    figure = figures.losses(shown, forward.tokens, text)
    assert [note.text for note in figure.layout.annotations] == [text("alibi_losses.nothing")]
    assert figures.loss_in_words(shown["own"], text) == "–"
    assert figures.loss_in_words(None, text) == "–"
    found = biased(forward)
    assert figures.matrices(found, forward.tokens, 0, text).data[2].z.tolist() == [[1.0]]
    assert figures.row(found, forward.tokens, 0, text).data[0].y.tolist() == [1.0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_of_every_figure_can_be_taken_along(language):
    text = load_text("alibi", language)
    slopes = export.numbers(figures.slopes(alibi.heads(9), text))
    assert slopes[text("axis.slope")].notna().sum() == 9 + 9  # with the naive ones
    table = export.numbers(figures.matrices(biased(), FORWARD.tokens, 5, text))
    seen = N_TOKENS * (N_TOKENS + 1) // 2
    for name in figures.PANELS:
        assert table[text(f"alibi_matrices.{name}")].notna().sum() == seen
    assert table[text("axis.key")].notna().all()
    maps = export.numbers(figures.maps(runs(), FORWARD.tokens, text))
    for name in figures.COLOURS:
        assert maps[text(f"encoding.{name}")].notna().sum() == seen
    assert len(export.numbers(figures.losses(runs(), FORWARD.tokens, text))) == 3 * (N_TOKENS - 1)


def test_the_loss_is_told_in_bits_and_perplexity(text):
    run = alibi.Encoded(np.ones((1, 1)), np.array([2.0, 4.0]))
    assert figures.loss_in_words(run, text) == "3.00 bits, ppl 8.0"
