import json

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from core.model import dequantise, load, run, sources
from core.model.sources import Prepared
from core.storage.fetching import SourceError, Stopped, Watch
from tests.core.model import packages


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return packages.llama_folder(tmp_path_factory.mktemp("original") / "llama")


@pytest.fixture(scope="module")
def converted(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("converted")
    dequantise.write_model(packages.write_gguf(original, folder / "tiny.gguf"), folder, Watch())
    return folder


def test_a_model_that_went_through_gguf_gives_the_same_results(original, converted):
    before = load.load(Prepared(original, "a", "random"))
    after = load.load(Prepared(converted, "b", "random"))
    text = "The cat sat on the mat."
    ours, theirs = run.run_one(after, text), run.run_one(before, text)
    assert ours.tokens == theirs.tokens
    np.testing.assert_allclose(ours.logits, theirs.logits, atol=1e-5)
    np.testing.assert_allclose(ours.queries, theirs.queries, atol=1e-5)


def test_every_parameter_comes_back_exactly(original, converted):
    before = load_file(original / "model.safetensors")
    after = load_file(converted / "model.safetensors")
    assert before.keys() == after.keys()
    for name, parameter in before.items():
        np.testing.assert_array_equal(after[name], parameter)


def test_q4_1_is_scale_times_number_plus_minimum(original, tmp_path):
    kind = gguf.GGMLQuantizationType.Q4_1
    file = packages.write_gguf(original, tmp_path / "tiny.gguf", kind)
    dequantise.write_model(file, tmp_path, Watch())
    name = "model.layers.0.mlp.up_proj.weight"
    before = load_file(original / "model.safetensors")[name].reshape(-1, 32)
    after = load_file(tmp_path / "model.safetensors")[name].reshape(-1, 32)
    spread = before.max(axis=1) - before.min(axis=1)
    # 16 steps from the least to the largest of a block: nobody is further off than half a step.
    assert (np.abs(after - before).max(axis=1) <= spread / 15 * 0.51 + 1e-3).all()
    assert max(len(np.unique(block)) for block in after) <= 16


@given(st.integers(1, 4), st.integers(1, 4))
def test_pairs_apart_undoes_pairs_together(n_heads, half):
    weights = np.arange(n_heads * half * 2 * 3, dtype=np.float32).reshape(-1, 3)
    together = packages.pairs_together(weights, n_heads)
    np.testing.assert_array_equal(dequantise.pairs_apart(together, n_heads), weights)


def test_the_two_of_a_pair_end_half_a_head_apart():
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert dequantise.pairs_apart(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_every_digit_is_a_token_and_spaces_before_it_stay_together(converted):
    cutter = Tokenizer.from_file(str(converted / "tokenizer.json"))
    assert cutter.encode("x 2024").tokens == ["x", "Ġ", "2", "0", "2", "4"]
    described = json.loads(cutter.to_str())
    assert described["normalizer"] is None
    kinds = [part["type"] for part in described["pre_tokenizer"]["pretokenizers"]]
    assert kinds == ["Digits", "ByteLevel"]


def test_special_tokens_are_found_and_no_token_is_added(converted):
    cutter = Tokenizer.from_file(str(converted / "tokenizer.json"))
    assert cutter.encode("<|endoftext|>a").tokens == ["<|endoftext|>", "a"]
    assert cutter.encode("a").tokens == ["a"]


def test_the_chat_template_is_kept(converted):
    assert (converted / "chat_template.jinja").read_text() == "{{ messages }}"


def test_another_way_of_cutting_is_refused(original, tmp_path):
    file = packages.write_gguf(original, tmp_path / "tiny.gguf", pre="llama-bpe")
    with pytest.raises(SourceError, match="llama-bpe"):
        dequantise.write_model(file, tmp_path, Watch())


def test_another_kind_of_network_is_refused(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "mamba")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(SourceError, match="mamba"):
        dequantise.write_model(tmp_path / "other.gguf", tmp_path, Watch())


def test_a_tensor_without_a_place_is_refused():
    with pytest.raises(SourceError, match=r"blk\.0\.attn_qkv\.weight"):
        dequantise.parameter_name("blk.0.attn_qkv.weight")


def test_converting_stops_when_the_program_ends(original, tmp_path):
    file = packages.write_gguf(original, tmp_path / "tiny.gguf")
    with pytest.raises(Stopped):
        dequantise.write_model(file, tmp_path, Watch(is_stopped=lambda: True))
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.weights
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a  5", ["a", "ĠĠ", "5"]),
        ("2024!", ["2", "0", "2", "4", "!"]),
        ("<|im_start|>user\n", ["<|im_start|>", "user", "Ċ"]),
        ("The cat", ["The", "Ġcat"]),
    ],
)
def test_smollm2_cuts_text_as_in_training(text, tokens):
    folder = sources.prepare(sources.SMOLLM2).folder
    assert Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).tokens == tokens
