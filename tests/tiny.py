"""Models small enough for a test: random weights, a real byte-level tokenizer, any architecture."""

from pathlib import Path

N_TOKENS = 400
D_MODEL, N_LAYERS, N_HEADS, N_KEY_VALUE_HEADS = 32, 3, 4, 2
CONTEXT_LENGTH = 2048
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}"
    "<|endoftext|>\n{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
TEACHING = ["The cat sat on the mat because it was tired. ", "To be, or not to be, that is it. "]


def tiny_tokenizer(folder: Path):
    """Write a byte-level BPE tokenizer with one special token, and a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=N_TOKENS,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEACHING * 10, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")


def tiny_config(family: str, **changes):
    """The configuration of a small network of the family."""
    from transformers import AutoConfig

    sizes = {
        "hidden_size": D_MODEL,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": N_HEADS,
        "vocab_size": N_TOKENS,
        # Large weights: attention that is nearly even everywhere would hide mistakes.
        "initializer_range": 0.4,
    }
    special = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    modern = {
        "intermediate_size": 64,
        "num_key_value_heads": N_KEY_VALUE_HEADS,
        "max_position_embeddings": CONTEXT_LENGTH,
    }
    of_family = {
        "gpt2": {"n_positions": CONTEXT_LENGTH},
        "gpt_neox": {"intermediate_size": 64, "max_position_embeddings": CONTEXT_LENGTH},
        "bloom": {},
        "gemma2": modern | {"head_dim": 8, "query_pre_attn_scalar": 8},
        "mistral": modern | {"sliding_window": 8},
        "mamba": {},
    }
    chosen = sizes | special | of_family.get(family, modern) | changes
    return AutoConfig.for_model(family, **chosen)


def tiny_model_folder(path: Path, family: str = "llama", **changes) -> Path:
    """A folder with a small random network of the family, its weights the same every time."""
    import torch
    from transformers import AutoModelForCausalLM

    path.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = AutoModelForCausalLM.from_config(tiny_config(family, **changes))
    network.save_pretrained(path)
    tiny_tokenizer(path)
    return path
