import dataclasses

import numpy as np
import pytest

from core import absolute
from core.model.position_table import FoundTable
from pages.figures import absolute as figures
from pages.figures.style import COMPACT
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import CARD, made

N_TOKENS = 7
TABLE = absolute.table(20, 12)


def found(is_rotated, is_causal, n_tokens=N_TOKENS):
    card = dataclasses.replace(CARD, rope_frequencies=(1.0, 0.3, 0.1, 0.01))
    forward = dataclasses.replace(made(n_tokens), model=card)
    order = absolute.order(n_tokens, 1)
    return forward.tokens, absolute.shuffled(
        forward, 1, order, is_rotated=is_rotated, is_causal=is_causal
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_drawn_as_it_is(language):
    text = load_text("absolute", language)
    figure = figures.sinusoidal(TABLE, text)
    np.testing.assert_allclose(figure.data[0].z, TABLE.positions, atol=1e-6)
    assert figure.data[0].z.dtype == np.float32
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-1, 1)
    assert figure.layout.xaxis.title.text == text("axis.dimension")
    assert figure.layout.yaxis.title.text == text("axis.position")
    assert len(export.numbers(figure)) == 20 * 12


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("n", "d_model"), [(20, 12), (1, 2), (2, 2), (40, 2)])
def test_products_and_their_course_fit_their_axes(language, n, d_model):
    text = load_text("absolute", language)
    table = absolute.table(n, d_model)
    heat_map, curve = figures.products(table, text).data
    layout = figures.products(table, text).layout
    np.testing.assert_allclose(heat_map.z, table.products, atol=1e-5)
    np.testing.assert_allclose(curve.y, table.means, atol=1e-5)
    np.testing.assert_array_equal(curve.customdata, table.spreads)
    low, high = layout.yaxis2.range
    assert low <= curve.y.min() <= curve.y.max() <= high
    assert layout.coloraxis.cmin == -layout.coloraxis.cmax
    assert layout.xaxis2.title.text == text("axis.distance")


def trained(n, d_model=12):
    return np.random.default_rng(0).normal(size=(n, d_model)).astype(np.float32)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [3, 13, 256, 700])
def test_below_the_last_learned_row_there_is_nothing(language, n):
    text = load_text("absolute", language)
    found = absolute.learned(trained(n))
    figure = figures.learned_rows(found, text)
    np.testing.assert_array_equal(figure.data[0].z, found.positions)
    np.testing.assert_array_equal(figure.data[0].y, found.places)
    assert found.places[-1] < n
    (beyond,) = figure.layout.shapes
    bottom, top = figure.layout.yaxis.range
    assert (beyond.y0, beyond.y1) == (n - 0.5, bottom)
    assert top < 0
    (note,) = figure.layout.annotations
    assert note.text == text("learned_rows.beyond", n_positions=n)
    assert n - 0.5 < note.y < bottom
    assert figure.layout.coloraxis.cmax == -figure.layout.coloraxis.cmin == found.usual_size


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [3, 13, 700])
def test_learned_rows_are_compared_by_distance_and_with_the_formula(language, n):
    text = load_text("absolute", language)
    found = absolute.learned(trained(n))
    heat_map, band, formula, mean = figures.learned_cosines(found, text).data
    np.testing.assert_allclose(heat_map.z, found.cosines, atol=1e-6)
    half = len(found.distances)
    np.testing.assert_allclose(band.y[:half], found.smallest, atol=1e-6)
    np.testing.assert_allclose(band.y[half:][::-1], found.largest, atol=1e-6)
    np.testing.assert_allclose(mean.y, found.means, atol=1e-6)
    np.testing.assert_allclose(formula.y, found.of_formula, atol=1e-6)
    names = [text(f"learned_cosines.{name}") for name in ("band", "formula", "mean")]
    assert [band.name, formula.name, mean.name] == names
    assert mean.x[-1] == found.places[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_whose_table_it_is(language):
    text = load_text("absolute", language)
    own = FoundTable("GPT-2", trained(700), "transformer.wpe")
    words = figures.learned_in_words(absolute.learned(own.rows), own, text)
    assert words["kind"] == "own"
    assert "transformer.wpe" in words["whose"]
    assert "3" in words["shown_rows"]
    small = absolute.learned(trained(13))
    for none, kind in ((FoundTable("Llama", None), "none"), (None, "unknown")):
        words = figures.learned_in_words(small, none, text)
        assert (words["kind"], words["own_table"]) == (kind, False)
        assert words["whose"] == text("whose.small")
        assert words["shown_rows"] == text("shown.all")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("is_rotated", [False, True])
def test_the_shuffled_text_keeps_the_numbers_of_its_tokens(language, is_rotated, is_causal):
    text = load_text("absolute", language)
    tokens, shuffled = found(is_rotated, is_causal)
    figure = figures.shuffled(shuffled, tokens, text)
    before, after, changes = figure.data
    assert [label for label in np.array(before.x)[shuffled.order]] == list(after.x)
    assert list(changes.x) == list(changes.y) == list(before.x)
    for panel, cells in ((before, shuffled.before), (after, shuffled.after)):
        np.testing.assert_allclose(panel.z, cells, atol=1e-6)
        assert panel.meta == COMPACT
    np.testing.assert_allclose(changes.z, shuffled.changes, atol=1e-6)
    notes = [note.text for note in figure.layout.annotations]
    assert notes[:3] == [f"<b>{text(f'shuffled.{n}')}</b>" for n in ("before", "after", "changes")]
    assert (text("shuffled.none") in notes) == (not is_rotated and not is_causal)
    assert figure.layout.coloraxis3.cmin == -figure.layout.coloraxis3.cmax
    assert figure.layout.xaxis.title.text == text("axis.key")


def test_what_is_only_rounded_is_not_coloured():
    tokens, shuffled = found(False, False)
    assert shuffled.largest_change < absolute.ROUNDING
    figure = figures.shuffled(shuffled, tokens, load_text("absolute", "en"))
    assert figure.layout.coloraxis3.cmax == absolute.ROUNDING


def test_a_key_that_was_masked_and_is_seen_now_is_a_change():
    _, shuffled = found(False, True)
    only_now = np.isnan(shuffled.before) & np.isfinite(shuffled.put_back)
    assert only_now.any()
    np.testing.assert_array_equal(shuffled.changes[only_now], shuffled.put_back[only_now])
    never = np.isnan(shuffled.before) & np.isnan(shuffled.put_back)
    assert np.isnan(shuffled.changes[never]).all()


@pytest.mark.parametrize(("n_tokens", "is_cut"), [(1, False), (7, False), (17, True), (300, True)])
def test_the_beginning_of_the_shuffled_text_is_told(n_tokens, is_cut):
    tokens, shuffled = found(False, False, n_tokens)
    words = figures.in_order(shuffled, tokens)
    assert words.startswith(tokens[shuffled.order[0]].visible)
    assert words.endswith("…") == is_cut
    figure = figures.shuffled(shuffled, tokens, load_text("absolute", "en"))
    assert figure.data[0].z.shape == (n_tokens, n_tokens)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_can_be_taken_along(language):
    text = load_text("absolute", language)
    tokens, shuffled = found(True, False)
    table = export.numbers(figures.shuffled(shuffled, tokens, text))
    for name in ("before", "after", "changes"):
        assert table[text(f"shuffled.{name}")].notna().sum() == N_TOKENS**2
