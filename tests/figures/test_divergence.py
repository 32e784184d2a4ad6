import json

import numpy as np
import pytest

from core import divergence
from core.tokens import Token
from pages.figures import divergence as figures
from pages.figures import style
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.core.test_divergence import contrasted, read_of
from tests.figures.test_style import TRANSPARENT, colours_by_key

FOUND = contrasted()
COLUMNS = divergence.columns(FOUND)
SHOWN = divergence.pair(FOUND, 1)  # KL(B‖A) is infinite there
TOKENS = tuple(Token(number, raw) for number, raw in ((5, b"<b>"), (6, b"|`"), (7, b" cat")))
READS = read_of([1, 2, 6], [9.0, 8.0]), read_of([2, 3, 6], [1.0, 6.0])
ALONG = divergence.along_bytes(*READS)


def every_figure(text):
    labels = figures.labels_of(COLUMNS, FOUND, text)
    return {
        "contrast_ribbons": figures.ribbons(COLUMNS, FOUND, labels, 4, text),
        "contrast_tokens": figures.tokens(SHOWN, TOKENS, text),
        "contrast_bytes": figures.along_bytes(ALONG, READS, ("one", "<i>"), text),
    }


@pytest.fixture
def text():
    return load_text("divergence", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_texts_stand_over_each_other_with_gaps_and_what_they_cost(language):
    text = load_text("divergence", language)
    figure = every_figure(text)["contrast_ribbons"]
    strips, difference, forward, backward, js = figure.data
    np.testing.assert_array_equal(strips.z[0], COLUMNS.bits_a.astype(np.float32))
    np.testing.assert_array_equal(strips.z[1], COLUMNS.bits_b.astype(np.float32))
    assert [list(row) for row in strips.text] == [
        ["␇<br>–", "␁<br>3.0", "", "", "␂<br>1.0", text("column.end")],
        ["␇<br>–", "", "␈<br>4.0", "⇥<br>5.0", "␂<br>2.5", text("column.end")],
    ]
    assert [name.split("<")[0] for name in strips.x] == [
        "␇", "−␁", "+␈", "+⇥", "␂", text("column.end")
    ]  # fmt: skip
    np.testing.assert_array_equal(difference.y, COLUMNS.difference.astype(np.float32))
    assert difference.marker.color[4] == ACCENT, "it costs more in B"
    np.testing.assert_array_equal(forward.y, COLUMNS.forward.astype(np.float32))
    assert (forward.marker.color, backward.marker.color) == (SECOND, ACCENT)
    np.testing.assert_array_equal(js.y, COLUMNS.js.astype(np.float32))
    assert figure.layout.yaxis3.title.text == text("axis.divergence")
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1) == (3.5, 4.5)


def test_what_is_infinite_goes_to_the_end_of_its_axis_and_says_so(text):
    every = every_figure(text)
    backward = every["contrast_ribbons"].data[3]
    top = every["contrast_ribbons"].layout.yaxis3.range[1]
    assert 0.9 * top < backward.y[-1] <= top
    assert list(backward.text) == ["", "", "", "", "", "∞"]
    assert backward.customdata[-1][1] == "∞"
    terms = every["contrast_tokens"].data[3]
    assert terms.text[-1] == "∞"
    assert terms.x[-1] <= every["contrast_tokens"].layout.xaxis2.range[1]


def test_the_terms_and_the_rest_are_drawn(text):
    p, q, forward, backward = every_figure(text)["contrast_tokens"].data
    np.testing.assert_allclose(p.x, SHOWN.p, rtol=1e-6)
    np.testing.assert_allclose(q.x, SHOWN.q, rtol=1e-6)
    np.testing.assert_allclose(forward.x[:-1], SHOWN.forward_terms, rtol=1e-6)
    assert sum(forward.x) == pytest.approx(SHOWN.forward, rel=1e-5)
    assert forward.y[-1] == text("column.rest")
    assert [p.y[0], p.y[2]] == ["&lt;b&gt;<sub>1</sub>", "␣cat<sub>3</sub>"]
    assert (forward.marker.color, backward.marker.color) == (SECOND, ACCENT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sum_is_written_out_line_by_line(language):
    text = load_text("divergence", language)
    lines = figures.sums(divergence.pair(FOUND, 0), TOKENS, text).splitlines()
    assert lines[2] == "| ` <b> ` | 0.5000 | 0.2500 | 1.00 | 0.500 |"
    assert "`` \\|` ``" in "\n".join(lines)
    assert lines[-1] == "| **KL(A‖B)** | | | | **0.250** |"
    assert text("sum.others") in lines[-2]
    infinite = figures.sums(divergence.pair(contrasted(), 1), TOKENS, text)
    assert "nan" not in infinite


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_said(language):
    text = load_text("divergence", language)
    words = figures.in_words(COLUMNS, SHOWN, 4, text)
    assert (words["bits_a"], words["backward"]) == ("2.00", "∞")
    assert "+1.50" in words["drawn"]
    assert figures.in_words(COLUMNS, SHOWN, 5, text)["drawn"] == text("drawn.none")
    assert figures.number(-0.5, signed=True) == "−0.50"
    assert figures.number(float("nan")) == "–"
    known = figures.bytes_in_words(ALONG)
    assert (known["per_byte_a"], known["per_byte_b"], known["first"]) == ("2.000", "1.750", 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_different_tokens_stand_on_their_bytes(language):
    text = load_text("divergence", language)
    a, b, line_a, line_b = every_figure(text)["contrast_bytes"].data
    np.testing.assert_array_equal(a.base, [0, 1, 2])
    np.testing.assert_array_equal(b.x, [2, 1, 3])
    np.testing.assert_allclose(a.marker.color, [0, 9, 2])
    np.testing.assert_array_equal(line_a.y, [0, 0, 8])
    np.testing.assert_array_equal(line_b.x, [2, 3, 6])
    assert line_b.name == "B: &lt;i&gt;"


def test_the_sides_have_names(text):
    texts = "One  two\nthree", "x" * 99
    found = figures.names_of("texts", texts, (1.0, 1.0), "", text)
    assert found == ("“One two three”", f"“{'x' * 25}…”")
    assert figures.names_of("temperatures", texts, (1.0, 0.5), "", text) == ("T = 1", "T = 0.5")
    assert figures.names_of("models", texts, (1.0, 1.0), "a/b", text)[1] == "a/b"
    assert figures.names_of("models", texts, (1.0, 1.0), "alibi", text)[1] == "with ALiBi"


def test_a_long_text_is_drawn_without_words(text):
    ids = [number % 250 for number in range(600)]
    long = contrasted()
    n = len(ids)
    tokens = tuple(Token(number, bytes([number])) for number in ids)
    many = divergence.Columns(
        *(np.arange(n + 1) for _ in range(2)),
        pairs=np.append(-1, np.arange(n)),
        **{name: np.ones(n + 1) for name in ("bits_a", "bits_b", "forward", "backward", "js")},
    )
    found = type(long)(**{**vars(long), "tokens_a": tokens, "tokens_b": tokens})
    labels = figures.labels_of(many, found, text)
    strips = figures.ribbons(many, found, labels, 3, text).data[0]
    assert strips.texttemplate == ""
    assert len(strips.x) == n + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_colour_has_a_dark_counterpart_and_the_numbers_can_be_taken_out(language):
    for figure in every_figure(load_text("divergence", language)).values():
        found = set(colours_by_key(json.loads(style.dressed(figure).to_json())))
        assert found - style.DARK.keys() - {TRANSPARENT} == set()
        assert len(export.numbers(figure))
