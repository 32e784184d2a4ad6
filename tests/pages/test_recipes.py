"""Every figure's recipe runs as it is exported, and comes to the figure's own numbers."""

import runpy

import numpy as np
import pytest

from core import attention, rope, sampling, surprisal
from pages.ui import export

TEXT = "one two three"
VALUES = {
    "text": TEXT, "layer": 1, "head": 2, "row": 3, "temperature": 0.5, "top_k": 12, "top_p": 0.8,
    "d_head": 8, "base": 500.0, "context_length": 64,
}  # fmt: skip
RECIPES = sorted(path.stem for path in export.RECIPES.glob("*.py"))


@pytest.fixture
def run_recipe(live, tmp_path, capsys):
    def run(name):
        file = tmp_path / f"{name}.py"
        file.write_text(export.recipe(name, VALUES), "utf-8")
        names = runpy.run_path(str(file), run_name="__main__")
        assert capsys.readouterr().out.strip(), "a recipe shows its result"
        return names

    return run


@pytest.fixture
def forward(live):
    return live.forward_pass(TEXT)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs(run_recipe, name):
    run_recipe(name)


def test_the_weights_are_the_figures(run_recipe, forward):
    expected = attention.head(forward, 1, 2).visible_weights
    np.testing.assert_array_equal(run_recipe("weights")["weights"], expected)


def test_the_row_is_the_figures(run_recipe, forward):
    expected = attention.head(forward, 1, 2).attention_weights[3, :4]
    np.testing.assert_array_equal(run_recipe("row")["weights"], expected)


@pytest.mark.parametrize("name", ["distribution", "columns"])
def test_the_probabilities_are_the_figures(run_recipe, forward, name):
    expected = sampling.sample_from(forward.logits, 0.5, 12, 0.8)
    names = run_recipe(name)
    shown = expected.ranking[: len(names["shown"])]
    np.testing.assert_array_equal(names["shown"], shown)
    np.testing.assert_array_equal(names["probabilities"], expected.final.probabilities[shown])


def test_the_bits_are_the_figures(run_recipe, forward):
    expected = surprisal.course(forward.surprisals)
    np.testing.assert_array_equal(run_recipe("bits")["course"].running_mean, expected.running_mean)


def test_the_wavelengths_are_the_figures(run_recipe):
    expected = rope.spectrum(8, 500.0).wavelengths
    np.testing.assert_array_equal(run_recipe("wavelengths")["spectrum"].wavelengths, expected)


def test_the_pieces_are_the_figures(run_recipe, forward):
    assert run_recipe("pieces")["n_bytes"] == [len(token.bytes) for token in forward.tokens]


def test_the_journeys_numbers_are_the_figures(run_recipe, forward):
    stations = run_recipe("journey")["stations"]
    assert stations["tokens"] == len(forward.tokens)
    assert stations["loss"] == surprisal.course(forward.surprisals).perplexity
