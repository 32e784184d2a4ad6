import numpy as np
import pytest

from core import grouped_query
from pages.figures import grouped_query as figures
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

CACHE = grouped_query.Cache(30, 9, 3, 64, 8192, 1, 4)


@pytest.fixture
def text():
    return load_text("grouped_query", "en")


def joined(trace):
    """From which place above to which below each line goes."""
    return [(float(top), float(low)) for top, low in trace.x.reshape(-1, 3)[:, :2]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_joins_each_query_head_to_the_one_that_it_reads(language):
    text = load_text("grouped_query", language)
    figure = figures.readers(grouped_query.readers(6, 2), False, text)
    lines, below, above = figure.data
    assert joined(lines) == [(0, 1), (1, 1), (2, 1), (3, 4), (4, 4), (5, 4)]
    assert (list(above.x), list(below.x)) == ([0, 1, 2, 3, 4, 5], [1, 4])
    assert (lines.line.color, above.marker.color, below.marker.color) == (ACCENT, ACCENT, SECOND)
    assert above.hovertemplate == text("readers.hover")
    assert above.customdata.tolist()[3] == [3, 1, 1]
    expected = (text("readers.below"), text("readers.above"))
    assert figure.layout.yaxis.ticktext == expected


def test_the_mistake_is_drawn_where_it_is_asked_for_and_as_what_is_not_there(text):
    mistake, right, *_ = figures.readers(grouped_query.readers(6, 2), True, text).data
    assert joined(mistake) == [(0, 1), (1, 4), (2, 1), (3, 4), (4, 1), (5, 4)]
    assert (mistake.line.color, mistake.line.dash) == (REMOVED, "dash")
    assert right.line.color == ACCENT


@pytest.mark.parametrize(("n_heads", "shared"), [(1, 1), (9, 3), (71, 1), (256, 256)])
def test_any_number_of_heads_stands_inside_the_axes(text, n_heads, shared):
    figure = figures.readers(grouped_query.readers(n_heads, shared), True, text)
    low, high = figure.layout.xaxis.range
    for trace in figure.data:
        assert low < np.nanmin(trace.x)
        assert np.nanmax(trace.x) < high
    assert len(figure.data[-1].x) == n_heads
    assert ("text" in figure.data[-1].mode) == (n_heads <= figures.MOST_NUMBERED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bars_are_the_three_ways_to_share(language):
    text = load_text("grouped_query", language)
    figure = figures.cache(CACHE, text)
    (bars,) = figure.data
    sizes = [CACHE.multi_query.n_bytes, CACHE.n_bytes, CACHE.multi_head.n_bytes]
    np.testing.assert_allclose(bars.x, sizes)
    assert bars.text == ("120 MiB", "360 MiB", "1.055 GiB")
    assert bars.y == (
        text("cache.multi_query", n=1),
        text("cache.chosen", n=3),
        text("cache.multi_head", n=9),
    )
    assert bars.marker.color == (REMOVED, ACCENT, SECOND)
    assert figure.layout.xaxis.title.text == text("axis.bytes")


def test_a_line_grows_with_the_tokens_and_the_weights_do_not(text):
    figure = figures.growth(CACHE, 538_060_032, "A<b>", text)
    *lines, here = figure.data
    for line, cache in zip(lines, (CACHE.multi_head, CACHE.multi_query, CACHE), strict=True):
        np.testing.assert_allclose(line.y, line.x * cache.bytes_per_token)
    assert (here.x[0], here.y[0]) == (8192, CACHE.n_bytes)
    weights, chosen = figure.layout.shapes
    assert (weights.y0, weights.y1) == (538_060_032, 538_060_032)
    assert (chosen.x0, chosen.x1) == (8192, 8192)
    assert "A&lt;b&gt;" in figure.layout.annotations[-1].text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("shared", "names"),
    [
        (3, [["multi_head"], ["multi_query"], ["chosen"]]),
        (9, [["multi_head", "chosen"], ["multi_query"]]),
        (1, [["multi_head"], ["multi_query", "chosen"]]),
    ],
)
def test_lines_that_lie_on_each_other_share_a_name(language, shared, names):
    text = load_text("grouped_query", language)
    cache = grouped_query.Cache(30, 9, shared, 64, 8192, 1, 4)
    *notes, _ = figures.growth(cache, 10**9, "A", text).layout.annotations
    expected = [" = ".join(text(f"growth.{kind}") for kind in kinds) for kinds in names]
    assert [note.text for note in notes] == expected


@pytest.mark.parametrize("n_bytes_of_weights", [1, 10**9, 10**15])
@pytest.mark.parametrize("n_tokens", [1, 2**20])
def test_every_mark_of_the_growth_stands_inside_the_axes(text, n_bytes_of_weights, n_tokens):
    cache = grouped_query.Cache(1, 256, 2, 1, n_tokens, 1, 1)
    figure = figures.growth(cache, n_bytes_of_weights, "A", text)
    for axis in "xy":
        low, high = figure.layout[f"{axis}axis"].range
        marks = [np.log10(np.asarray(trace[axis], dtype=float)) for trace in figure.data]
        marks.append([note[axis] for note in figure.layout.annotations])
        assert low <= min(map(min, marks))
        assert max(map(max, marks)) <= high


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", [0, 5])
def test_a_group_is_drawn_with_one_row_per_head(language, query):
    text, forward = load_text("grouped_query", language), made(6)
    group = grouped_query.group_of(forward, 1, 3, query)
    figure = figures.group(group, forward.tokens, 3, text)
    (heat_map,) = figure.data
    np.testing.assert_allclose(heat_map.z, group.attention_weights)
    assert heat_map.y == tuple(text("group.head", number=number) for number in (2, 3))
    assert len(set(heat_map.x)) == query + 1
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.y1, frame.line.color) == (0.5, 1.5, ACCENT)
    assert figure.layout.xaxis.title.text == text("axis.key")
    assert figure.layout.yaxis.title.text == text("axis.head")
