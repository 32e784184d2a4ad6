"""Dequantisation: a GGUF file's small integers, once, into the float32 numbers they stand for.

Q4_1 keeps blocks of 32 weights as 4-bit numbers with one scale and one minimum per block: a weight
is scale · q + minimum. The tokenizer is written out as the model was trained with it; GGUF names
it by a word ("smollm") and leaves the rules to the reader.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.storage.fetching import SourceError, Watch

CONTROL, USER_DEFINED = 3, 4  # tokenizer.ggml.token_type of tokens that are never split

LAYER_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OTHER_TENSORS = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}


def write_model(gguf_file: Path, folder: Path, watch: Watch):
    """Write a Llama-shaped GGUF file as safetensors, configuration and tokenizer.

    Raises:
        SourceError: the file holds another kind of network or tokenizer.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(gguf_file)
    except ValueError as error:
        raise SourceError("bad_folder", f"not a GGUF file: {error}") from error
    metadata = {key: field.contents() for key, field in reader.fields.items()}
    for key, expected in (("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2")):
        if metadata.get(key) != expected:
            raise SourceError("failed", f"{key} must be {expected}, got {metadata.get(key)}")
    _write_weights(reader.tensors, metadata, folder / "model.safetensors", watch)
    _write_json(folder / "config.json", configuration(metadata, reader.tensors))
    _write_json(folder / "generation_config.json", _special_ids(metadata))
    _write_tokenizer(metadata, folder)


def configuration(metadata: dict, tensors: list) -> dict:
    """The network's dimensions under the names of transformers' Llama configuration."""
    llama = {key[6:]: value for key, value in metadata.items() if key.startswith("llama.")}
    n_heads = llama["attention.head_count"]
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "hidden_act": "silu",
        "hidden_size": llama["embedding_length"],
        "intermediate_size": llama["feed_forward_length"],
        "num_hidden_layers": llama["block_count"],
        "num_attention_heads": n_heads,
        "num_key_value_heads": llama.get("attention.head_count_kv", n_heads),
        "head_dim": llama["embedding_length"] // n_heads,
        "max_position_embeddings": llama["context_length"],
        # Stored in float32: 9.999999747378752e-06 was written as 1e-05.
        "rms_norm_eps": float(f"{llama['attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_parameters": {"rope_type": "default", "rope_theta": llama["rope.freq_base"]},
        # Some networks have a few rows more than their tokenizer has tokens. GGUF's shapes are
        # written from the inside out.
        "vocab_size": int(shapes["token_embd.weight"][1]),
        "tie_word_embeddings": "output.weight" not in shapes,
        **_special_ids(metadata),
    }


def pairs_apart(
    weights: Float[ndarray, "d_out d_in"], n_heads: int
) -> Float[ndarray, "d_out d_in"]:
    """Rows of a query or key projection in the order that transformers' RoPE expects.

    RoPE turns pairs of dimensions. GGUF keeps the two of a pair side by side (0,1), (2,3), …;
    transformers has them half a head apart (0, d/2), (1, d/2+1), …
    """
    d_out, d_in = weights.shape
    pairs = weights.reshape(n_heads, d_out // n_heads // 2, 2, d_in)
    return pairs.swapaxes(1, 2).reshape(d_out, d_in)


def parameter_name(gguf_name: str) -> str:
    """A tensor's name in transformers: "blk.3.attn_q.weight" is layer 3's "q_proj.weight".

    Raises:
        SourceError: a Llama has no such tensor.
    """
    match gguf_name.split("."):
        case ["blk", layer, part, kind] if part in LAYER_TENSORS:
            return f"model.layers.{layer}.{LAYER_TENSORS[part]}.{kind}"
        case [part, kind] if part in OTHER_TENSORS:
            return f"{OTHER_TENSORS[part]}.{kind}"
    raise SourceError("failed", f"no place for the tensor {gguf_name}")


def _write_weights(tensors: list, metadata: dict, file: Path, watch: Watch):
    from gguf import dequantize
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    n_heads = metadata["llama.attention.head_count"]
    heads = {"attn_q": n_heads, "attn_k": metadata.get("llama.attention.head_count_kv", n_heads)}
    total = 4 * sum(int(tensor.n_elements) for tensor in tensors)
    parameters, done = {}, 0
    for tensor in tensors:
        watch.tell("converting", done, total)
        weights = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        part = tensor.name.split(".")[-2]
        if part in heads:
            weights = pairs_apart(weights, heads[part])
        parameters[parameter_name(tensor.name)] = np.ascontiguousarray(weights)
        done += weights.nbytes
    try:
        save_file(parameters, file, metadata={"format": "pt"})
    except SafetensorError as error:  # its own exception for the disk's errors as well
        is_full = "StorageFull" in str(error) or "QuotaExceeded" in str(error)
        raise SourceError("disk_full" if is_full else "failed", str(error)) from error
    watch.tell("converting", total, total)


def _write_tokenizer(metadata: dict, folder: Path):
    tokenizer(metadata).save(str(folder / "tokenizer.json"))
    names = metadata["tokenizer.ggml.tokens"]
    special = {
        f"{role}_token": names[metadata[key]]
        for role, key in SPECIAL_IDS.items()
        if key in metadata
    }
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",  # takes tokenizer.json as it stands
            "clean_up_tokenization_spaces": False,
            "model_max_length": metadata["llama.context_length"],
            **special,
        },
    )
    if "tokenizer.chat_template" in metadata:
        template = metadata["tokenizer.chat_template"]
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")


def tokenizer(metadata: dict):
    """The byte-level BPE tokenizer of SmolLM: every digit on its own, then GPT-2's cutting.

    transformers' own reading of a GGUF file leaves the digits out, so that the two spaces of
    "  5" become other tokens than in training.

    Raises:
        SourceError: the file asks for other rules of cutting.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    if metadata.get("tokenizer.ggml.pre") != "smollm":
        raise SourceError("failed", f"unknown tokenizer {metadata.get('tokenizer.ggml.pre')!r}")
    names, kinds = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    vocabulary = {name: token_id for token_id, name in enumerate(names)}
    cutter = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    cutter.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    cutter.decoder = decoders.ByteLevel()
    whole = [(name, kind) for name, kind in zip(names, kinds, strict=True) if kind != 1]
    cutter.add_special_tokens(
        [AddedToken(name, normalized=False, special=True) for name, k in whole if k == CONTROL]
    )
    cutter.add_tokens(
        [AddedToken(name, normalized=False) for name, kind in whole if kind == USER_DEFINED]
    )
    return cutter


SPECIAL_IDS = {
    "bos": "tokenizer.ggml.bos_token_id",
    "eos": "tokenizer.ggml.eos_token_id",
    "unk": "tokenizer.ggml.unknown_token_id",
    "pad": "tokenizer.ggml.padding_token_id",
}


def _special_ids(metadata: dict) -> dict[str, int]:
    known = {role: metadata[key] for role, key in SPECIAL_IDS.items() if key in metadata}
    return {f"{role}_token_id": number for role, number in known.items() if role != "unk"}


def _write_json(file: Path, content: dict):
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
