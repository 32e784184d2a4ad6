import numpy as np
import pytest

from core import sampling
from core.tokens import Token
from pages.figures import sampling as figures
from pages.figures.style import ACCENT, REMOVED
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


def sampled(**settings):
    return sampling.sample_from(np.log(PROBABILITIES), **settings)


@pytest.fixture
def text():
    return load_text("sampling", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_removed_is_drawn_as_removed_and_with_what_it_had(language):
    text = load_text("sampling", language)
    figure = figures.distribution(sampled(p=0.6), SHOWN, 0, text)
    removed, kept, raw = figure.data
    np.testing.assert_allclose(removed.y, [np.nan, np.nan, 0.15, 0.1, 0.05], rtol=1e-6)
    np.testing.assert_allclose(kept.y, [4 / 7, 3 / 7, np.nan, np.nan, np.nan], rtol=1e-6)
    np.testing.assert_allclose(raw.y, PROBABILITIES, rtol=1e-6)
    assert (removed.marker.color, kept.marker.color) == (REMOVED, ACCENT)
    names = [text(f"distribution.{part}") for part in ("removed", "kept", "before")]
    assert [trace.name for trace in figure.data] == names
    assert figure.layout.xaxis.title.text == text("axis.token")
    assert figure.layout.yaxis.title.text == text("axis.probability")


def test_equal_tokens_stay_apart_and_markup_in_them_is_not_markup(text):
    figure = figures.distribution(sampled(), SHOWN, 0, text)
    assert {trace.x for trace in figure.data} == {LABELS}
    assert figure.layout.xaxis.categoryarray == LABELS
    assert figures.columns(sampled(), SHOWN, 0, text).data[0].y == LABELS


def test_removed_tokens_have_the_probability_after_the_temperature(text):
    figure = figures.distribution(sampled(temperature=0.5, k=1), SHOWN, 0, text)
    squares = PROBABILITIES**2 / (PROBABILITIES**2).sum()
    np.testing.assert_allclose(figure.data[0].y[1:], squares[1:], rtol=1e-6)
    assert figure.data[1].y[0] == 1.0


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.0, 1e6])
@pytest.mark.parametrize("k", [0, 1])
def test_every_mark_stands_inside_the_axis(text, temperature, k):
    # At T = 1 the first token has nearly all: hot, the line of T = 1 stands far above the bars.
    result = sampling.sample_from(np.array([9.0, 4.0, 3.0, 2.0, 1.0]), temperature, k)
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_columns_are_the_steps_in_their_order(language):
    text = load_text("sampling", language)
    result = sampled(temperature=0.5, p=0.6)
    figure = figures.columns(result, SHOWN, 1, text)
    logit, tempered, filtered, probability = figure.data
    np.testing.assert_allclose(logit.x, np.log(PROBABILITIES))
    np.testing.assert_allclose(tempered.x, 2 * np.log(PROBABILITIES))
    np.testing.assert_allclose(filtered.x[:2], 2 * np.log(PROBABILITIES[:2]))
    np.testing.assert_allclose(probability.x, [0.64, 0.36, 0, 0, 0])
    titles = [figure.layout[f"xaxis{number}"].title.text for number in ("", 2, 3, 4)]
    steps = ("logit", "tempered", "filtered", "probability")
    assert titles == [text(f"columns.{step}") for step in steps]
    assert figure.layout.yaxis.title.text == text("axis.token")


def test_a_removed_token_has_no_bar_but_its_minus_infinity(text):
    figure = figures.columns(sampled(p=0.6), SHOWN, 0, text)
    filtered, probability = figure.data[2:]
    written = [note for note in figure.layout.annotations if note.text == "−∞"]
    assert [(note.xref, note.y) for note in written] == [("x3", label) for label in filtered.y[2:]]
    assert np.isnan(filtered.x[2:]).all()
    assert filtered.text == ("-0.92", "-1.20", "−∞", "−∞", "−∞")
    assert probability.text == ("0.5714", "0.4286", "0", "0", "0")
    assert filtered.marker.color == (ACCENT, ACCENT, REMOVED, REMOVED, REMOVED)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_every_bar_of_a_column_fits_with_its_number(text, temperature):
    figure = figures.columns(sampled(temperature=temperature), SHOWN, 0, text)
    for trace, number in zip(figure.data, ("", 2, 3, 4), strict=True):
        low, high = figure.layout[f"xaxis{number}"].range
        assert low < high
        assert low <= min(0, np.nanmin(trace.x))
        assert high >= max(0, np.nanmax(trace.x))


def test_the_likeliest_token_is_the_top_row(text):
    figure = figures.columns(sampled(), SHOWN, 0, text)
    assert figure.layout.yaxis.autorange == "reversed"
