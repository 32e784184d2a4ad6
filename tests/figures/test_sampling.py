import numpy as np
import pytest

from core import sampling
from core.sampling import Context, Step
from core.tokens import Token
from pages.figures import sampling as figures
from pages.figures.style import ACCENT, GRID, REMOVED
from pages.text import LANGUAGES, load_text

WORDS = [b"<b>", b" cat", b"\xe4\xbd", b" cat", b"&"]
SHOWN = tuple(Token(number, raw) for number, raw in enumerate(WORDS))
PROBABILITIES = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
LABELS = (
    "&lt;b&gt;<sub>1</sub>",
    "␣cat<sub>2</sub>",
    "⟨E4 BD⟩<sub>3</sub>",
    "␣cat<sub>4</sub>",
    "&amp;<sub>5</sub>",
)
EVERY = tuple(
    Step(name, value, ((1, 2.0),))
    for name, value in {
        "bias": 2.0, "repetition": 1.2, "presence": 0.5, "frequency": 0.5, "no_repeat_ngram": 3,
        "temperature": 0.7, "top_k": 4, "top_p": 0.95, "min_p": 0.05, "typical": 0.99,
        "epsilon": 0.001, "eta": 0.001,
    }.items()
)  # fmt: skip


def sampled(*steps, **settings):
    steps = (*steps, *(Step(name, value) for name, value in settings.items()))
    return sampling.pipeline(np.log(PROBABILITIES), steps, Context((0, 1, 4, 1)))


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("sampling", request.param)


def test_what_is_removed_is_drawn_as_removed_and_with_what_it_had(text):
    figure = figures.distribution(sampled(top_p=0.6), SHOWN, 0, text)
    removed, kept, raw = figure.data
    np.testing.assert_allclose(removed.y, [np.nan, np.nan, 0.15, 0.1, 0.05], rtol=1e-6)
    np.testing.assert_allclose(kept.y, [4 / 7, 3 / 7, np.nan, np.nan, np.nan], rtol=1e-6)
    np.testing.assert_allclose(raw.y, PROBABILITIES, rtol=1e-6)
    assert (removed.marker.color, kept.marker.color) == (REMOVED, ACCENT)
    assert removed.hovertext == ("", "", *["top-p 0.6"] * 3)
    names = [text(f"distribution.{part}") for part in ("removed", "kept", "before")]
    assert [trace.name for trace in figure.data] == names
    assert figure.layout.xaxis.title.text == text("axis.token")
    assert figure.layout.yaxis.title.text == text("axis.probability")


def test_equal_tokens_stay_apart_and_markup_in_them_is_not_markup(text):
    figure = figures.distribution(sampled(), SHOWN, 0, text)
    assert {trace.x for trace in figure.data} == {LABELS}
    assert figure.layout.xaxis.categoryarray == LABELS
    assert figures.columns(sampled(), SHOWN, 0, text).data[0].y == LABELS


def test_removed_tokens_have_the_probability_just_before(text):
    figure = figures.distribution(sampled(temperature=0.5, top_k=1), SHOWN, 0, text)
    squares = PROBABILITIES**2 / (PROBABILITIES**2).sum()
    np.testing.assert_allclose(figure.data[0].y[1:], squares[1:], rtol=1e-6)
    assert figure.data[1].y[0] == 1.0


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.0, 1e6])
@pytest.mark.parametrize("k", [0, 1])
def test_every_mark_stands_inside_the_axis(text, temperature, k):
    # At T = 1 the first token has nearly all: hot, the line of T = 1 stands far above the bars.
    steps = Step("temperature", temperature), Step("top_k", k)
    result = sampling.pipeline(np.array([9.0, 4.0, 3.0, 2.0, 1.0]), steps)
    figure = figures.distribution(result, SHOWN, 0, text)
    low, high = figure.layout.yaxis.range
    drawn = np.concatenate([trace.y for trace in figure.data])
    assert low == 0
    assert np.nanmax(drawn) <= high


@pytest.mark.parametrize("chosen", [0, 4])
def test_the_chosen_token_is_pointed_at(text, chosen):
    (pointer,) = figures.distribution(sampled(), SHOWN, chosen, text).layout.annotations
    assert pointer.x == chosen
    columns = figures.columns(sampled(), SHOWN, chosen, text)
    for trace in columns.data:
        assert np.flatnonzero(np.array(trace.marker.opacity) == 1).tolist() == [chosen]


def test_the_columns_are_the_stages_in_their_order(text):
    figure = figures.columns(sampled(temperature=0.5, top_p=0.6), SHOWN, 1, text)
    logit, tempered, filtered, probability = figure.data
    np.testing.assert_allclose(logit.x, np.log(PROBABILITIES))
    np.testing.assert_allclose(tempered.x, 2 * np.log(PROBABILITIES))
    np.testing.assert_allclose(filtered.x[:2], 2 * np.log(PROBABILITIES[:2]))
    np.testing.assert_allclose(probability.x, [0.64, 0.36, 0, 0, 0])
    titles = [figure.layout[f"xaxis{number}"].title.text for number in ("", 2, 3, 4)]
    names = [f"{text('stage.temperature')} 0.5", f"{text('stage.top_p')} 0.6"]
    assert titles == [text("columns.logit"), *names, text("columns.probability")]
    assert figure.layout.yaxis.title.text == text("axis.token")


def test_a_removed_token_has_no_bar_but_its_minus_infinity(text):
    figure = figures.columns(sampled(top_p=0.6), SHOWN, 0, text)
    filtered, probability = figure.data[1:]
    written = [note for note in figure.layout.annotations if note.text == "−∞"]
    assert [(note.xref, note.y) for note in written] == [("x2", label) for label in filtered.y[2:]]
    assert np.isnan(filtered.x[2:]).all()
    assert filtered.text == ("-0.92", "-1.20", "−∞", "−∞", "−∞")
    assert probability.text == ("0.5714", "0.4286", "0", "0", "0")
    assert filtered.marker.color == (ACCENT, ACCENT, REMOVED, REMOVED, REMOVED)


@pytest.mark.parametrize("steps", [(), (Step("temperature", 0.0),), EVERY])
def test_every_bar_of_a_column_fits_with_its_number(text, steps):
    figure = figures.columns(sampled(*steps), SHOWN, 0, text)
    assert len(figure.data) == len(steps) + 2
    for place, trace in enumerate(figure.data, 1):
        low, high = figure.layout[f"xaxis{place if place > 1 else ''}"].range
        assert low < high
        assert low <= min(0, np.nanmin(trace.x))
        assert high >= max(0, np.nanmax(trace.x))


def test_the_likeliest_token_is_the_top_row(text):
    figure = figures.columns(sampled(), SHOWN, 0, text)
    assert figure.layout.yaxis.autorange == "reversed"


@pytest.mark.parametrize("steps", [(), (Step("temperature", 0.0),), EVERY])
@pytest.mark.parametrize("n_named", [1, 3, 5])
def test_every_bar_of_the_flow_is_the_whole_probability(text, steps, n_named):
    result = sampled(*steps)
    figure = figures.flow(result, SHOWN[:n_named], text)
    (bars,) = [trace for trace in figure.data if trace.type == "bar"]
    sizes, bases = (
        np.array(numbers, dtype=float).reshape(len(steps) + 1, n_named + 1)
        for numbers in (bars.y, bars.base)
    )
    np.testing.assert_allclose(sizes.sum(axis=1), 1.0, atol=1e-6)
    for place, stage in enumerate(result.stages):
        np.testing.assert_allclose(sizes[place, :-1], stage.probabilities[:n_named], atol=1e-6)
    # One upon the other, from 1 down to 0.
    np.testing.assert_allclose(bases, 1 - np.cumsum(sizes, axis=1), atol=1e-6)
    assert bars.marker.color[n_named] == GRID
    assert bars.customdata[n_named][1] == text("flow.rest")
    assert figure.layout.xaxis.title.text == text("axis.stage")


def test_what_is_lost_on_the_way_is_as_wide_as_what_was_removed(text):
    # One of those with a name, and both of the others.
    figure = figures.flow(sampled(top_k=2), SHOWN[:3], text)
    (lost,) = [t for t in figure.data if t.type == "scatter" and t.fillcolor == REMOVED]
    starts = np.isclose(lost.x, np.nanmin(lost.x))
    widths = lost.y[starts].reshape(-1, 2)
    assert np.abs(np.diff(widths)).sum() == pytest.approx(0.3, abs=1e-6)
    ends = lost.y[np.isclose(lost.x, np.nanmax(lost.x))].reshape(-1, 2)
    np.testing.assert_allclose(np.diff(ends), 0.0, atol=1e-6)
    assert "−30.0%" in figure.layout.xaxis.ticktext[1]


def test_the_measures_are_those_of_the_stages(text):
    result = sampled(temperature=0.5, top_k=2)
    figure = figures.measures(result, text)
    kept, removed, entropy, choices, divergence = figure.data
    np.testing.assert_allclose(kept.x, np.log2([5, 5, 2]), rtol=1e-6)
    assert kept.text == ("5", "5", "2")
    np.testing.assert_allclose(removed.x, [s.removed_mass for s in result.stages], atol=1e-6)
    np.testing.assert_allclose(entropy.x, [s.entropy for s in result.stages], rtol=1e-6)
    np.testing.assert_allclose(choices.x, entropy.x)
    np.testing.assert_allclose(divergence.x, [s.divergence for s in result.stages], atol=1e-6)
    assert kept.y == (
        f"0. {text('stage.raw')}",
        f"1. {text('stage.temperature')} 0.5",
        f"2. {text('stage.top_k')} 2",
    )
    titles = [figure.layout[f"xaxis{n if n > 1 else ''}"].title.text for n in range(1, 6)]
    assert titles == [text(f"measures.{name}") for name in figures.MEASURES]
    for place, trace in enumerate(figure.data, 1):
        assert trace.x.max() <= figure.layout[f"xaxis{place if place > 1 else ''}"].range[1]


def test_a_penalty_is_drawn_from_where_to_where_and_a_ban_at_the_bottom(text):
    result = sampled(repetition=2, no_repeat_ngram=2)  # after 1 came 4
    moved = result.moved(9)
    tokens = tuple(SHOWN[number] for number in moved.ids)
    lines, before, after = figures.penalised(moved, tokens, text).data
    logits = np.log(PROBABILITIES)
    assert moved.ids.tolist() == [0, 1, 4]
    np.testing.assert_allclose(before.y, logits[[0, 1, 4]], rtol=1e-6)
    np.testing.assert_allclose(after.y[:2], 2 * logits[:2], rtol=1e-6)
    assert after.y[2] < before.y.min()
    assert after.marker.symbol == ("circle", "circle", "x")
    assert after.customdata[2][2] == "−∞"
    assert lines.hoverinfo == "skip"
    assert (before.name, after.name) == (text("penalised.before"), text("penalised.after"))
