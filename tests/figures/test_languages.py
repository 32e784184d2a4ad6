import numpy as np
import pytest

from core import languages
from core.tokenizer import paragraphs, shelf
from pages.figures import languages as figures
from pages.text import LANGUAGES, load_text
from pages.ui import export

TEXTS = paragraphs.texts() | {languages.OWN: "a 猫"}
CUTTINGS = paragraphs.known([shelf.packaged("cl100k_base")], TEXTS)
FOUND = languages.costs(TEXTS, CUTTINGS)
CL100K = FOUND.tokenizers.index("cl100k_base")


def labels(text):
    return tuple(text(f"language.{code}") for code in FOUND.languages)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("measure", languages.MEASURES)
def test_a_row_per_language_and_a_column_per_tokenizer(language, measure):
    text = load_text("languages", language)
    figure = figures.costs(FOUND, measure, (9, CL100K), labels(text), text)
    (drawn,) = figure.data
    np.testing.assert_array_equal(drawn.z, FOUND.of(measure).astype(np.float32))
    assert drawn.y == labels(text)
    assert drawn.x == FOUND.tokenizers
    assert figure.layout.coloraxis.colorbar.title.text == text(f"measure.{measure}")
    marked = [text("cut.live" if live else "cut.stored") for live in FOUND.is_live]
    assert [tick.split("<br>")[-1] for tick in figure.layout.xaxis.ticktext] == marked
    blanks = np.argwhere(np.isnan(FOUND.of(measure)))
    assert [(note.y, note.x) for note in figure.layout.annotations] == [tuple(b) for b in blanks]
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.x0) == (8.5, CL100K - 0.5)
    assert len(export.numbers(figure)) == np.isfinite(FOUND.of(measure)).sum()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reasons_are_characters_bytes_and_tokens_without_ones_own_sentence(language):
    text = load_text("languages", language)
    figure = figures.reasons(FOUND, CL100K, labels(text), text)
    points = figure.data[1:]
    assert [trace.name for trace in points] == [text(f"reasons.{kind}") for kind in figures.KINDS]
    for trace, share in zip(points, FOUND.shares(CL100K), strict=True):
        np.testing.assert_allclose(trace.x, share[:12], rtol=1e-6)
        assert len(trace.y) == 12
    low, high = 10 ** np.array(figure.layout.xaxis.range)
    everything = np.stack([FOUND.shares(column)[:, :12] for column in range(len(CUTTINGS))])
    assert low < everything.min() and everything.max() < high


@pytest.fixture
def text():
    return load_text("languages", "en")


def test_parts_of_a_character_are_bytes_with_the_character_below(text):
    parts = CUTTINGS[CL100K].cuts["own"]
    (drawn,) = figures.cut(parts, text).data
    assert drawn.text == ("a", "20 E7<br>␣猫", "8C<br>猫", "AB<br>猫")
    assert drawn.marker.color[1:] == (figures.SECOND,) * 3
    table = export.numbers(figures.cut(parts, text))
    assert table["Bytes"].tolist() == ["61", "20 E7", "8C", "AB"]
    assert not any("�" in str(cell) for cell in table.to_numpy().ravel())


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("cutting", CUTTINGS, ids=lambda one: one.name)
def test_every_paragraph_is_drawn_whole_and_within_its_lines(text, cutting, language):
    parts = cutting.cuts.get(language, ())
    figure = figures.cut(parts, text)
    (drawn,) = figure.data
    assert len(drawn.x) == len(parts)
    assert (
        np.asarray(drawn.base) + np.asarray(drawn.x) <= figure.layout.xaxis.range[1] + 1e-3
    ).all()
    said = [note.text for note in figure.layout.annotations]
    assert said == ([] if parts else [text("language_cut.none")])


def test_a_long_text_is_drawn_in_part(text):
    figure = figures.cut((b"word",) * 100_000, text)
    assert 100 < len(figure.data[0].x) <= figures.chips.MOST
    assert figure.layout.height < 2_000


def test_the_chosen_cell_is_told_in_numbers(text):
    zh = FOUND.languages.index("zh")
    told = figures.numbers(FOUND, zh, CL100K, text)
    assert told["cell_tokens"] == "50"
    assert told["cell_tokens_per_character"] == "1.16"
    assert figures.numbers(FOUND, 12, 0, text)["cell_tokens"] == text("costs.blank")
