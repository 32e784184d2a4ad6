"""Every figure's recipe runs as it is exported, and comes to the figure's own numbers."""

import os
import runpy
import subprocess
import sys

import numpy as np
import pytest

from core import (
    ablation,
    absolute,
    alibi,
    atlas,
    attention,
    bits_per_byte,
    bpe,
    comparison,
    cross_attention,
    cross_entropy,
    decoding,
    divergence,
    draws,
    embedding,
    entropy,
    grouped_query,
    interpolation,
    languages,
    lines,
    masks,
    pairing,
    perplexity,
    pre_tokenisation,
    race,
    relative,
    rope,
    sampling,
    scaling,
    self_supervision,
    sliding_window,
    softmax,
    stages,
    surprisal,
    switched,
    temperature,
    tokens,
    unigram,
    vocabulary_extension,
    wordpiece,
    writing,
)
from core.chat_template import Turn
from core.model import chat, long_run, reverser_weights
from core.model.contrast import Contrast, Reading, Side
from core.model.embedding_table import Neighbours
from core.model.predictions import Predictions
from core.model.questions import Ablation, Continuation, HeadRanking, RepeatedTokens
from core.model.switch import LongLosses, Switch, Switched
from core.model.windows import RowCosts, TextCosts, Windows
from core.model.writing import Writing
from core.tokenizer import paragraphs, shelf, trained
from pages.ui import export
from tests.server import ROOT

TEXT = "one two three"
VALUES = {
    "text": TEXT, "layer": 1, "head": 2, "row": 3, "key": 1, "lens": "outputs", "heads": (0, 3),
    "across": "distance", "up": "previous",
    "steps": (("repetition", 1.5, ()), ("temperature", 0.5, ()), ("top_k", 12, ()),
              ("top_p", 0.8, ())),
    "n_written": 2, "n_draws": 200, "odds_one": 2, "odds_other": 5,
    "pinned": "one four three", "joint_row": 3,
    "mask": "window", "size": 2, "side": "right",
    "word": "glass", "cross_layer": 0, "cross_head": 1,
    "d_head": 8, "base": 500.0, "context_length": 64, "n_keys": 12, "seed": 3,
    "n_layers": 3, "n_heads": 8, "n_key_value_heads": 2, "n_tokens": 100, "n_people": 5,
    "bytes_per_number": 2, "n_parameters": 12_345,
    "n_new": 5, "written_by": "head", "n_before": 16, "n_timed": 3,
    "penalty": 1.5, "ngram": 2, "n_long": 20, "way": "ngram",
    "manner": "drawn", "n_ahead": 3, "n_speculated": 20,
    "world": "wider", "n_beams": 2, "n_steps": 3, "length_penalty": 0.0,
    "ablated": ((1, 2), (2, 0)), "ablation_kind": "zero", "rank_by": "loss",
    "alibi_scores": "unrotated", "symmetric": True, "before_scale": True,
    "n_positions": 20, "own_table": False, "d_model": 12, "rotated": True, "causal": False,
    "pairs": (0, 2), "position": 9, "span": 20, "step": 2,
    "method": "yarn", "stretch": 2.0, "target": 200, "alpha": 0.5, "beta": 8.0, "ramp": "paper",
    "n_left": 2, "turned_pair": 1, "digits": 5, "chosen": 1, "n_neighbours": 4, "n_axes": 3,
    "is_centred": True, "words": ("one", " two", "one two"),
    "corpus": "both", "race_length": 500, "entries": 2,
    "switched_to": "ntk", "switched_by": 4.0,
    "criterion": "frequency", "n_merges": 9, "n_vocab": 12, "piece": "▁three",
    "smoothing": 0.3, "n_drawn": 50,
    "tokenizers": ["model", "cl100k_base", "unigram"], "metric": "bytes_per_token", "price": 2.5,
    "n_texts": 30, "token_id": 1606,
    "tokenizer": "cl100k_base", "unit": "bytes", "chinese": "词元的词元，元词", "n_added": 2,
    "measure": "bytes_per_token", "tongue": "hi", "cut_by": "o200k_base", "number": "12345",
    "turns": (("user", "one"), ("assistant", "two"), ("user", "three")), "prompted": False,
}  # fmt: skip
VALUES |= {
    "text_b": "one four three", "temperature_a": 0.9, "temperature_b": 1.4, "variant": "alibi",
    "network": "", "aligned": 3,
}  # fmt: skip
TREE = "2~m0~m5_t0.8_k40~b0.0.0.ABACAD~c1.2.1.BABB"
VALUES |= {"tree": TREE, "branch": 1}
VALUES |= {
    "place": 1, "others": ("two", "a"), "of": TEXT, "counts": {"bytes": 10, "words": 2},
    "n_most": 40, "width": 16, "stride": 4, "strides": (16, 8, 4), "long_text": TEXT * 9,
    "second_network": None,
}  # fmt: skip
VALUES |= {
    "p": [0.6, 0.3, 0.1, 0.0], "q": [0.25, 0.25, 0.5, 0.0], "info_unit": "nats",
    "z": [3.0, -1.5, 0.25], "answer": 1, "learning_rate": 2.5, "n_descent": 7,
}  # fmt: skip
VALUES |= {
    "logits": [[1.0, -2.0, 3.0], [0.5, 0.0, 4.0]], "labels": [1, -100], "reduction": "none",
    "label_smoothing": 0.2, "class_weights": (1.0, 2.0, 3.0), "sample": 1, "label": 2, "rate": 0.5,
    "n_given": 2, "masked_share": 0.5, "lengths": (3, 9, 4), "row_width": 6,
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


def sampled(forward):
    ids = tuple(token.id for token in forward.tokens)
    steps = [sampling.Step(*step) for step in VALUES["steps"]]
    return sampling.pipeline(forward.logits, steps, sampling.Context(ids, len(ids) - 2))


@pytest.mark.parametrize("name", ["distribution", "columns"])
def test_the_probabilities_are_the_figures(run_recipe, forward, name):
    expected, names = sampled(forward), run_recipe(name)
    shown = expected.watched(20)[: len(names["shown"])]
    np.testing.assert_array_equal(names["shown"], shown)
    np.testing.assert_array_equal(names["probabilities"], expected.final.probabilities[shown])


def test_the_stages_of_the_logits_are_the_figures(run_recipe, forward):
    expected, names = sampled(forward), run_recipe("flow")
    shown = expected.watched(8)
    for stage, parts, mass in zip(
        expected.stages, names["probabilities"], names["removed"], strict=True
    ):
        np.testing.assert_array_equal(parts, stage.probabilities[shown])
        assert mass == stage.removed_mass
    rows = run_recipe("measures")["measures"]
    assert [row[2] for row in rows] == [stage.entropy for stage in expected.stages]
    assert [row[4] for row in rows] == [stage.divergence for stage in expected.stages]
    moved = run_recipe("penalised")["moved"]
    np.testing.assert_array_equal(moved.after, expected.moved(40).after)
    assert len(moved.ids)


@pytest.mark.parametrize("name", ["drawn", "staircase"])
def test_the_draws_are_the_figures(run_recipe, forward, name):
    expected, found = draws.draw(sampled(forward).final, 200, 3), run_recipe(name)["found"]
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_array_equal(found.places, expected.places)


def test_the_temperatures_are_the_figures(run_recipe, forward):
    expected, found = temperature.sweep(forward.logits, 12), run_recipe("sweep")["found"]
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    np.testing.assert_array_equal(found.entropies, expected.entropies)
    np.testing.assert_array_equal(run_recipe("kept_sets")["n_kept"], expected.n_kept)
    one, other = forward.logits[expected.ids[[1, 4]]].astype(float)
    powers = [temperature.odds(one - other, stop) for stop in temperature.STOPS]
    assert run_recipe("odds")["powers"] == powers


def test_the_bits_are_the_figures(run_recipe, forward):
    expected = surprisal.course(forward.surprisals)
    found = run_recipe("bits")["course"]
    np.testing.assert_allclose(found.running_mean, expected.running_mean, rtol=1e-4)
    counts = surprisal.histogram(forward.surprisals)
    np.testing.assert_array_equal(run_recipe("bit_counts")["spread"].counts, counts.counts)


def test_the_guesses_are_the_figures(run_recipe, live):
    found, place = live.ask(Predictions(TEXT)), VALUES["place"]
    choice = run_recipe("guesses")["choice"]
    assert choice.token_ids[choice.own] == found.tokens[place].id
    assert choice.probabilities[choice.own] == pytest.approx(found.probabilities[place - 1])
    assert set(found.best_ids[place - 1]) <= set(choice.token_ids)


def test_the_wavelengths_are_the_figures(run_recipe):
    expected = rope.spectrum(8, 500.0).wavelengths
    np.testing.assert_array_equal(run_recipe("wavelengths")["spectrum"].wavelengths, expected)


def test_the_hands_and_the_arrows_are_the_figures(run_recipe, forward):
    expected = rope.spectrum(8, 500.0).angles(np.array([9]))[0]
    np.testing.assert_array_equal(run_recipe("clock")["angles"], expected)
    vectors = relative.of_run(forward, 1, 2, 3, 3)
    assert vectors.is_measured
    expected = rope.planes(vectors.query, vectors.key, vectors.spectrum, (0, 2), np.array([9]))
    found = run_recipe("planes")["planes"]
    for name in ("query", "key", "queries", "keys"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_the_score_at_all_places_and_distances_is_the_figures(run_recipe, forward):
    vectors = relative.of_run(forward, 1, 2, 3, 1)
    np.testing.assert_array_equal(run_recipe("diagonals")["scores"], relative.placed(vectors, 65))
    weights = attention.head(forward, 1, 2).attention_weights[3, :4]
    np.testing.assert_array_equal(run_recipe("key_weights")["weights"], weights)
    course = relative.by_distance(vectors, np.arange(21))
    for name in ("score_by_distance", "decay_bound"):
        found = run_recipe(name)["course"]
        np.testing.assert_array_equal(found.scores, course.scores)
        np.testing.assert_array_equal(found.bounds, course.bounds)
    parts = run_recipe("carriers")["parts"]
    np.testing.assert_allclose(parts.summands[:, 0], course.summands[:, 2])
    thin = run_recipe("carriers_map")["parts"]
    np.testing.assert_allclose(thin.summands, course.summands[:, ::2])


def test_the_two_pairings_and_the_bases_are_the_figures(run_recipe, forward):
    vectors = relative.of_run(forward, 1, 2, 3, 3)
    expected = pairing.both(vectors.query, vectors.spectrum, np.array([9]))
    found = run_recipe("two_pairings")["both"]
    np.testing.assert_array_equal(found.halves, expected.halves)
    np.testing.assert_array_equal(found.neighbours, expected.neighbours)
    spectra = run_recipe("base_spectrum")
    np.testing.assert_array_equal(spectra["trained"].frequencies, vectors.spectrum.frequencies)
    np.testing.assert_array_equal(spectra["other"].frequencies, rope.spectrum(8, 500.0).frequencies)


@pytest.mark.parametrize("kind", ["wrong", "base"])
def test_what_another_pairing_or_base_changes_is_the_figures(run_recipe, live, forward, kind):
    other = rope.spectrum(8, 500.0).frequencies
    switches = {
        "wrong": Switch(forward.model.rope_frequencies, pairing="neighbours"),
        "base": Switch(tuple(other.tolist())),
    }
    expected = pairing.change(forward, live.ask(Switched(TEXT, switches[kind])), 1, 2)
    maps, loss = (run_recipe(f"{kind}_{name}")["change"] for name in ("maps", "loss"))
    assert maps.moved == expected.moved > 0
    np.testing.assert_array_equal(loss.surprisals_after, expected.surprisals_after)
    assert loss.loss_after != loss.loss_before


def test_what_a_text_costs_is_the_figures(run_recipe, live):
    cut = live.tokenizer.cut(TEXT)
    expected = tokens.count(TEXT, cut.starts, cut.stops)
    found = run_recipe("totals")["found"]
    assert found["model"] == expected
    assert list(found) == VALUES["tokenizers"]
    assert run_recipe("bill")["costs"]["model"] == expected.cost(2.5, 30)


def test_how_a_token_came_about_is_the_figures(run_recipe):
    tokenizer = shelf.packaged("cl100k_base")
    token = tokens.Token(VALUES["token_id"], tokenizer.bytes_of(VALUES["token_id"]))
    expected = bpe.encode(token.bytes, bpe.vocabulary(tokenizer).rule)
    assert run_recipe("making")["merges"] == expected.merges != ()
    around = run_recipe("neighbours")["around"]
    assert around[5] == token
    assert len(around) == 11


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


def test_the_slopes_and_windows_are_the_figures(run_recipe):
    found, expected = run_recipe("alibi_slopes")["heads"], alibi.heads(8)
    np.testing.assert_array_equal(found.slopes, expected.slopes)
    windows = run_recipe("alibi_windows")["windows"]
    for share in (0.9, 0.99):
        np.testing.assert_array_equal(windows[share], alibi.window(expected.slopes, 12, share))


@pytest.mark.parametrize("name", ["alibi_matrices", "alibi_row"])
def test_the_bias_on_a_real_head_is_the_figures(run_recipe, forward, name):
    acting = float(alibi.slopes(forward.model.n_heads)[2]) * forward.scale
    scores = alibi.scores("unrotated", forward, 1, 2)
    expected, found = alibi.biased(scores, acting, is_symmetric=True), run_recipe(name)["found"]
    np.testing.assert_array_equal(found.bias, expected.bias)
    np.testing.assert_array_equal(found.attention_weights, expected.attention_weights)


def test_the_runs_with_another_encoding_are_the_figures(run_recipe, live, forward):
    slopes = tuple(alibi.slopes(forward.model.n_heads).tolist())
    runs = {
        "own": forward,
        "alibi": live.ask(Switched(TEXT, Switch(slopes=slopes))),
        "none": live.ask(Switched(TEXT, Switch())),
    }
    maps, losses = (run_recipe(name)["encoded"] for name in ("alibi_maps", "alibi_losses"))
    assert maps.keys() == losses.keys() == runs.keys()
    for name, run in runs.items():
        expected = alibi.encoded(run, 1, 2)
        np.testing.assert_array_equal(maps[name].attention_weights, expected.attention_weights)
        np.testing.assert_array_equal(losses[name].surprisals, expected.surprisals)


def test_the_position_table_and_the_shuffled_text_are_the_figures(run_recipe, forward):
    expected = absolute.table(20, 12)
    np.testing.assert_array_equal(run_recipe("sinusoidal")["positions"], expected.positions)
    table = run_recipe("sinusoidal_products")["table"]
    np.testing.assert_array_equal(table.means, expected.means)
    expected = absolute.learned(reverser_weights.load().encoder_positions)
    for name in ("learned_rows", "learned_cosines"):
        np.testing.assert_array_equal(run_recipe(name)["table"].cosines, expected.cosines)
    order = absolute.order(len(forward.tokens), 3)
    shuffled = absolute.shuffled(forward, 2, order, is_rotated=True, is_causal=False)
    found = run_recipe("shuffled")["found"]
    np.testing.assert_array_equal(found.order, order)
    np.testing.assert_array_equal(found.put_back, shuffled.put_back)


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


def test_the_stretched_speeds_are_the_figures(run_recipe):
    trained = interpolation.Trained(8, 500.0, 64)
    factors = interpolation.step_factors(4, 2, 2.0)
    plan = interpolation.Plan(2.0, 200, 0.5, 8.0, "paper", factors)
    chosen = interpolation.scaled("yarn", trained, plan)
    found = run_recipe("angles")["chosen"]
    np.testing.assert_array_equal(found.frequencies, chosen.frequencies)
    assert found.factor == chosen.factor
    every = interpolation.methods(trained, plan)
    for one, expected in zip(run_recipe("ratios")["every"], every, strict=True):
        np.testing.assert_array_equal(one.ratios, expected.ratios)
    ramps = run_recipe("ramps")
    for kind in interpolation.RAMPS:
        expected = interpolation.ramp(kind, trained, 0.5, 8.0).kept
        np.testing.assert_array_equal(ramps[kind].kept, expected)
    expected = interpolation.fitted_score(trained, chosen, 200, 5, 3)
    np.testing.assert_array_equal(run_recipe("blow_up")["score"].scaled, expected.scaled)


def test_the_switched_network_is_the_figures(run_recipe, live, forward):
    every = switched.methods(forward.model, 4.0, len(forward.tokens))
    encodings = tuple(map(switched.switch, every))
    other = live.ask(Switched(TEXT, encodings[switched.METHODS.index("ntk")]))
    expected = switched.change(forward, other, 1, 2)
    found = run_recipe("switched_maps")["change"]
    np.testing.assert_array_equal(found.after.attention_weights, expected.after.attention_weights)
    assert expected.moved > 0
    found = run_recipe("switched_loss")["change"]
    np.testing.assert_array_equal(found.after.surprisals, expected.after.surprisals)
    losses = live.ask(LongLosses(TEXT, encodings, len(forward.tokens)))
    found = run_recipe("switched_methods")["costs"]
    np.testing.assert_array_equal(found.surprisals, losses.surprisals)


def test_the_neighbours_are_the_figures(run_recipe, live, forward):
    ids = tuple(token.id for token in forward.tokens)
    found = live.ask(Neighbours(embedding.around(ids, 1, 24), is_centred=True))
    place = found.points.index(forward.tokens[1])
    near = run_recipe("nearest")
    np.testing.assert_allclose(near["near"].cosines, found.cosines[place, :4], atol=1e-6)
    expected = embedding.token_map(found, 4, 3)
    placed = run_recipe("token_map")["placed"]
    np.testing.assert_array_equal(placed.axes.coordinates, expected.axes.coordinates)
    rows = run_recipe("vector_strip")["strip"].numbers
    np.testing.assert_array_equal(rows[0], found.embeddings[place])
    table = run_recipe("whole_table")
    np.testing.assert_array_equal(table["norms"], found.norm_counts)
    assert table["cosines"].sum() == found.n_rows - 1
    first = tuple(live.tokenizer.ids(word)[0] for word in VALUES["words"])
    expected = embedding.among(live.ask(Neighbours(first, 0, True)))
    np.testing.assert_array_equal(run_recipe("word_cosines")["cosines"], expected)


@pytest.mark.parametrize("name", ["race", "race_choices"])
def test_the_race_is_the_figures(run_recipe, name):
    words = race.corpus("both", TEXT, race.sample(long_run.text(), 500))
    expected, found = race.race(words, 60), run_recipe(name)["found"]
    np.testing.assert_array_equal(found.sizes, expected.sizes)
    for algorithm, standings in found.standings.items():
        for one, other in zip(standings, expected.standings[algorithm], strict=True):
            assert vars(one) == vars(other)


def test_the_costs_are_the_figures(run_recipe, live):
    texts = paragraphs.texts() | {languages.OWN: TEXT}
    at_hand = [live.tokenizer, *map(shelf.packaged, shelf.coming_along())]
    expected = languages.costs(texts, paragraphs.known(at_hand, texts))
    found = run_recipe("costs")
    np.testing.assert_array_equal(found["values"], expected.of("bytes_per_token"))
    column = expected.tokenizers.index("o200k_base")
    parts = run_recipe("language_cut")["parts"]
    assert len(parts) == expected.n_tokens[expected.languages.index("hi"), column]
    shares = expected.shares(column)[:, :-1]  # without one's own sentence
    np.testing.assert_array_equal(run_recipe("reasons")["shares"], shares)


def test_the_pieces_of_each_step_are_the_figures(run_recipe):
    tokenizer = shelf.packaged("cl100k_base")
    expected = pre_tokenisation.through(TEXT, tokenizer)
    for one, other in zip(run_recipe("steps")["found"], expected, strict=True):
        np.testing.assert_array_equal(one.starts, other.starts)
        np.testing.assert_array_equal(one.kinds, other.kinds)
    np.testing.assert_array_equal(run_recipe("alternatives")["last"].counts, expected[-1].counts)
    assert run_recipe("digits")["groups"] == pre_tokenisation.digit_groups("12345")
    cuts = run_recipe("forms")["cuts"]
    assert [cut.text for cut in cuts] == list(pre_tokenisation.variants("glass"))
    assert all(cut.ids.tolist() == tokenizer.ids(cut.text) for cut in cuts)


def test_the_conversation_is_the_figures(run_recipe, live):
    turns = [Turn("user", "one"), Turn("assistant", "two"), Turn("user", "three")]
    expected = chat.converse(live.chat_template, live.tokenizer, turns, False)
    found = run_recipe("chat_tokens")["found"]
    assert (found.rendered, found.kinds) == (expected.rendered, expected.kinds)
    shares = run_recipe("chat_shares")
    assert (shares["counts"], shares["n_learnt"]) == (expected.counts, expected.n_in_loss)
    assert expected.n_in_loss > 0


def test_the_trainings_of_wordpiece_are_the_figures(run_recipe):
    words = wordpiece.words(TEXT, split_ideographs=False)
    expected = {name: wordpiece.train(words, 9, criterion=name) for name in wordpiece.CRITERIA}
    found = run_recipe("likelihood")["training"]
    assert [step.chosen for step in found.steps] == [
        step.chosen for step in expected["frequency"].steps
    ]
    for name, training in run_recipe("criteria")["trainings"].items():
        np.testing.assert_array_equal(training.n_tokens, expected[name].n_tokens)


@pytest.mark.parametrize("name", ["prefixes", "unknown_word"])
def test_the_search_of_a_word_is_the_figures(run_recipe, name):
    vocabulary = wordpiece.vocabulary(shelf.packaged("wordpiece"))
    expected = wordpiece.search(VALUES["word"], vocabulary.entries)
    assert run_recipe(name)["search"].tries == expected.tries


def test_the_training_of_unigram_is_the_figures(run_recipe):
    expected = unigram.train(unigram.words(TEXT), VALUES["n_vocab"])
    found = run_recipe("pruning")["training"]
    assert found.vocabulary.log_p == expected.vocabulary.log_p
    np.testing.assert_array_equal(found.losses, expected.losses)


def test_the_lattice_and_the_cuts_are_the_figures(run_recipe):
    vocabulary = unigram.vocabulary_of(trained.pieces())
    lattice = unigram.lattice(VALUES["piece"], vocabulary)
    assert run_recipe("lattice")["lattice"].arcs == lattice.arcs
    marginals = unigram.marginals(lattice, VALUES["smoothing"])
    names = run_recipe("cuts")
    assert names["shares"] == [marginals.share_of(way) for way in unigram.n_best(lattice, 10)]
    drawn = unigram.sample(marginals, VALUES["n_drawn"], VALUES["seed"])
    assert names["drawn"] == drawn


def test_the_training_is_the_figures(run_recipe):
    expected = bpe.train(bpe.words(VALUES["text"], "bytes"), VALUES["n_merges"])
    found = run_recipe("merges")["training"]
    assert found.merges == expected.merges
    assert expected.merges
    np.testing.assert_array_equal(found.n_tokens, expected.n_tokens)


def test_the_tree_is_the_figures(run_recipe):
    tokenizer, word = shelf.packaged("cl100k_base"), VALUES["piece"].encode()
    expected = bpe.both_ways(word, bpe.vocabulary(tokenizer), tokenizer)
    found = run_recipe("merge_tree")["both"]
    assert found.encoding.merges == expected.encoding.merges
    assert found.greedy == expected.greedy


def test_what_chinese_costs_is_the_figures(run_recipe):
    cut = shelf.packaged("cl100k_base").cut(VALUES["chinese"])
    expected = vocabulary_extension.writing(cut)
    found = {one.name: one for one in run_recipe("chinese_costs")["writings"]}["cl100k_base"]
    assert found.tokens_per_character == expected.tokens_per_character
    np.testing.assert_array_equal(found.kinds, expected.kinds)


def test_the_added_words_are_the_figures(run_recipe):
    tokenizer = shelf.packaged("cl100k_base")
    expected = vocabulary_extension.extend(tokenizer, VALUES["chinese"], 60)
    names = run_recipe("added_words")
    assert names["extension"].words == expected.words
    assert names["added"] == expected.words[:2]
    np.testing.assert_array_equal(names["extension"].n_tokens, expected.n_tokens)


def test_the_tree_of_what_was_written_is_the_figures(run_recipe, live, forward):
    tree = writing.from_words(TREE)
    expected = [
        live.ask(Writing(TEXT, 0, branch.manner.chain, branch.manner.seed, tree.path(number)))
        for number, branch in enumerate(tree.branches)
    ]
    found = run_recipe("written_tree")
    assert found["tree"] == tree
    for answer, one in zip(found["answers"], expected, strict=True):
        np.testing.assert_array_equal(answer.probabilities, one.probabilities)
    passage = writing.passage(tree, expected, 1)
    np.testing.assert_array_equal(run_recipe("written_course")["passage"].bits, passage.bits)
    choices = writing.choices(forward)
    found = run_recipe("written_choices")["choices"]
    np.testing.assert_array_equal(found.probabilities, choices.probabilities)


def test_the_perplexities_are_the_figures(run_recipe, live, forward):
    bits = forward.surprisals
    found = perplexity.branching(bits)
    np.testing.assert_array_equal(run_recipe("branching")["found"].factors, found.factors)
    roots = run_recipe("text_probability")["found"].roots
    assert roots[-1] == found.perplexity
    rare = run_recipe("impossible_token")["found"].perplexities
    np.testing.assert_array_equal(rare, perplexity.impossible(bits, 1).perplexities)
    corpus = run_recipe("weighted_texts")["corpus"]
    others = live.ask(TextCosts(("two", "a"))).each
    assert corpus.perplexity == pytest.approx(perplexity.corpus([bits, *others]).perplexity)


def test_the_units_and_the_cuts_are_the_figures(run_recipe, live, forward):
    sample = bits_per_byte.sample([token.bytes for token in forward.tokens], forward.surprisals)
    codes = bits_per_byte.codes({"": sample}, forward.model.d_vocab)
    np.testing.assert_allclose(run_recipe("bits_per_byte")["codes"].totals, codes.totals, rtol=1e-5)
    recut = bits_per_byte.recut(sample.total, VALUES["counts"])
    np.testing.assert_allclose(run_recipe("same_bits")["recut"].bits, recut.bits, rtol=1e-5)
    cuts = bits_per_byte.other_cuts([token.id for token in forward.tokens], forward.vocabulary)
    found = bits_per_byte.marginal(live.ask(RowCosts(cuts.rows)).bits)
    assert run_recipe("other_cuts")["found"].together == found.together


def test_the_windows_are_the_figures(run_recipe, live):
    expected = sliding_window.plan(40, 16, 4)
    np.testing.assert_array_equal(run_recipe("sliding_windows")["plan"].contexts, expected.contexts)
    found = live.ask(Windows(VALUES["long_text"], 16, (16, 8, 4), 40))
    slid = sliding_window.all_slid(found.n_tokens, 16, (16, 8, 4), found.starts, found.bits)
    values = [one.perplexity for one in run_recipe("strides")["slid"]]
    assert values == [one.perplexity for one in slid]
    groups = run_recipe("contexts")["groups"]
    np.testing.assert_array_equal(groups.bits, sliding_window.by_context(found.bits).bits)


def test_what_was_dragged_is_the_figures(run_recipe):
    p, q = (np.array(VALUES[name]) for name in "pq")
    found = run_recipe("by_hand")["found"]
    np.testing.assert_array_equal(found.costs, entropy.information(p, "nats").costs)
    found = run_recipe("divergences")["found"]
    assert found.divergence == entropy.compare(p, q, "nats").divergence
    assert run_recipe("code_tree")["code"].words == entropy.huffman(p).words
    found = run_recipe("block_lengths")["found"]
    np.testing.assert_array_equal(found.lengths, entropy.blocks(p).lengths)


def test_the_gradients_of_the_softmax_are_the_figures(run_recipe):
    z, label = np.array(VALUES["z"]), VALUES["answer"]
    found = run_recipe("pulls")["found"]
    np.testing.assert_array_equal(found.of_logits, softmax.gradient(z, label).of_logits)
    np.testing.assert_array_equal(run_recipe("jacobian")["table"], softmax.jacobian(z))
    course = softmax.descend(z, label, 2.5, 7)
    np.testing.assert_array_equal(run_recipe("descent")["course"].losses, course.losses)
    ends = softmax.saturation(z, label)
    np.testing.assert_array_equal(
        run_recipe("flat_ends")["found"].squared_error, ends.squared_error
    )
    np.testing.assert_array_equal(run_recipe("overflow")["found"].naive, softmax.shifts(z).naive)


@pytest.mark.parametrize("name", ["loss_steps", "loss_samples"])
def test_the_loss_of_logits_is_the_figures(run_recipe, name):
    chosen = cross_entropy.Settings("none", 0.2, (1.0, 2.0, 3.0))
    logits, labels = np.array(VALUES["logits"]), np.array(VALUES["labels"])
    expected, found = cross_entropy.loss(logits, labels, chosen), run_recipe(name)["found"]
    np.testing.assert_array_equal(found.terms, expected.terms)
    np.testing.assert_array_equal(found.returned, expected.returned)


def test_what_the_softmax_taken_twice_does_is_the_figures(run_recipe):
    row, names = np.array(VALUES["logits"][1]), run_recipe("softmax_twice")
    np.testing.assert_array_equal(names["course"].twice, cross_entropy.course(row, 2).twice)
    for name, is_twice in (("right", False), ("twice", True)):
        expected = cross_entropy.descend(row, 2, 3, 0.5, is_twice=is_twice)
        np.testing.assert_array_equal(names[name], expected)


def test_the_pairs_of_a_text_are_the_figures(run_recipe, forward):
    expected = self_supervision.lesson(forward.surprisals, 2)
    found = run_recipe("prefix_pairs")["lesson"]
    np.testing.assert_array_equal(found.losses, expected.losses)
    assert found.mean == expected.mean
    ids = [token.id for token in forward.tokens]
    shift = self_supervision.shift(ids, 2)
    np.testing.assert_array_equal(run_recipe("label_shift")["shift"].twice, shift.twice)
    masked = self_supervision.masked(ids, forward.model.d_vocab, 0.5, 3)
    assert run_recipe("masked_words")["masked"].fates == masked.fates
    rows = self_supervision.packed((3, 9, 4), 6)
    np.testing.assert_array_equal(run_recipe("packed_rows")["together"], rows)


def test_the_contrasts_are_the_figures(run_recipe, live, forward):
    switch = divergence.switch(forward.model, "alibi", 2.0)
    sides = Side(TEXT, 0.9), Side("one four three", 1.4, switch)
    found = live.ask(Contrast(*sides))
    expected, columns = divergence.columns(found), run_recipe("contrast_ribbons")["columns"]
    for name in ("bits_a", "bits_b", "forward", "backward", "js"):
        np.testing.assert_array_equal(getattr(columns, name), getattr(expected, name))
    assert expected.forward[-1] > 0
    at = expected.at_or_after(3)
    shown = divergence.pair(found, int(expected.pairs[at]))
    pair = run_recipe("contrast_tokens")["pair"]
    np.testing.assert_array_equal(pair.forward_terms, shown.forward_terms)
    read = live.ask(Reading(TEXT))
    along = run_recipe("contrast_bytes")["along"]
    assert along[1].bits_per_byte == divergence.along_bytes(read, read)[0].bits_per_byte
