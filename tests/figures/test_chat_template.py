import numpy as np
import pytest

from core.chat_template import KINDS
from core.model import chat
from pages.figures import chat_template as figures
from pages.text import LANGUAGES, load_text
from pages.ui import export

FOUND = chat.stored().by_prompted[True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chip_for_each_token_in_the_colour_of_its_writer(language):
    text = load_text("chat_template", language)
    figure = figures.tokens(FOUND, text)
    chips, line, *legend = figure.data
    assert len(chips.x) == len(FOUND.cut)
    assert list(chips.marker.color) == [figures.COLOURS[kind] for kind in FOUND.kinds]
    assert [row[2] for row in chips.customdata] == [text(f"kind.{kind}") for kind in FOUND.kinds]
    assert len(line.x) == FOUND.n_in_loss
    present = [text(f"kind.{kind}") for kind in KINDS if kind in FOUND.kinds]
    assert [one.name for one in legend] == [*present, text("legend.loss")]
    table = export.numbers(figure)
    assert len(table) == len(FOUND.cut)
    assert table.columns.tolist() == [
        text(f"chat_tokens.{name}") for name in ("token", "id", "writer", "loss")
    ]


def test_special_tokens_are_shown_as_they_are_and_lines_as_the_text_has_them():
    figure = figures.tokens(FOUND, load_text("chat_template", "en"))
    chips = figure.data[0]
    assert chips.text[0] == "&lt;|im_start|&gt;"
    n_lines = len(np.unique(chips.y))
    assert n_lines >= FOUND.cut.text.count("\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shares_add_up_to_all_tokens(language):
    text = load_text("chat_template", language)
    figure = figures.shares(FOUND, text)
    (bars,) = figure.data
    assert bars.x.sum() == len(FOUND.cut)
    assert sum(row[2] for row in bars.customdata) == FOUND.n_in_loss
    assert list(bars.y) == [text(f"kind.{kind}") for kind in KINDS if FOUND.counts[kind]]
    assert figure.layout.xaxis.title.text == text("axis.n_tokens")
    assert len(export.numbers(figure)) == len(bars.y)
