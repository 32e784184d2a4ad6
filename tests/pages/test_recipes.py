"""Every figure's recipe runs as it is exported, and comes to the figure's own numbers."""

import os
import runpy
import subprocess
import sys

import numpy as np
import pytest

from core import (
    ablation,
    atlas,
    attention,
    comparison,
    cross_attention,
    decoding,
    grouped_query,
    lines,
    masks,
    rope,
    sampling,
    scaling,
    stages,
    surprisal,
)
from core.model import reverser_weights
from core.model.questions import Ablation, Continuation, HeadRanking, RepeatedTokens
from pages.ui import export
from tests.server import ROOT

TEXT = "one two three"
VALUES = {
    "text": TEXT, "layer": 1, "head": 2, "row": 3, "key": 1, "lens": "outputs", "heads": (0, 3),
    "across": "distance", "up": "previous",
    "temperature": 0.5, "top_k": 12, "top_p": 0.8,
    "pinned": "one four three", "joint_row": 3,
    "mask": "window", "size": 2, "side": "right",
    "word": "glass", "cross_layer": 0, "cross_head": 1,
    "d_head": 8, "base": 500.0, "context_length": 64, "n_keys": 12, "seed": 3,
    "n_layers": 3, "n_heads": 8, "n_key_value_heads": 2, "n_tokens": 100, "n_people": 5,
    "bytes_per_number": 2, "n_parameters": 12_345,
    "n_new": 5, "written_by": "head",
    "ablated": ((1, 2), (2, 0)), "ablation_kind": "zero", "rank_by": "loss",
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


def test_a_recipe_waits_for_the_model_in_a_program_of_its_own(live, tmp_path):
    file = tmp_path / "row.py"
    file.write_text(export.recipe("row", VALUES), "utf-8")
    done = subprocess.run(
        [sys.executable, str(file)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == VALUES["row"] + 1


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs(run_recipe, name):
    run_recipe(name)


def test_the_weights_are_the_figures(run_recipe, forward):
    expected = attention.through("outputs", forward, 1, 2).visible_weights
    np.testing.assert_array_equal(run_recipe("weights")["weights"], expected)
    raw = attention.head(forward, 1, 2).visible_weights
    np.testing.assert_array_equal(run_recipe("opened")["weights"], raw)
    assert (raw != expected)[np.isfinite(raw)].any()


def test_the_row_is_the_figures(run_recipe, forward):
    expected = attention.through("outputs", forward, 1, 2).attention_weights[3, :4]
    np.testing.assert_array_equal(run_recipe("row")["weights"], expected)


def test_the_lengths_are_the_figures(run_recipe, forward):
    expected, found = attention.carried(forward, 1, 2), run_recipe("lengths")["carried"]
    np.testing.assert_array_equal(found.value_norms, expected.value_norms)
    np.testing.assert_array_equal(found.output_norms, expected.output_norms)
    assert found.sink_output == expected.sink_output


def test_the_stages_are_the_figures(run_recipe, forward):
    expected, found = stages.stages(forward, 1, 2), run_recipe("stages")["found"]
    for name, numbers in vars(expected).items():
        np.testing.assert_array_equal(getattr(found, name), numbers)


@pytest.mark.parametrize("name", ["terms", "exponentials"])
def test_the_numbers_of_the_cell_are_the_figures(run_recipe, forward, name):
    expected = stages.cell(stages.stages(forward, 1, 2), 3, 1)
    for part, numbers in vars(run_recipe(name)["cell"]).items():
        np.testing.assert_array_equal(numbers, getattr(expected, part))


def test_the_lines_are_the_figures(run_recipe, forward):
    expected, names = lines.lines(forward, 1, "outputs"), run_recipe("lines")
    assert names["one"].head == 3  # the last of those that are shown
    for found, one in zip(names["found"], expected, strict=True):
        for part, numbers in vars(one).items():
            np.testing.assert_array_equal(getattr(found, part), numbers)


def test_the_mean_of_the_heads_is_the_figures(run_recipe, forward):
    expected = lines.mean_of_heads(forward, 1, (0, 3), "outputs").visible_weights
    np.testing.assert_array_equal(run_recipe("mean_of_heads")["weights"], expected)


def test_the_atlas_is_the_figures(run_recipe, live, forward):
    expected = atlas.atlas(forward, live.ask(RepeatedTokens()))
    found, dots = run_recipe("maps")["whole"], run_recipe("scatter")
    for name in atlas.METRICS:
        np.testing.assert_array_equal(found.metric(name), expected.metric(name))
    assert np.isfinite(found.induction).all()
    np.testing.assert_array_equal(found.tiles.levels, expected.tiles.levels)
    np.testing.assert_array_equal(dots["across"], expected.distance)
    np.testing.assert_array_equal(dots["up"], expected.previous)


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


@pytest.fixture
def pair(live, forward):
    a = live.forward_pass(VALUES["pinned"])
    return a, forward, comparison.align(a, forward)


def test_the_comparison_is_the_figures(run_recipe, pair):
    expected = comparison.difference(*pair, 1, 2)
    np.testing.assert_array_equal(run_recipe("pinned_difference")["change"], expected.change)
    result = run_recipe("pinned_maps")["result"]
    np.testing.assert_array_equal(result.weights_a, expected.weights_a)
    np.testing.assert_array_equal(result.weights_b, expected.weights_b)
    row = run_recipe("pinned_row")
    np.testing.assert_array_equal(row["weights_a"], expected.weights_a[3, :4])
    np.testing.assert_array_equal(row["weights_b"], expected.weights_b[3, :4])


def test_the_distances_are_the_figures(run_recipe, pair):
    a, b, alignment = pair
    expected = comparison.survey(a, b, alignment, range(b.model.n_layers))
    found = run_recipe("pinned_heads")["survey"]
    np.testing.assert_array_equal(found.distances, expected.distances)
    likely = run_recipe("pinned_next")["likely"]
    expected = comparison.next_tokens(a, b, 8)
    np.testing.assert_array_equal(likely.token_ids, expected.token_ids)
    np.testing.assert_array_equal(likely.probabilities_b, expected.probabilities_b)


def test_the_random_vectors_are_the_figures(run_recipe):
    expected, compared = scaling.course(12, 3), scaling.compare(8, 12, 3)
    np.testing.assert_array_equal(run_recipe("spread")["course"].variances, expected.variances)
    gradients = run_recipe("gradient")["course"].unscaled
    np.testing.assert_array_equal(gradients.medians, expected.unscaled.medians)
    found = run_recipe("saturation")["comparison"].unscaled
    np.testing.assert_array_equal(found.attention_weights, compared.unscaled.attention_weights)


def test_the_real_head_under_other_scales_is_the_figures(run_recipe, forward):
    expected, found = scaling.compare_head(forward, 1, 2), run_recipe("real")["comparison"]
    for name, weighing in vars(found).items():
        np.testing.assert_array_equal(
            weighing.attention_weights, getattr(expected, name).attention_weights
        )


def test_the_readers_and_their_group_are_the_figures(run_recipe, forward):
    assert run_recipe("readers")["readers"].shared.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    expected, found = grouped_query.group_of(forward, 1, 2, 3), run_recipe("group")["group"]
    np.testing.assert_array_equal(found.heads, expected.heads)
    np.testing.assert_array_equal(found.attention_weights, expected.attention_weights)


def test_the_memory_is_the_figures(run_recipe):
    expected = grouped_query.Cache(3, 8, 2, 8, 100, 5, 2)
    assert run_recipe("cache")["cache"] == expected
    names = run_recipe("growth")
    assert names["sizes"][0] == expected.bytes_per_token * 5
    assert names["crossing"] == expected.tokens_within(2 * 12_345)


def test_the_masked_weights_are_the_figures(run_recipe, forward):
    allowed = masks.sliding_window(len(forward.tokens), 2)
    expected = masks.under(forward, 1, 2, allowed)
    np.testing.assert_array_equal(run_recipe("masked")["weights"], expected.visible_weights)
    row = run_recipe("mask_row")
    np.testing.assert_array_equal(row["weights"], expected.attention_weights[3])
    np.testing.assert_array_equal(row["causal"], expected.causal_weights[3])


def test_the_maps_of_the_small_network_are_the_figures(run_recipe):
    expected = cross_attention.write(reverser_weights.load(), "glass").of_head(0, 1)
    np.testing.assert_array_equal(run_recipe("cross")["weights"], expected.cross)
    maps = run_recipe("three")["maps"]
    for name in ("encoder", "decoder", "cross"):
        np.testing.assert_array_equal(getattr(maps, name), getattr(expected, name))


@pytest.mark.parametrize("name", ["ablation_next", "ablation_loss"])
def test_the_effect_of_silent_heads_is_the_figures(run_recipe, live, name):
    answer = live.ask(Ablation(TEXT, ((1, 2), (2, 0)), "zero"))
    expected, found = ablation.effect(answer, 10), run_recipe(name)["effect"]
    assert found.divergence == expected.divergence > 0
    np.testing.assert_array_equal(found.changes, expected.changes)
    if name == "ablation_next":
        np.testing.assert_array_equal(found.token_ids, expected.token_ids)
        np.testing.assert_array_equal(found.probabilities_after, expected.probabilities_after)


def test_the_ranking_of_the_heads_is_the_figures(run_recipe, live):
    expected = live.ask(HeadRanking(TEXT, "zero")).loss_changes
    np.testing.assert_array_equal(run_recipe("ranking")["sizes"], expected)
    assert run_recipe("strongest")["strongest"] == ablation.strongest(expected, 10)


def test_the_steps_of_writing_are_the_figures(run_recipe, live):
    expected = decoding.trace(live.ask(Continuation(TEXT, 5)), 1, 2)
    found = run_recipe("writing")["trace"]
    np.testing.assert_array_equal(found.attention_weights, expected.attention_weights)
    np.testing.assert_array_equal(found.candidates, expected.candidates)
    looks = run_recipe("written_map")["trace"].looks
    np.testing.assert_array_equal(looks.attention_weights, expected.looks.attention_weights)
    np.testing.assert_array_equal(run_recipe("written_shares")["shares"], expected.shares)
