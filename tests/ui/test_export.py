"""What leaves the app is what the figure shows, and needs nothing else to be opened."""

import ast
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from core import attention, sampling, surprisal
from pages.figures import attention as attention_figures
from pages.figures import home as home_figures
from pages.figures import sampling as sampling_figures
from pages.figures import surprisal as surprisal_figures
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import made

FORWARD = made(6)
LOOKS = attention.head(FORWARD, 0, 0)
RECIPES = sorted(path.stem for path in export.RECIPES.glob("*.py"))
EVIL = "</script><script>alert('&')</script>"


def words(topic, language="en"):
    return load_text(topic, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_gives_one_row_per_visible_cell(language):
    text = words("attention", language)
    table = export.numbers(attention_figures.weights(LOOKS, FORWARD.tokens, 0, text))
    queries, keys = np.tril_indices(6)
    assert list(table.columns) == [text(f"axis.{name}") for name in ("query", "key", "weight")]
    assert len(table) == 6 * 7 / 2
    expected = LOOKS.attention_weights[queries, keys]
    np.testing.assert_allclose(table[text("axis.weight")], expected, rtol=1e-6)
    labels = ["<b> [0]", "& [1]", "␣cat [2]", "↵ [3]", "⟨E4 BD⟩ [4]", "␣cat [5]"]
    assert table[text("axis.query")].tolist() == [labels[query] for query in queries]
    assert table[text("axis.key")].tolist() == [labels[key] for key in keys]


@pytest.mark.parametrize("language", LANGUAGES)
def test_bars_and_line_give_their_own_numbers_under_their_names(language):
    text = words("surprisal", language)
    course = surprisal.course(FORWARD.surprisals)
    table = export.numbers(surprisal_figures.bits(course, FORWARD.tokens, 1, text))
    perplexity = text("axis.perplexity")
    assert list(table.columns) == [text("axis.token"), text("axis.bits"), "–", perplexity]
    bits = table[text("axis.bits")].to_numpy()[:10]
    np.testing.assert_allclose(bits, [*course.surprisals, *course.running_mean], rtol=1e-6)
    np.testing.assert_allclose(table[perplexity].to_numpy()[10:], course.perplexities, rtol=1e-5)
    names = [text(f"bits.{name}") for name in ("each", "mean", "perplexity") for _ in range(5)]
    assert table["–"].tolist() == names
    assert table[text("axis.token")][0] == "& [1]"


def sampled():
    result = sampling.pipeline(FORWARD.logits, (sampling.Step("top_k", 2),))
    return result, tuple(FORWARD.token(int(number)) for number in result.watched(4))


def test_a_bar_that_is_not_drawn_is_not_in_the_table():
    text = words("sampling")
    table = export.numbers(sampling_figures.distribution(*sampled(), 0, text))
    assert table["–"].value_counts().to_dict() == {
        text("distribution.before"): 4,
        text("distribution.kept"): 2,
        text("distribution.removed"): 2,
    }
    assert table[text("axis.probability")].notna().all()


def test_columns_that_share_their_tokens_share_the_name_for_them():
    text = words("sampling")
    table = export.numbers(sampling_figures.columns(*sampled(), 0, text))
    steps = [text("columns.logit"), f"{text('stage.top_k')} 2", text("columns.probability")]
    assert set(table.columns) == {text("axis.token"), *steps}
    assert table[text("axis.token")].notna().all()
    assert table[steps].notna().sum().tolist() == [4, 2, 4]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_journey_gives_the_numbers_of_its_stations(language):
    text = words("home", language)
    table = export.numbers(home_figures.journey(FORWARD, text))
    assert table[text("axis.station")][1] == text("station.tokens.title")
    assert table[text("axis.number")].tolist()[1:5] == ["6", "6 × 32", "3 × 4", "300"]


def assigned(program):
    constants = {}
    for node in ast.parse(program).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                constants[name] = ast.literal_eval(value)
    return constants


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_the_constants_of_the_view_and_compiles(name):
    before = assigned((export.RECIPES / f"{name}.py").read_text("utf-8"))
    assert before
    values = {key.lower(): f"{key} now" for key in before} | {"model": "not a constant"}
    program = export.recipe(name, values)
    compile(program, name, "exec")
    assert assigned(program) == {key: f"{key} now" for key in before}


@pytest.mark.parametrize(
    "sentence", ['"quoted" \\1 \\n', "two\nlines\r\n", "'''", "\u2028 你好 {x} \\g<0>", "HEAD = 3"]
)
def test_any_sentence_stands_in_a_recipe_as_it_is(sentence):
    program = export.recipe("row", {"text": sentence, "head": 2})
    assert assigned(program)["TEXT"] == sentence
    assert assigned(program)["HEAD"] == 2


def test_a_value_that_the_recipe_does_not_know_changes_nothing():
    first, rest = export.recipe("wavelengths", {"name": "x"}).split("\n", 1)
    assert first == "# In Glassbox's folder: python wavelengths.py"
    assert rest == (export.RECIPES / "wavelengths.py").read_text("utf-8")


def page(title="Title", provenance="Measured"):
    text = words("attention")
    figure = attention_figures.row(LOOKS, FORWARD.tokens, 5, text)
    return export.page_of(figure, title, provenance)


def test_a_page_needs_no_network():
    html = page()
    assert re.findall(r"<script[^>]*\bsrc\s*=", html) == []
    assert re.findall(r"<link[^>]*\bhref\s*=", html) == []
    library = Path(go.__file__).parents[1] / "package_data/plotly.min.js"
    assert library.read_text("utf-8")[:200] in html


def test_a_page_shows_title_and_provenance():
    own = page("Where the cat looks", "Measured on a cat").rsplit("Plotly.newPlot", 1)[1]
    assert "Where the cat looks" in own
    assert "Measured on a cat" in own


def test_words_cannot_become_a_program_of_the_page():
    plain, attacked = page(), page(title=EVIL, provenance=EVIL)
    assert "alert(" in attacked
    assert EVIL not in attacked
    assert attacked.count("<script") == plain.count("<script")
    assert attacked.count("</script") == plain.count("</script")


def test_tokens_cannot_become_a_program_of_the_page():
    figure = go.Figure(go.Bar(x=[EVIL], y=[1]))
    html = export.page_of(figure, "Title", "Measured")
    assert html.count("</script") == page().count("</script")


def test_making_a_page_leaves_the_figure_as_it_was():
    figure = attention_figures.row(LOOKS, FORWARD.tokens, 5, words("attention"))
    before = figure.to_json()
    export.page_of(figure, "Title", "Measured")
    assert figure.to_json() == before
