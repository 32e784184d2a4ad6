import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.model import load, run
from core.model.sources import Prepared
from core.storage.fetching import SourceError, Stopped, Watch
from tests.tiny import D_MODEL, N_HEADS, N_KEY_VALUE_HEADS, N_LAYERS, N_TOKENS, tiny_model_folder


@pytest.fixture
def folder(tiny_folder, tmp_path):
    """A copy that may be spoilt."""
    return shutil.copytree(tiny_folder(), tmp_path / "copy")


def refusal(folder):
    with pytest.raises(SourceError) as error:
        load.load(Prepared(folder, "tiny", "random"))
    return error.value


def change_config(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def change_weights(folder, change):
    file = folder / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, metadata={"format": "pt"})


def test_the_card_gives_the_dimensions_of_the_network(load_tiny):
    card = load_tiny().card
    assert (card.n_layers, card.n_heads, card.n_key_value_heads) == (
        N_LAYERS,
        N_HEADS,
        N_KEY_VALUE_HEADS,
    )
    assert (card.d_model, card.d_head, card.d_vocab) == (D_MODEL, D_MODEL // N_HEADS, N_TOKENS)
    assert (card.context_length, card.rope_base) == (2048, 10_000)
    assert card.n_parameters == sum(p.numel() for p in load_tiny().network.parameters())
    assert card.device == load.best_device().type


def test_every_number_has_a_name_in_the_vocabulary(load_tiny):
    assert len(load_tiny().vocabulary) == N_TOKENS


def test_networks_without_rope_have_no_base(load_tiny):
    assert load_tiny("gpt2").card.rope_base is None


@pytest.mark.parametrize(("window", "captures"), [(500, False), (4096, True)])
def test_a_window_matters_if_a_text_can_be_longer(load_tiny, window, captures):
    assert load_tiny("mistral", sliding_window=window).captures is captures


def test_sinks_are_noticed(load_tiny):
    # The scores look as plain as ever; only the results differ.
    assert not load_tiny("gpt_oss", num_local_experts=4, head_dim=8).captures


def test_a_network_that_reads_ahead_is_refused(tiny_folder):
    folder = tiny_folder("bert")
    assert "reads ahead" in refusal(folder).detail


def test_a_network_without_attention_is_refused(tiny_folder):
    assert refusal(tiny_folder("mamba")).reason == "failed"


def test_missing_weights_are_named(folder):
    change_weights(folder, lambda weights: weights.pop("model.layers.1.mlp.up_proj.weight"))
    error = refusal(folder)
    assert error.reason == "bad_folder"
    assert "missing_keys: model.layers.1.mlp.up_proj.weight" in error.detail


def test_weights_of_another_shape_are_named(folder):
    change_config(folder, intermediate_size=65)
    assert "mismatched_keys" in refusal(folder).detail


def test_weights_that_are_left_over_are_named(folder):
    change_config(folder, num_hidden_layers=2)
    assert "unexpected_keys: model.layers.2." in refusal(folder).detail


def test_old_buffers_are_no_weights(folder):
    def add(weights):
        weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)

    change_weights(folder, add)
    load.load(Prepared(folder, "tiny", "random"))


def test_weights_that_are_not_finite_are_named(folder):
    def spoil(weights):
        weights["model.norm.weight"][3] = float("nan")

    change_weights(folder, spoil)
    assert "model.norm.weight is not finite" in refusal(folder).detail


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_truncated_files_are_refused(folder, file):
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    assert refusal(folder).reason == "bad_folder"


def test_a_folder_without_a_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    assert refusal(folder).reason == "bad_folder"


def test_code_that_comes_with_a_model_is_not_run(folder, tmp_path):
    witness = tmp_path / "was-run"
    (folder / "modeling_own.py").write_text(f"open({str(witness)!r}, 'w')\n")
    change_config(folder, model_type="own", auto_map={"AutoConfig": "modeling_own.OwnConfig",
                  "AutoModelForCausalLM": "modeling_own.Own"})  # fmt: skip
    assert refusal(folder).reason == "bad_folder"
    assert not witness.exists()


def test_pickles_are_not_read(folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert refusal(folder).reason == "bad_folder"


def test_truncation_and_padding_in_the_tokenizer_s_file_are_not_ours(folder):
    file = folder / "tokenizer.json"
    truncation = {"max_length": 2, "stride": 0, "strategy": "LongestFirst", "direction": "Right"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"truncation": truncation}))
    model = load.load(Prepared(folder, "tiny", "random"))
    assert len(run.token_ids(model, "The cat sat on the mat.")) > 2


def test_loading_stops_when_the_program_ends(folder):
    with pytest.raises(Stopped):
        load.load(Prepared(folder, "tiny", "random"), Watch(is_stopped=lambda: True))


def test_parameters_are_counted_without_loading_them(tmp_path):
    folder = tiny_model_folder(tmp_path / "gpt2", "gpt_neox")
    stored = load_file(folder / "model.safetensors")
    assert load.n_stored_parameters(folder) == sum(each.numel() for each in stored.values())


@pytest.mark.parametrize(
    ("device", "n_parameters", "has_bf16", "expected"),
    [
        ("cpu", 7e9, True, torch.float32),
        ("cuda", 135e6, True, torch.float32),
        ("cuda", 7e9, True, torch.bfloat16),
        ("cuda", 7e9, False, torch.float16),
        ("mps", 7e9, False, torch.bfloat16),
    ],
)
def test_the_data_type_suits_the_device(monkeypatch, device, n_parameters, has_bf16, expected):
    monkeypatch.setattr(load, "n_stored_parameters", lambda folder: int(n_parameters))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bf16)
    assert load.suitable_dtype(torch.device(device), Path()) == expected
