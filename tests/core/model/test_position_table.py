"""The oracle is the network's own module, by the name that its authors gave it."""

import numpy as np
import pytest
import torch

from core import absolute
from core.model import load, position_table, run
from core.model.position_table import PositionTable
from core.model.sources import Prepared
from tests.tiny import tiny_model_folder

# Where the table is, and how many of its rows stand before the one of position 0.
TABLES = {
    "gpt2": ("transformer.wpe", 0, {}),
    "gpt_neo": ("transformer.wpe", 0, {"attention_types": [[["global"], 3]], "num_layers": 3}),
    "gpt_bigcode": ("transformer.wpe", 0, {"n_positions": 64}),
    "opt": ("model.decoder.embed_positions", 2, {"ffn_dim": 64}),
    "biogpt": ("biogpt.embed_positions", 2, {}),
}


def answer(model):
    steps = PositionTable().steps(model, lambda: False)
    assert next(steps) == 0
    with pytest.raises(StopIteration) as end:
        next(steps)
    return end.value.value


@pytest.mark.parametrize("family", TABLES)
def test_a_learned_table_is_found_with_its_first_position(tmp_path, family):
    name, n_skipped, changes = TABLES[family]
    folder = tiny_model_folder(tmp_path / family, family, **changes)
    model = load.load(Prepared(folder, family, "random"))
    table = answer(model)
    assert (table.module, table.n_skipped) == (name, n_skipped)
    weight = model.network.get_submodule(name).weight
    np.testing.assert_array_equal(table.rows, weight[n_skipped:])
    assert len(table.rows) == model.card.context_length
    assert not table.rows.flags.writeable
    assert table.n_bytes == table.rows.nbytes


def test_what_it_holds_is_what_the_network_adds(load_tiny):
    """Without the rows of its positions, a network takes each place for the first."""
    model = load_tiny("gpt2")
    table, text = answer(model), "The cat sat on the mat"
    before = run.run_one(model, text)
    weight = model.network.transformer.wpe.weight
    kept = weight.clone()
    try:
        weight[:] = torch.tensor(np.tile(table.rows[:1], (len(weight), 1)))
        after = run.run_one(model, text)
    finally:
        weight[:] = kept
    np.testing.assert_allclose(after.queries[0, :, 0], before.queries[0, :, 0], atol=1e-6)
    assert abs(after.queries[0, :, 1:] - before.queries[0, :, 1:]).max() > 0.1


@pytest.mark.parametrize("family", ["llama", "gpt_neox", "bloom", "gemma2"])
def test_a_network_without_a_table_has_none(load_tiny, family):
    model = load_tiny(family)
    assert answer(model).rows is None
    assert answer(model).name == model.card.name
    assert answer(model).n_bytes == 0


def test_rows_of_the_formula_are_not_learned(load_tiny):
    model = load_tiny("gpt2")
    weight = model.network.transformer.wpe.weight
    kept = weight.clone()
    try:
        weight[:] = torch.tensor(absolute.sinusoidal(*weight.shape))
        assert answer(model).rows is None
    finally:
        weight[:] = kept
    assert answer(model).rows is not None


def test_nothing_stays_on_the_network(load_tiny):
    model = load_tiny("gpt2")
    table = model.network.transformer.wpe
    answer(model)
    assert not table._forward_hooks
    assert PositionTable().n_tokens(model) == position_table.N_TRIED
