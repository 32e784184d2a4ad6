"""The output projection of each layer's attention, W_O, cut into the part of each head.

Every architecture calls it otherwise. It is found by its name and size and then tried out: what
goes into it must be the heads' outputs one after the other, and what comes out W_O of that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from core.model.capture import LayerNotes, Notes, attention_weights

NAMES = ("o_proj", "out_proj", "c_proj", "dense", "wo")


def output_projections(
    notes: Notes, watched: "Watched"
) -> Float[Tensor, "layer head d_model d_value"] | None:
    """W_O of every layer and head; None where the trial does not show it to be that.

    `watched` saw the projections at work in the run that the notes are of.
    """
    blocks = []
    for layer in notes.layers:
        found = _projection(layer)
        if found is None or found not in watched.seen:
            return None
        given, returned = watched.seen[found]
        per_head = _per_head(found, layer.queries.shape[1])
        if not (_is_heads_output(given, layer) and _is_sum(per_head, found, given, returned)):
            return None
        blocks.append(per_head)
    return torch.stack(blocks)


def grams(
    projections: Float[Tensor, "layer head d_model d_value"],
) -> Float[Tensor, "layer head d_value d_value"]:
    """W_Oᵀ·W_O of each head: with it ‖W_O·v‖² = v·(W_Oᵀ·W_O)·v needs no vector of d_model."""
    wide = projections.float()
    return wide.mT @ wide


def output_norms(
    values: Float[Tensor, "layer kv_head key d_value"],
    grams: Float[Tensor, "layer head d_value d_value"],
) -> Float[Tensor, "layer head key"]:
    """‖W_O·v‖ of each value in each head that reads it."""
    shared = grams.shape[1] // values.shape[1]
    norms = []
    for of_layer, gram in zip(values.float(), grams, strict=True):
        read = of_layer.repeat_interleave(shared, dim=0)
        norms.append(((read @ gram) * read).sum(-1).clamp(min=0).sqrt())
    return torch.stack(norms)


class Watched:
    """What went into and came out of modules that may be output projections."""

    def __init__(self):
        self.seen: dict[torch.nn.Module, tuple[Tensor, Tensor]] = {}

    def _note(self, module, given, returned):
        self.seen[module] = given[0], returned


@contextmanager
def watching(network: torch.nn.Module) -> Iterator[Watched]:
    """Watch all modules of the right names during a trial, when nobody else uses the network."""
    watched = Watched()
    named = [module for name, module in network.named_modules() if name.split(".")[-1] in NAMES]
    hooks = [module.register_forward_hook(watched._note) for module in named]
    try:
        yield watched
    finally:
        for hook in hooks:
            hook.remove()


def _projection(layer: LayerNotes) -> torch.nn.Module | None:
    width = layer.queries.shape[1] * layer.values.shape[-1]
    for name in NAMES:
        module = getattr(layer.module, name, None)
        if module is not None and getattr(module, "weight", None) is not None:
            return module if width in module.weight.shape else None
    return None


def _per_head(projection: torch.nn.Module, n_heads: int) -> Float[Tensor, "head d_model d_value"]:
    weight = projection.weight
    # GPT-2's Conv1D keeps its weight the other way round than Linear.
    weight = weight if isinstance(projection, torch.nn.Linear) else weight.T
    return weight.unflatten(1, (n_heads, -1)).transpose(0, 1)


def _is_heads_output(given: Tensor, layer: LayerNotes) -> bool:
    shared = layer.queries.shape[1] // layer.values.shape[1]
    carried = attention_weights(layer) @ layer.values.repeat_interleave(shared, dim=1)
    return _near(given, carried.transpose(1, 2).flatten(2))


def _is_sum(per_head, projection, given: Tensor, returned: Tensor) -> bool:
    carried = given.unflatten(-1, (per_head.shape[0], -1))
    added = torch.einsum("bqhv,hmv->bqm", carried, per_head)
    if getattr(projection, "bias", None) is not None:
        added = added + projection.bias
    return _near(returned, added)


def _near(one: Tensor, other: Tensor) -> bool:
    tolerance = 1e-4 if one.dtype == torch.float32 else 5e-2
    return one.shape == other.shape and torch.allclose(
        one.float(), other.float(), atol=tolerance, rtol=1e-3
    )
