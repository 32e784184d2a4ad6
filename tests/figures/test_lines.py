import numpy as np
import pytest

from core import lines
from pages.figures import lines as figures
from pages.figures.style import MANY
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import N_HEADS, made

N_TOKENS = 12
FORWARD = made(N_TOKENS)
FOUND = lines.lines(FORWARD, 1)


@pytest.fixture
def text():
    return load_text("lines", "en")


def drawn(figure, head):
    """The traces of one head, the faintest first."""
    return [trace for trace in figure.data if trace.legendgroup == str(head)]


def ends(trace):
    """Query, key of every line of a trace."""
    xs, ys = (np.asarray(numbers).reshape(-1, 3) for numbers in (trace.x, trace.y))
    assert (xs[:, :2] == [0, 1]).all()
    assert np.isnan(xs[:, 2]).all()
    assert np.isnan(ys[:, 2]).all()
    return [(int(query), int(key)) for query, key in ys[:, :2]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_leads_from_its_query_to_its_key_as_thick_as_it_weighs(language):
    text = load_text("lines", language)
    figure = figures.lines(FOUND, (0, 1, 2, 3), FORWARD.tokens, 5, text)
    limits = [least for least, *_ in figures.STRENGTHS] + [np.inf]
    for one in FOUND:
        traces = drawn(figure, one.head)
        assert len(traces) == len(figures.STRENGTHS)
        weights = {
            (query, key): weight
            for query, key, weight in zip(
                one.queries.tolist(), one.keys.tolist(), one.weights, strict=True
            )
        }
        seen = []
        for trace, low, high in zip(traces, limits, limits[1:], strict=False):
            assert all(low <= weights[pair] < high for pair in ends(trace))
            seen += ends(trace)
        assert sorted(seen) == sorted(weights)
        assert traces[0].hovertemplate == text("lines.hover")


def test_stronger_lines_are_thicker_and_less_transparent(text):
    traces = drawn(figures.lines(FOUND, (0,), FORWARD.tokens, 5, text), 0)
    for numbers in ([t.line.width for t in traces], [t.opacity for t in traces]):
        assert numbers == sorted(set(numbers))
    assert figures.STRENGTHS[0][0] == lines.FAINTEST  # nothing that was found is left out


@pytest.mark.parametrize("shown", [(0,), (1, 3), (0, 1, 2, 3)])
def test_heads_that_are_not_shown_wait_in_the_legend(text, shown):
    figure = figures.lines(FOUND, shown, FORWARD.tokens, 5, text)
    for head in range(N_HEADS):
        expected = True if head in shown else "legendonly"
        assert {trace.visible for trace in drawn(figure, head)} == {expected}
    assert figure.layout.showlegend is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_has_one_entry_for_each_head_in_its_own_colour(language):
    text = load_text("lines", language)
    figure = figures.lines(FOUND, (0,), FORWARD.tokens, 5, text)
    entries = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in entries] == [
        text("lines.head", head=head) for head in range(N_HEADS)
    ]
    colours = [{trace.line.color for trace in drawn(figure, head)} for head in range(N_HEADS)]
    assert colours == [{MANY[head]} for head in range(N_HEADS)]
    assert figure.layout.legend.title.text == text("lines.legend")


def test_more_heads_than_colours_begin_again(text):
    (one, *_) = FOUND
    many = [lines.HeadLines(head, *list(vars(one).values())[1:]) for head in range(20)]
    figure = figures.lines(many, (0,), FORWARD.tokens, 5, text)
    assert drawn(figure, 19)[0].line.color == MANY[19 % len(MANY)]
    assert len(set(MANY)) == len(MANY) >= 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_sides_carry_the_tokens_as_they_read(language):
    text = load_text("lines", language)
    figure = figures.lines(FOUND, (0,), FORWARD.tokens, 5, text)
    left, right = (trace for trace in figure.data if trace.mode == "text")
    assert left.text == right.text
    assert left.text[:3] == ("&lt;b&gt;<sub>0</sub>", "&amp;<sub>1</sub>", "␣cat<sub>2</sub>")
    assert len(left.text) == N_TOKENS
    assert (left.y == np.arange(N_TOKENS)).all()
    assert (left.x < 0).all()
    assert (right.x > 1).all()
    assert list(figure.layout.xaxis.ticktext) == [text("axis.query"), text("axis.key")]


@pytest.mark.parametrize(
    ("n_tokens", "query", "first"),
    [
        (1, 0, 0),
        (12, 11, 0),
        (figures.IN_SIGHT, 3, 0),
        (200, 0, 0),
        (200, 100, 100 - figures.IN_SIGHT // 2),
        (200, 199, 200 - figures.IN_SIGHT),
    ],
)
def test_the_chosen_query_is_in_sight(text, n_tokens, query, first):
    forward = made(n_tokens)
    layout = figures.lines(lines.lines(forward, 0), (0,), forward.tokens, query, text).layout
    low, high = layout.yaxis.range
    assert low > high  # the first token at the top
    assert high == pytest.approx(first - 0.6)
    assert low == pytest.approx(first + min(n_tokens, figures.IN_SIGHT) - 0.4)
    assert high < query < low
    assert layout.height >= 320


def test_the_table_of_the_numbers_has_each_line_of_the_shown_heads_once(text):
    table = export.numbers(figures.lines(FOUND, (1, 3), FORWARD.tokens, 5, text))
    columns = [text(f"axis.{name}") for name in ("head", "query", "key", "weight")]
    assert list(table.columns) == columns
    expected = {
        (head, query, key): weight
        for head in (1, 3)
        for query, key, weight in zip(
            FOUND[head].queries, FOUND[head].keys, FOUND[head].weights, strict=True
        )
    }
    assert len(table) == len(expected)
    for head, query, key, weight in table.to_numpy():
        assert weight == pytest.approx(expected[head, query, key], rel=1e-6)


def test_a_head_without_lines_has_an_empty_table(text):
    found = lines.lines(made(1), 0, "without_sink")
    figure = figures.lines(found, (0,), made(1).tokens, 0, text)
    assert len(export.numbers(figure)) == 0
    assert len(drawn(figure, 0)) == len(figures.STRENGTHS)
