"""Maps of attention: time against the plain pass, and bytes against what bertviz makes of them.

One layer: the weights of all its heads, from a run that is there. Atlas: all heads' numbers and
small maps. Bytes: what goes to the browser for our figure, against the length of the HTML that
bertviz makes of the same weights (pip install bertviz==1.4.1 ipython; without it, no such rows).
"""

from collections.abc import Iterator

import numpy as np
import torch

from core import atlas, attention
from core.model import run
from pages.figures import atlas as atlas_figures
from pages.figures import attention as attention_figures
from pages.text import load_text
from pages.ui.stage import packed
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.bench.passes import both, plain_pass, text_of

TURNS = {128: 11, 512: 5, 1024: 3}  # tokens: how often
ATLAS_BUDGETS = {128: None, 512: 0.15, 1024: None}
HEAD_AT, ATLAS_AT = 256, 128  # tokens, for the bytes


def rows() -> Iterator[Row]:
    """Times at three lengths, then bytes."""
    model, plain = both()
    for n_tokens, turns in TURNS.items():
        text = text_of(model, n_tokens)
        batch = torch.tensor([run.token_ids(model, text)], device=model.network.device)
        forward = run.run_one(model, text)
        actions = {
            "plain": lambda batch=batch: seconds(lambda: plain_pass(plain, batch)),
            "layer": lambda forward=forward: seconds(lambda: layer_of(forward, 13)),
            "atlas": lambda forward=forward: seconds(lambda: atlas.atlas(forward, None)),
        }
        in_turns(actions, 1)
        found = in_turns(actions, turns)
        at = f"at {n_tokens} tokens"
        yield compared(f"one layer's maps / plain sdpa pass, {at}", None, found, "layer", "plain")
        budget = ATLAS_BUDGETS[n_tokens]
        yield compared(f"atlas / plain sdpa pass, {at}", budget, found, "atlas", "plain")
    yield from _bytes(model)


def layer_of(forward, layer: int) -> np.ndarray:
    """The weights of all heads of a layer."""
    heads = range(forward.model.n_heads)
    return np.stack([attention.weights_of(forward, layer, head) for head in heads])


def _bytes(model) -> Iterator[Row]:
    try:
        from bertviz import head_view, model_view
    except ImportError:
        return
    forward = run.run_one(model, text_of(model, HEAD_AT))
    words = load_text("attention", "en")
    figure = attention_figures.weights(attention.head(forward, 13, 8), forward.tokens, 0, words)
    theirs = _html(head_view, forward, [layer_of(forward, 13)[8:9]])
    yield _ratio(f"bytes of one head / bertviz head_view, {HEAD_AT} tokens", figure, theirs)
    forward = run.run_one(model, text_of(model, ATLAS_AT))
    whole, words = atlas.atlas(forward, None), load_text("atlas", "en")
    figure = atlas_figures.maps(whole, forward.model, "layer", "sink", words)
    theirs = _html(model_view, forward, [layer_of(forward, n) for n in range(model.card.n_layers)])
    yield _ratio(f"bytes of the atlas / bertviz model_view, {ATLAS_AT} tokens", figure, theirs)


def _html(view, forward, layers: list[np.ndarray]) -> int:
    weights = tuple(torch.from_numpy(layer)[None] for layer in layers)
    names = [token.visible for token in forward.tokens]
    return len(view(weights, names, html_action="return").data.encode("utf-8"))


def _ratio(what: str, figure, theirs: int) -> Row:
    spec, maps = packed(figure)
    ours = len(spec.encode("utf-8")) + sum(len(one["cells"]) for one in maps)
    return Row(what, ours / theirs, 1 / 20, f"{ours / 1e3:,.0f} kB against {theirs / 1e3:,.0f} kB")
