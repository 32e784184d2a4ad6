import dataclasses
import re
import warnings
from itertools import pairwise

import numpy as np
import pytest

from core import stages
from core.stages import WINDOW
from pages.figures import stages as figures
from pages.figures.style import ACCENT, SECOND, WEIGHTS
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import D_HEAD, made

N_TOKENS = 9
FORWARD = made(N_TOKENS)
FOUND = stages.stages(FORWARD, 1, 2)
AFTER = np.triu_indices(N_TOKENS, k=1)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture
def text():
    return load_text("stages", "en")


def panels(figure):
    return dict(zip(figures.PANELS, figure.data, strict=True))


def numbers_in(words):
    return [float(number) for number in NUMBER.findall(words)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panels_show_the_stages_and_say_so(language):
    text = load_text("stages", language)
    figure = figures.stages(FOUND, FORWARD.tokens, 5, 2, text)
    drawn = panels(figure)
    for name, cells in (
        ("products", FOUND.products),
        ("scores", FOUND.scores),
        ("outputs", FOUND.outputs),
    ):
        np.testing.assert_allclose(drawn[name].z, cells, rtol=1e-6)
    for name, cells in (("masked", FOUND.scores), ("weights", FOUND.attention_weights)):
        assert np.isnan(drawn[name].z[AFTER]).all()
        below = np.tril_indices(N_TOKENS)
        np.testing.assert_allclose(drawn[name].z[below], cells[below], rtol=1e-6)
    for name, note in zip(figures.PANELS, figure.layout.annotations, strict=True):
        assert note.text.startswith(f"<b>{text(f'stages.{name}')}</b><br>")
        low, high = numbers_in(note.text.split("<br>")[1])
        assert low == pytest.approx(np.nanmin(drawn[name].z), rel=1e-2)
        assert high == pytest.approx(np.nanmax(drawn[name].z), rel=1e-2)
    assert figure.layout.yaxis.title.text == text("axis.query")


def test_the_panels_share_their_queries_and_all_but_the_output_their_keys(text):
    layout = figures.stages(FOUND, FORWARD.tokens, 5, 2, text).layout
    assert [layout[f"yaxis{n}"].matches for n in range(2, 6)] == ["y"] * 4
    assert [layout[f"xaxis{n}"].matches for n in range(2, 6)] == ["x"] * 3 + [None]
    assert layout.yaxis.autorange == "reversed"
    ends = [layout[f"xaxis{n}"].domain for n in ("", 2, 3, 4, 5)]
    for (_, end), (start, _) in pairwise(ends):
        assert end < start
    assert (ends[0][0], ends[-1][1]) == pytest.approx((0, 1))


def test_colours_of_signed_numbers_are_even_about_zero_and_weights_go_to_one(text):
    figure = figures.stages(FOUND, FORWARD.tokens, 5, 2, text)
    for place, name in enumerate(figures.PANELS):
        axis = figure.layout[f"coloraxis{place + 1 if place else ''}"]
        if name == "weights":
            assert (axis.cmin, axis.cmax) == (0, 1)
            assert [colour for _, colour in axis.colorscale] == [colour for _, colour in WEIGHTS]
        else:
            assert axis.cmin == -axis.cmax
            assert axis.cmax == pytest.approx(np.nanmax(abs(figure.data[place].z)), rel=1e-6)


@pytest.mark.parametrize(("query", "key"), [(5, 2), (0, 0), (3, 8)])
def test_the_chosen_cell_is_framed_in_every_panel_of_keys(text, query, key):
    frames = figures.stages(FOUND, FORWARD.tokens, query, key, text).layout.shapes
    assert [frame.xref for frame in frames] == ["x", "x2", "x3", "x4"]
    for frame in frames:
        found = (frame.x0, frame.x1, frame.y0, frame.y1)
        assert found == (key - 0.5, key + 0.5, query - 0.5, query + 0.5)


@pytest.mark.parametrize("n_tokens", [WINDOW, WINDOW + 1, 400])
def test_of_a_long_text_the_part_around_the_cell_is_shown(text, n_tokens):
    forward = made(n_tokens)
    found = stages.stages(forward, 1, 2)
    for query, key in [(0, 0), (n_tokens - 1, n_tokens - 1), (n_tokens - 1, 0), (120, 100)]:
        figure = figures.stages(found, forward.tokens, query, key, text)
        rows, columns = (stages.window(place, n_tokens) for place in (query, key))
        for name, drawn in panels(figure).items():
            assert drawn.z.shape == (WINDOW, D_HEAD if name == "outputs" else WINDOW)
            assert len(drawn.y) == WINDOW
            # What the browser adds to the place of a click:
            first = None if name == "outputs" else columns.start
            assert drawn.meta == {"first": [first, rows.start]}
        assert figure.data[0].y[0].endswith(f"<sub>{rows.start}</sub>")
        assert figure.data[0].x[0].endswith(f"<sub>{columns.start}</sub>")
        np.testing.assert_allclose(figure.data[0].z, found.products[rows, columns], rtol=1e-6)
        frame = figure.layout.shapes[0]
        assert frame.x0 + 0.5 + columns.start == key
        assert frame.y0 + 0.5 + rows.start == query


def test_a_part_in_which_all_is_masked_is_blank_and_says_no_range(text):
    forward = made(400)
    found = stages.stages(forward, 1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = figures.stages(found, forward.tokens, 0, 399, text)
    assert np.isnan(panels(figure)["masked"].z).all()
    ranges = [note.text.split("<br>")[1] for note in figure.layout.annotations]
    assert ranges[2:4] == ["–", "–"]
    assert "nan" not in "".join(ranges)


@pytest.mark.parametrize("n_tokens", [1, 2])
def test_a_short_text_has_its_stages(text, n_tokens):
    forward = made(n_tokens)
    found = stages.stages(forward, 0, 0)
    for drawn in figures.stages(found, forward.tokens, 0, n_tokens - 1, text).data:
        assert drawn.z.shape[0] == n_tokens


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_the_numbers_has_every_panel(language):
    text = load_text("stages", language)
    table = export.numbers(figures.stages(FOUND, FORWARD.tokens, 5, 2, text))
    seen = N_TOKENS * (N_TOKENS + 1) // 2
    for name, count in (
        ("products", N_TOKENS**2),
        ("scores", N_TOKENS**2),
        ("masked", seen),
        ("weights", seen),
        ("outputs", N_TOKENS * D_HEAD),
    ):
        assert table[text(f"stages.{name}")].notna().sum() == count
    assert table[text("axis.query")].notna().all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_are_a_bar_each_with_their_factors(language):
    text = load_text("stages", language)
    cell = stages.cell(FOUND, 5, 2)
    figure = figures.terms(FOUND, cell, 5, 2, text)
    (bars,) = figure.data
    assert list(bars.x) == list(range(D_HEAD))
    np.testing.assert_allclose(bars.y, bars.customdata[:, 0] * bars.customdata[:, 1], rtol=1e-6)
    assert sum(bars.y) == pytest.approx(float(FOUND.products[5, 2]), abs=1e-5)
    signs = [ACCENT if height >= 0 else SECOND for height in bars.y]
    assert list(bars.marker.color) == signs
    assert {ACCENT, SECOND} == set(signs)
    assert figure.layout.xaxis.title.text == text("axis.dimension")
    assert figure.layout.yaxis.title.text == text("axis.term")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("query", "key"), [(5, 2), (0, 0), (3, 8)])
def test_the_denominator_is_a_bar_for_each_key_that_is_seen(language, query, key):
    text = load_text("stages", language)
    cell = stages.cell(FOUND, query, key)
    figure = figures.exponentials(cell, FORWARD.tokens, query, key, text)
    (bars,) = figure.data
    assert len(bars.x) == len(bars.y) == query + 1
    assert max(bars.y) == 1
    assert sum(bars.y) == pytest.approx(cell.denominator, rel=1e-5)
    marked = [place for place, colour in enumerate(bars.marker.color) if colour == SECOND]
    assert marked == ([key] if key <= query else [])
    if marked:
        assert bars.y[key] / sum(bars.y) == pytest.approx(cell.weight, rel=1e-5)
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.exponential")


def test_the_formula_holds_the_numbers_of_the_cell():
    query, key = 5, 2
    cell = stages.cell(FOUND, query, key)
    product, score, weight = figures.formula(FOUND, cell, query, key)
    factors = numbers_in(product.split("=")[1])
    first = [FOUND.queries[query, 0], FOUND.keys[key, 0]]
    np.testing.assert_allclose(factors[:2], first, atol=0.005)
    last = [FOUND.queries[query, -1], FOUND.keys[key, -1]]
    np.testing.assert_allclose(factors[-2:], last, atol=0.005)
    assert product.count(r"\dots") == 1  # 8 terms
    assert numbers_in(product)[-1] == pytest.approx(cell.product, abs=1e-4)
    assert numbers_in(score.split("=")[1]) == pytest.approx([cell.product, FOUND.scale], abs=1e-4)
    assert numbers_in(score)[-1] == pytest.approx(cell.score, abs=1e-4)
    assert numbers_in(weight)[-1] == pytest.approx(cell.weight, abs=1e-4)
    *_, above, below, _ = numbers_in(weight)
    assert above / below == pytest.approx(cell.weight, abs=1e-3)
    assert below == pytest.approx(cell.denominator, abs=1e-4)


@pytest.mark.parametrize("query", range(N_TOKENS))
@pytest.mark.parametrize("key", range(N_TOKENS))
def test_the_formula_ends_in_the_weight_of_any_cell(query, key):
    cell = stages.cell(FOUND, query, key)
    lines = figures.formula(FOUND, cell, query, key)
    assert len(lines) == 3
    assert numbers_in(lines[-1])[-1] == pytest.approx(cell.weight, abs=1e-4)
    assert (r"\infty" in lines[-1]) == (key > query)
    assert "\n" not in "".join(lines)
    assert "  " not in "".join(lines)


def test_a_short_sum_is_written_in_full():
    few = dataclasses.replace(FOUND, queries=FOUND.queries[:, :4], keys=FOUND.keys[:, :4])
    cell = stages.cell(few, 5, 2)
    product = figures.formula(few, cell, 5, 2)[0]
    assert r"\dots" not in product
    factors = np.array(numbers_in(product.split("=")[1])).reshape(-1, 2)
    np.testing.assert_allclose(factors, np.stack([few.queries[5], few.keys[2]], -1), atol=0.005)
