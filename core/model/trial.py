"""How a network can be looked into, tried out instead of taken from a list of architectures.

A few tokens are run once with the library's eager attention and once with ours. Where weights and
logits agree, queries and keys say everything, and maps can be computed when they are looked at.
Where they do not (ALiBi, soft capping, sinks, windows), the library's own weights are kept.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from core.model import capture, projection, switching
from core.storage.fetching import SourceError

N_TRIED = 16  # tokens


@dataclass(frozen=True, eq=False)
class Trial:
    """What a few tokens, run both ways, show about a network."""

    captures: bool
    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_head: int
    d_vocab: int
    output_projections: Tensor | None  # [layer head d_model d_value]; None: not found
    rotation: switching.Rotation | None  # None: without RoPE, or not one that can be undone


@torch.inference_mode()
def try_out(network: PreTrainedModel, longest: int) -> Trial:
    """Run a few tokens both ways, and leave the network with the better way that is right.

    `longest` is the number of tokens of the longest text that will be run.

    Raises:
        SourceError: the network does not show its attention, or reads ahead.
    """
    n_known = network.get_input_embeddings().num_embeddings
    n_tried = min(N_TRIED, longest)
    token_ids = (torch.arange(1, n_tried + 1, device=network.device) * 7919 % n_known)[None]
    eager = network(token_ids, use_cache=False, output_attentions=True)
    shown = getattr(eager, "attentions", None) or ()  # a network without attention has no field
    attentions = [weights for weights in shown if weights is not None]
    _check_attentions(attentions)
    with projection.watching(network) as watched:
        notes = _notes_of(network, token_ids, eager.logits, attentions)
    if notes is not None and _shortest_window(notes) < longest:
        network.set_attn_implementation("eager")
        notes = None
    n_heads = attentions[0].shape[1]
    d_model = network.config.get_text_config().hidden_size
    return Trial(
        captures=notes is not None,
        n_layers=len(attentions),
        n_heads=n_heads,
        n_key_value_heads=notes.layers[0].keys.shape[1] if notes else n_heads,
        d_head=notes.layers[0].queries.shape[-1] if notes else d_model // n_heads,
        d_vocab=eager.logits.shape[-1],
        output_projections=projection.output_projections(notes, watched) if notes else None,
        rotation=switching.found(network) if notes else None,
    )


def _check_attentions(attentions: list):
    if not attentions or len({weights.shape for weights in attentions}) != 1:
        raise SourceError("failed", "the network does not show one kind of attention weights")
    if any(weights.triu(1).any() for weights in attentions):
        raise SourceError("bad_folder", "the network reads ahead: it is not decoder-only")


def _notes_of(network, token_ids, logits, attentions) -> capture.Notes | None:
    """The trial's notes if they explain logits and weights; else None, and eager attention."""
    if not type(network)._supports_attention_backend:
        return None
    notes = capture.Notes()
    try:
        network.set_attn_implementation(capture.NAME)
        with capture.taking(notes):
            captured = network(token_ids, use_cache=False)
        if _explains(notes, captured.logits, logits, attentions):
            return notes
    except (RuntimeError, ValueError, TypeError, KeyError):
        pass  # sdpa refuses what it cannot compute, such as soft capping
    network.set_attn_implementation("eager")
    return None


def _shortest_window(notes: capture.Notes) -> int | float:
    """Positions that each layer sees at least; in a short trial a window does not show."""
    return min(
        (layer.window for layer in notes.layers if layer.window is not None), default=math.inf
    )


def _explains(notes: capture.Notes, captured, logits, attentions) -> bool:
    if not (notes.is_plain and len(notes.layers) == len(attentions)):
        return False
    near = {"atol": 1e-4, "rtol": 1e-3} if logits.dtype == torch.float32 else {"atol": 0.05}
    pairs = zip(notes.layers, attentions, strict=True)
    same_weights = all(
        torch.allclose(capture.attention_weights(layer), weights, **near)
        for layer, weights in pairs
    )
    return same_weights and torch.allclose(captured, logits, **(near | {"rtol": 0.02}))
