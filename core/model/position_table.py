"""The table of learned positions that a network adds to its tokens, if it has one.

Found by what is looked up, not by a name: in a text of one token, again and again, only a position
table is asked for one row after the other.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.model.forward_pass import Shared

N_TRIED = 16  # tokens


@dataclass(frozen=True)
class PositionTable:
    """What does the loaded network add for each position?"""

    def n_tokens(self, model) -> int:
        """Those of the trial."""
        return N_TRIED

    def steps(self, model, is_stopped):
        """One step."""
        yield 0.0
        return found(model)


@dataclass(frozen=True, eq=False)
class FoundTable(Shared):
    """A network's position table; of a network without one, no rows."""

    name: str  # of the network
    rows: Float[ndarray, "position d_model"] | None  # from position 0 to the last one that it knows
    module: str = ""  # the table's name within the network
    n_skipped: int = 0  # rows before the one of position 0; OPT has two, which stand for no place


def found(model) -> FoundTable:
    """The loaded network's table, tried out on a few tokens.

    Rotary networks and those with ALiBi have none. A table that holds the sines and cosines of the
    formula is not a learned one; its rows all have the length √(d/2).
    """
    import torch

    n_tried = min(N_TRIED, model.card.context_length)
    network = model.network
    with torch.inference_mode(), _lookups(network) as looked_up:
        network(torch.full((1, n_tried), 7, device=network.device), use_cache=False)
    for name, rows in looked_up.items():
        table = network.get_submodule(name).weight
        first = _first_row(table, rows, n_tried)
        if first is not None:
            array = table[first:].float().cpu().numpy().copy()
            if not _is_computed(array):
                return FoundTable(model.card.name, array, name, first)
    return FoundTable(model.card.name, None)


@contextmanager
def _lookups(network) -> Iterator[dict]:
    """What each table of the network but that of the tokens gives in the block, by its name."""
    from torch import nn

    given, own = {}, threading.get_ident()

    def note(name: str):
        def hook(module, inputs, output):
            if threading.get_ident() == own:  # others may be running the network
                given[name] = output

        return hook

    with ExitStack() as hooks:
        for name, module in network.named_modules():
            if isinstance(module, nn.Embedding) and module is not network.get_input_embeddings():
                hooks.enter_context(module.register_forward_hook(note(name)))
        yield given


def _first_row(table, rows, n: int) -> int | None:
    """Where in the table the rows stand one after the other; None if they do not."""
    rows = rows.reshape(-1, rows.shape[-1])
    if len(rows) != n or n < 3 or bool((rows == rows[0]).all()):
        return None
    for first in range(len(table) - n + 1):
        if bool((table[first : first + n] == rows).all()):
            return first
    return None


def _is_computed(rows: Float[ndarray, "position d_model"]) -> bool:
    return bool(np.allclose((rows**2).sum(axis=1), rows.shape[1] / 2, rtol=1e-3))
