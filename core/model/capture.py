"""Looking into a running network: its attention asks us for the result, and we take notes.

transformers lets an attention function be registered under a name. Ours keeps the queries and keys
that it is given, position encoding included, and leaves the computing to the library's own. The
notes of one run are in a context variable: nothing stays behind on the network, which many people
share.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from core.model.refusals import Cancelled

NAME = "glassbox"  # of our attention function in transformers' register

# What some networks do to the scores besides scaling them; then softmax(scale · q·k) is not all.
BEYOND_SCALING = ("softcap", "s_aux", "position_bias", "attention_bias", "head_mask")

# queries, keys, scale -> queries and keys with another position encoding
Replace = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]
Edit = Callable[[int, Tensor], Tensor]  # layer, what its heads carry -> what they shall carry


@dataclass(frozen=True, eq=False)
class LayerNotes:
    """What went into one layer's attention."""

    module: torch.nn.Module  # the layer's attention, as the network has it
    queries: Float[Tensor, "batch head query d_head"]
    keys: Float[Tensor, "batch kv_head key d_head"]
    values: Float[Tensor, "batch kv_head key d_value"]
    scale: float
    is_plain: bool  # nothing but causal softmax(scale · q·k)
    window: int | None  # positions that are seen at most, where the layer has such a limit


@dataclass
class Notes:
    """What went into the attention of all layers of one run.

    `replace` may give queries and keys another position encoding, before the notes are taken.
    `edit` may change what the heads of a layer carry, [batch query head d_value], before their
    output projection: so are heads ablated.
    """

    is_stopped: Callable[[], bool] = lambda: False
    edit: Edit | None = None
    replace: Replace | None = None
    keeps_layers: bool = True
    layers: list[LayerNotes] = field(default_factory=list)
    n_layers: int = 0  # that have been passed

    @property
    def scales(self) -> set[float]:
        """The scales that occur; more than one has no place in a ForwardPass."""
        return {layer.scale for layer in self.layers}

    @property
    def is_plain(self) -> bool:
        """Whether queries, keys and one scale say all about the attention, in one shape."""
        shapes = {(layer.queries.shape, layer.keys.shape, layer.values.shape)
                  for layer in self.layers}  # fmt: skip
        plain = all(layer.is_plain for layer in self.layers)
        return plain and len(shapes) == 1 and len(self.scales) == 1


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def taking(notes: Notes) -> Iterator[None]:
    """Have the attention of the block write into the notes."""
    token = _notes.set(notes)
    try:
        yield
    finally:
        _notes.reset(token)


def attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options,
):
    """The library's attention, after a note of what goes into it.

    Raises:
        Cancelled: the run's `is_stopped` says so. Here is the pause between two layers.
    """
    notes = _notes.get()
    if notes is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    if notes.is_stopped():
        raise Cancelled
    layer, notes.n_layers = notes.n_layers, notes.n_layers + 1
    if notes.replace:
        scale = query.shape[-1] ** -0.5 if options.get("scaling") is None else options["scaling"]
        query, key = notes.replace(query, key, scale)
        options["scaling"] = scale  # the width may be another now
    if notes.keeps_layers:
        notes.layers.append(_layer_notes(module, query, key, value, attention_mask, options))
    carried, weights = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    return notes.edit(layer, carried) if notes.edit else carried, weights


def _layer_notes(module, query, key, value, attention_mask, options) -> LayerNotes:
    scale = options.get("scaling")
    extras = [name for name in BEYOND_SCALING if options.get(name) is not None]
    return LayerNotes(
        module,
        query,
        key,
        value,
        scale=query.shape[-1] ** -0.5 if scale is None else float(scale),
        # Without padding a mask is only handed over where it is more than causal.
        is_plain=attention_mask is None and not extras and options.get("is_causal") is not False,
        window=options.get("sliding_window"),
    )


def attention_weights(
    layer: LayerNotes,
) -> Float[Tensor, "batch head query key"]:
    """softmax(scale · q·k) under the causal mask, for comparison with the library's own."""
    shared = layer.queries.shape[1] // layer.keys.shape[1]
    keys = layer.keys.repeat_interleave(shared, dim=1)
    scores = layer.queries @ keys.transpose(-1, -2) * layer.scale
    future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    return scores.masked_fill(future, float("-inf")).softmax(dim=-1)


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
