"""A folder of weights becomes a network that can be looked into, on the best device there is."""

import json
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from core.model import chat, projection, trial
from core.model.forward_pass import ModelCard
from core.model.sources import Prepared
from core.model.switching import Rotation
from core.storage.fetching import SourceError, Stopped, Watch
from core.tokenizer import spelling
from core.tokenizer.library import FromTokenizers, from_tokenizers

MAX_TOKENS = 1024
MAX_TOKENS_EAGER = 256  # all maps of all layers are kept then
FLOAT32_UP_TO = 1_000_000_000  # parameters on an accelerator; above, 16 bits
HARMLESS = ("inv_freq", "masked_bias", "attn.bias", "attention.bias")  # old checkpoints' buffers


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network with the tokenizer that it was trained with."""

    network: PreTrainedModel = field(repr=False)
    tokenizer: FromTokenizers = field(repr=False)
    card: ModelCard
    vocabulary: tuple[bytes, ...] = field(repr=False)
    captures: bool  # queries and keys are kept; otherwise attention weights
    grams: Tensor | None = field(repr=False)  # W_Oᵀ·W_O [layer head d_value d_value]
    rotation: Rotation | None = field(repr=False)  # its own, where it can be replaced for a run
    template: chat.ChatTemplate | None = field(default=None, repr=False)  # of its conversations

    @property
    def max_tokens(self) -> int:
        """How long a text can be, special tokens included."""
        limit = MAX_TOKENS if self.captures else MAX_TOKENS_EAGER
        return min(limit, self.card.context_length)


def load(prepared: Prepared, watch: Watch | None = None) -> LoadedModel:
    """The model in a folder, checked and tried out.

    Raises:
        SourceError: bad_folder or failed, with what does not fit.
        Stopped: the watch says that nobody waits any more.
    """
    (watch or Watch()).tell("loading")
    with _explained():
        tokenizer = read_tokenizer(prepared.folder)
        network = read_network(prepared.folder)
        (watch or Watch()).tell("loading")
        seen = trial.try_out(network, min(MAX_TOKENS, context_length(network)))
    card = ModelCard(
        name=prepared.name,
        weights=prepared.weights,
        n_layers=seen.n_layers,
        n_heads=seen.n_heads,
        n_key_value_heads=seen.n_key_value_heads,
        d_model=network.config.get_text_config().hidden_size,
        d_head=seen.d_head,
        d_vocab=seen.d_vocab,
        n_parameters=sum(parameter.numel() for parameter in network.parameters()),
        context_length=context_length(network),
        device=network.device.type,
        dtype=str(network.dtype).removeprefix("torch."),
        rope_base=rope_base(network),
        rope_frequencies=seen.rotation and tuple(seen.rotation.frequencies.double().tolist()),
        rope_factor=seen.rotation.factor if seen.rotation else 1.0,
    )
    names = spelling.token_bytes(tokenizer, seen.d_vocab)
    found = seen.output_projections
    grams = None if found is None else projection.grams(found)
    own = from_tokenizers(tokenizer, prepared.name, "model")
    template = chat.read(prepared.folder)
    return LoadedModel(network, own, card, names, seen.captures, grams, seen.rotation, template)


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer as tokenizer.json describes it.

    The file is read without transformers' classes: those know some models by name and put their
    own rules in place of the file's. GPT2Tokenizer, for example, drops SmolLM2's cutting of
    digits, so that the text would be cut otherwise than in training.
    """
    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    else:
        reader = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        tokenizer = reader.backend_tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_network(folder: Path) -> PreTrainedModel:
    """The network in evaluation mode, with weights that fit its configuration and are finite.

    Raises:
        SourceError: bad_folder, with what does not fit.
    """
    transformers_logging.disable_progress_bar()
    device = best_device()
    safe = {"local_files_only": True, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(folder, **safe)
    if config.is_encoder_decoder:
        raise SourceError("bad_folder", f"{config.model_type} is not a decoder-only network")
    network, keys = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=suitable_dtype(device, folder),
        attn_implementation="eager",
        use_safetensors=True,
        ignore_mismatched_sizes=True,  # they are in the keys, by name
        output_loading_info=True,
        **safe,
    )
    _check_keys(keys)
    network = network.to(device).eval().requires_grad_(False)
    _check_finite(network)
    return network


@contextmanager
def _explained() -> Iterator[None]:
    """Turn whatever the libraries raise into a SourceError; theirs have no common ancestor."""
    try:
        yield
    except (SourceError, Stopped):
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise SourceError("failed", f"not enough memory: {error}"[:300]) from error
    except Exception as error:
        raise SourceError("bad_folder", f"{type(error).__name__}: {error}"[:300]) from error


def best_device() -> torch.device:
    """CUDA, then Apple's Metal, then the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def suitable_dtype(device: torch.device, folder: Path) -> torch.dtype:
    """float32, which is exact, and on the processor also faster; 16 bits for large networks."""
    if device.type == "cpu" or n_stored_parameters(folder) < FLOAT32_UP_TO:
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16


def n_stored_parameters(folder: Path) -> int:
    """How many numbers the safetensors files hold, read from their headers."""
    total = 0
    for file in folder.glob("*.safetensors"):
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header = json.loads(opened.read(length))
        shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
        total += sum(math.prod(shape) for shape in shapes)
    return total


def context_length(network: PreTrainedModel) -> int:
    """Positions that the network was made for; as many as we run where it does not say."""
    config = network.config.get_text_config()
    length = getattr(config, "max_position_embeddings", None)  # also n_positions, by alias
    return int(length) if length else MAX_TOKENS


def rope_base(network: PreTrainedModel) -> float | None:
    """The base of the rotary position encoding; None without one, or with one per kind of layer."""
    parameters = getattr(network.config.get_text_config(), "rope_parameters", None) or {}
    base = parameters.get("rope_theta")
    return float(base) if base else None


def _check_keys(keys: dict):
    for kind in ("missing_keys", "mismatched_keys", "unexpected_keys"):
        names = sorted(str(name) for name in keys.get(kind) or ())
        wrong = [name for name in names if not name.endswith(HARMLESS)]
        if wrong:
            fit = f"weights do not fit the configuration, {kind}: {', '.join(wrong[:3])}"
            raise SourceError("bad_folder", f"{fit} ({len(wrong)} in all)")


def _check_finite(network: PreTrainedModel):
    for name, parameter in network.named_parameters():
        # A sum is as telling as a look at each, and many times faster.
        if not torch.isfinite(parameter.sum(dtype=torch.float32)):
            raise SourceError("bad_folder", f"{name} is not finite")
