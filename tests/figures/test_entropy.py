import numpy as np
import pytest

from core import entropy
from pages.figures import entropy as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text

P, Q = np.array([0.5, 0.25, 0.25, 0.0]), np.array([0.4, 0.0, 0.5, 0.1])
EVEN = np.full(12, 1 / 12)
NAMES = ("<b>", "cat", "cat", "dog")


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("entropy", request.param)


@pytest.fixture(params=["bits", "nats"])
def unit(request):
    return request.param


def by_hand(text, unit, p=P, q=Q, names=NAMES):
    one, other = (entropy.information(shares, unit) for shares in (p, q))
    return one, figures.by_hand(one, other, names, unit, text)


def compared(text, unit, p=P, q=Q):
    found = entropy.compare(p, q, unit)
    return found, figures.divergences(found, NAMES, unit, text)


def tree(text, p=P, names=NAMES):
    code = entropy.huffman(p)
    return code, figures.code_tree(code, entropy.information(p), names, text)


def test_both_distributions_can_be_dragged_and_stay_distributions(text, unit):
    _, figure = by_hand(text, unit)
    np.testing.assert_allclose(figure.data[0].y, P)
    np.testing.assert_allclose(figure.data[1].y, Q)
    assert (figure.data[0].marker.color, figure.data[1].marker.color) == (ACCENT, SECOND)
    assert figure.layout.meta["drag_traces"] == [0, 1]
    assert (figure.layout.meta["drag_sum"], figure.layout.meta["drag_high"]) == (1, 1)
    labels = figure.data[0].x
    assert labels[0] == "&lt;b&gt;"
    assert len(set(labels)) == len(NAMES), "equal names stay apart"


def test_the_area_of_the_columns_is_the_entropy(text, unit):
    one, figure = by_hand(text, unit)
    columns = figure.data[2]
    assert float((columns.width * columns.y).sum()) == pytest.approx(one.entropy, rel=1e-6)
    edges = np.stack([columns.x - columns.width / 2, columns.x + columns.width / 2])
    assert edges.min() == 0
    assert edges.max() == pytest.approx(1)
    np.testing.assert_allclose(edges[0, 1:], edges[1, :-1], atol=1e-6)
    heights = [shape.y0 for shape in figure.layout.shapes]
    assert heights == [pytest.approx(one.maximum), pytest.approx(one.entropy)]


def test_what_never_comes_and_what_is_cut_off_is_said(text, unit):
    said = " ".join(note.text for note in by_hand(text, unit)[1].layout.annotations)
    assert "∞" in said
    assert "dog" in said
    rare = np.array([0.996, 0.003, 0.001])
    one, figure = by_hand(text, unit, rare, rare, ("A", "B", "C"))
    assert figure.data[2].y.max() <= figure.layout.yaxis2.range[1]
    said = figure.layout.annotations[-1].text
    assert said == text("by_hand.cut", n=2, highest=one.costs[2])


def test_only_what_fits_is_written_into_a_column(text):
    p = np.array([0.5, 0.3, 0.11, 0.09])
    words = by_hand(text, "bits", p, p, ("A", "猫", "tired", "A")[:4])[1].data[2].text
    assert words[0] == "A<br>0.50 × 1.00<br>= 0.50"
    assert words[1].startswith("猫<br>")
    assert words[2:] == ("", "A\u200b")


@pytest.mark.parametrize("p", [P, Q, np.array([1.0, 0, 0, 0]), np.array([1e-9, 1 - 1e-9, 0, 0])])
def test_every_summand_and_sum_stands_in_its_panel_and_infinity_as_itself(text, unit, p):
    found, figure = compared(text, unit, p)
    for place, (name, trace) in enumerate(zip(figures.PANELS, figure.data, strict=True), 1):
        summands = getattr(found, name)
        numbers = np.append(summands, summands.sum())
        known = np.isfinite(numbers)
        np.testing.assert_allclose(trace.x[known], numbers[known], rtol=1e-6, atol=1e-7)
        assert not np.isnan(trace.x).any()
        low, high = figure.layout[f"xaxis{place if place > 1 else ''}"].range
        assert low <= trace.x.min()
        assert trace.x.max() <= high
        axis = f"x{place if place > 1 else ''}"
        notes = [note.y for note in figure.layout.annotations if note.xref == axis]
        assert notes == np.flatnonzero(~known).tolist()
        assert [row[1] == "∞" for row in trace.customdata] == (~known).tolist()
        assert text(f"divergences.{name}") == trace.name


def test_the_words_for_infinity_are_infinity(text):
    found = entropy.compare(np.array([1.0, 0.0]), np.array([0.8, 0.2]), "nats")
    told = figures.told(found)
    assert (told["cross"], told["forward"], told["backward"]) == ("0.223", "0.223", "∞")
    one, other = (entropy.information(shares, "nats") for shares in (found.p, found.q))
    lines = figures.worked(one, other, found, "nats")
    assert r"1\cdot 0.223 + 0\cdot 1.609 = 0.223" in lines
    assert "nan" not in lines
    even = entropy.information(EVEN)
    assert r"\cdots" in figures.worked(even, even, entropy.compare(EVEN, EVEN), "bits")


def test_each_leaf_of_the_tree_has_its_code_word_beside_it(text):
    code, figure = tree(text)
    forks, leaves = figure.data[1], figure.data[2]
    assert len(forks.x) == 2
    words = [row[3] for row in leaves.customdata]
    assert words == [code.words[i] for i in (0, 1, 2)], "what never comes has no leaf"
    assert [len(word) for word in words] == list(leaves.x), "a bit for each level"
    column = figure.data[-1]
    assert column.text == (text("code_tree.word"), *(f"<b>{word}</b>" for word in words))
    assert list(column.y[1:]) == list(leaves.y) == [0, 1, 2]


def test_what_is_sure_is_a_tree_of_one_leaf(text):
    _, figure = tree(text, np.array([0.0, 1.0]), ("A", "B"))
    assert figure.data[2].customdata[0][0] == "B"
    assert figure.data[2].customdata[0][3] == text("code_tree.empty")
    assert list(figure.data[1].x) == []


def test_the_blocks_lie_between_the_entropy_and_its_limit(text):
    found = entropy.blocks(np.array([0.9, 0.1]))
    figure = figures.block_lengths(found, text)
    band, line = figure.data
    np.testing.assert_allclose(line.y, found.lengths, rtol=1e-6)
    np.testing.assert_allclose(band.y[:8], found.limits, rtol=1e-6)
    low, high = figure.layout.yaxis.range
    assert low < found.entropy
    assert found.limits.max() < high
    assert figure.layout.shapes[0].y0 == found.entropy
    assert f"{found.entropy:.3f}" in figure.layout.annotations[0].text
