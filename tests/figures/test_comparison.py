import dataclasses
import json

import numpy as np
import pytest

from core import comparison
from core.tokens import Token
from pages.figures import comparison as figures
from pages.figures import style
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.figures.test_style import TRANSPARENT, colours_by_key
from tests.forward_passes import OPENING, VOCABULARY, made

# B replaces the second token of A, and has one more behind it.
IDS_A = OPENING
IDS_B = [OPENING[0], 65, 66, *OPENING[2:]]
LABELS = ["<b>", "−&", "+A", "+B", "␣cat", "↵", "⟨E4 BD⟩", "␣cat"]


def run_of(ids, seed=0):
    tokens = tuple(Token(number, VOCABULARY[number]) for number in ids)
    return dataclasses.replace(made(len(ids), seed=seed), tokens=tokens)


A, B = run_of(IDS_A), run_of(IDS_B, 1)
ALIGNMENT = comparison.align(A, B)
RESULT = comparison.difference(A, B, ALIGNMENT, 1, 2)
SURVEY = comparison.survey(A, B, ALIGNMENT, range(3))
LIKELY = comparison.next_tokens(A, B, 4)
NEXT = tuple(B.token(int(number)) for number in LIKELY.token_ids)


def every_figure(text):
    return {
        "pinned_difference": figures.difference(RESULT, LABELS, 4, text),
        "pinned_maps": figures.maps(RESULT, LABELS, 4, text),
        "pinned_row": figures.row(RESULT, LABELS, 4, text),
        "pinned_heads": figures.heads(SURVEY, 1, 2, text),
        "pinned_next": figures.next_tokens(LIKELY, NEXT, text),
    }


@pytest.fixture
def text():
    return load_text("comparison", "en")


def test_a_row_is_named_by_what_it_is_in_both_texts():
    assert figures.joint_labels(ALIGNMENT, A.tokens, B.tokens) == LABELS
    replaced = run_of([OPENING[0], 65, *OPENING[2:]])
    labels = figures.joint_labels(comparison.align(A, replaced), A.tokens, replaced.tokens)
    assert labels[:3] == ["<b>", "&→A", "␣cat"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_difference_is_drawn_around_white_and_the_unpaired_in_grey(language):
    text = load_text("comparison", language)
    figure = figures.difference(RESULT, LABELS, 4, text)
    change, unpaired = figure.data
    np.testing.assert_allclose(change.z, RESULT.change, rtol=1e-6)
    np.testing.assert_allclose(unpaired.z, RESULT.unpaired, rtol=1e-6)
    axis, grey = figure.layout.coloraxis, figure.layout.coloraxis2
    assert (axis.cmin, axis.cmid) == (-axis.cmax, 0)
    assert axis.cmax >= np.nanmax(np.abs(RESULT.change))
    assert [colour for _, colour in axis.colorscale] == [colour for _, colour in style.SIGNED]
    assert (grey.cmin, grey.cmax) == (0, axis.cmax)
    assert axis.colorbar.title.text == text("axis.change")
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.query")
    assert change.hovertemplate == text("pinned_difference.hover.change")
    assert unpaired.hovertemplate == text("pinned_difference.hover.unpaired")


def test_every_visible_cell_is_drawn_once(text):
    change, unpaired = figures.difference(RESULT, LABELS, 4, text).data
    drawn = np.isfinite(change.z).astype(int) + np.isfinite(unpaired.z)
    in_both = {("−", "+"), ("+", "−")}  # a removed and an added token never stand together
    for query, key in np.ndindex(*drawn.shape):
        together = (LABELS[query][0], LABELS[key][0]) not in in_both
        assert drawn[query, key] == (key <= query and together)


def test_texts_of_the_same_tokens_have_no_grey_map(text):
    same = comparison.difference(A, A, comparison.align(A, A), 1, 2)
    (change,) = figures.difference(same, LABELS[:6], 0, text).data
    assert (change.z[np.tril_indices(6)] == 0).all()


def test_the_edge_of_the_mask_goes_down_the_diagonal_in_steps(text):
    stairs, frame = figures.difference(RESULT, LABELS, 4, text).layout.shapes
    assert stairs.path.startswith("M-0.5,-0.5H0.5V0.5H1.5V1.5H2.5")
    assert stairs.path.endswith("H7.5V7.5")
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 4.5, 3.5, 4.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_maps_have_the_same_axes_and_colours(language):
    text = load_text("comparison", language)
    figure = figures.maps(RESULT, LABELS, 4, text)
    a, b = figure.data
    np.testing.assert_allclose(a.z, RESULT.weights_a, rtol=1e-6)
    np.testing.assert_allclose(b.z, RESULT.weights_b, rtol=1e-6)
    assert a.x == a.y == b.x == b.y
    assert (a.coloraxis, b.coloraxis) == ("coloraxis", "coloraxis")
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    assert (figure.layout.xaxis2.matches, figure.layout.yaxis2.matches) == ("x", "y")
    titles = [figure.layout[axis].title.text for axis in ("xaxis", "xaxis2", "yaxis")]
    assert titles == [text(f"axis.{name}") for name in ("key_a", "key_b", "query")]


def test_the_chosen_row_is_framed_in_both_maps(text):
    frames = figures.maps(RESULT, LABELS, 4, text).layout.shapes
    assert [(frame.xref, frame.yref) for frame in frames] == [("x", "y"), ("x2", "y2")]
    assert {(frame.x0, frame.x1, frame.y0, frame.y1) for frame in frames} == {(-0.5, 4.5, 3.5, 4.5)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("query", "sums"), [(0, (1, 1)), (1, (1, 0)), (2, (0, 1)), (7, (1, 1))])
def test_the_bars_of_a_row_add_up_to_one_where_the_text_has_it(language, query, sums):
    text = load_text("comparison", language)
    figure = figures.row(RESULT, LABELS, query, text)
    for bars, total in zip(figure.data, sums, strict=True):
        assert np.nansum(bars.y) == pytest.approx(total)
        assert len(bars.x) == query + 1
    assert [bars.marker.color for bars in figure.data] == [SECOND, ACCENT]
    assert [bars.name for bars in figure.data] == [text("side.a"), text("side.b")]
    assert figure.layout.barmode == "group"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_head_has_its_cell_and_the_chosen_one_a_frame(language):
    text = load_text("comparison", language)
    figure = figures.heads(SURVEY, 1, 2, text)
    np.testing.assert_allclose(figure.data[0].z, SURVEY.distances, rtol=1e-6)
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, 0.5, 1.5)
    assert figure.layout.coloraxis.cmax >= np.nanmax(SURVEY.distances)
    assert figure.layout.annotations == ()
    assert figure.layout.xaxis.title.text == text("choose.head")
    assert figure.layout.yaxis.title.text == text("choose.layer")


def test_nothing_to_average_is_said_and_no_empty_panel(text):
    other = run_of([70])
    alignment = comparison.align(A, other)
    survey = comparison.survey(A, other, alignment, range(3))
    (note,) = figures.heads(survey, 0, 0, text).layout.annotations
    assert note.text == text("pinned_heads.nothing")
    assert figures.heads(survey, 0, 0, text).layout.shapes == ()
    labels = figures.joint_labels(alignment, A.tokens, other.tokens)
    result = comparison.difference(A, other, alignment, 0, 0)
    change, unpaired = figures.difference(result, labels, 0, text).data
    assert np.isnan(change.z).all()
    assert np.isfinite(unpaired.z).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_tokens_stand_in_pairs_below_the_top(language):
    text = load_text("comparison", language)
    figure = figures.next_tokens(LIKELY, NEXT, text)
    np.testing.assert_allclose(figure.data[0].y, LIKELY.probabilities_a, rtol=1e-6)
    np.testing.assert_allclose(figure.data[1].y, LIKELY.probabilities_b, rtol=1e-6)
    assert max(figure.data[0].y.max(), figure.data[1].y.max()) <= figure.layout.yaxis.range[1]
    assert figure.layout.yaxis.title.text == text("axis.probability")


def test_the_tables_tell_a_from_b(text):
    tables = {name: export.numbers(figure) for name, figure in every_figure(text).items()}
    n_a, n_b = len(IDS_A), len(IDS_B)
    maps = tables["pinned_maps"].notna().sum()
    assert maps[text("axis.key_a")] == n_a * (n_a + 1) / 2
    assert maps[text("axis.key_b")] == n_b * (n_b + 1) / 2
    cells = tables["pinned_difference"].notna().sum()
    assert cells[text("axis.change")] == np.isfinite(RESULT.change).sum()
    assert cells[text("axis.unpaired")] == np.isfinite(RESULT.unpaired).sum()
    assert set(tables["pinned_row"]["–"]) == {text("side.a"), text("side.b")}


@pytest.mark.parametrize("name", every_figure(load_text("comparison", "en")))
def test_every_colour_has_a_dark_counterpart(text, name):
    spec = json.loads(style.dressed(every_figure(text)[name]).to_json())
    assert set(colours_by_key(spec)) - style.DARK.keys() - {TRANSPARENT} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_said_and_where_there_is_none_a_dash(language):
    text = load_text("comparison", language)
    words = figures.in_words(RESULT, SURVEY, (1, 2), LABELS, text)
    largest, furthest = RESULT.largest, SURVEY.furthest
    assert words["largest"] == f"{largest.difference:+.2f}"
    assert words["distance"] == f"{SURVEY.distances[1, 2]:.3f}"
    assert f"L{furthest.layer} H{furthest.head}" in words["furthest"]
    for part in (words["largest"], LABELS[largest.query], LABELS[largest.key]):
        assert part in words["most"]
    alignment = comparison.align(A, A)
    same = comparison.difference(A, A, alignment, 1, 2)
    survey = comparison.survey(A, A, alignment, [1])
    words = figures.in_words(same, survey, (1, 2), LABELS, text)
    assert words == {
        "distance": "0.000",
        "furthest": text("number.none"),
        "largest": text("number.none"),
        "most": text("most.nothing"),
    }
