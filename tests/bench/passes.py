"""Our run of a text against the plain pass of the same network, and one head's map afterwards.

Plain: transformers' own sdpa attention on a second copy of the network, no cache, all logits. The
network alone: the same call with our attention function, which keeps the queries, keys and values.
The whole run (`run_one`) also cuts the text into tokens, takes a surprisal from each row of the
logits and copies queries, keys and values of all layers into NumPy arrays.
"""

from collections.abc import Iterator

import torch
from transformers import AutoModelForCausalLM

from core import attention
from core.model import capture, load, run, sources
from tests.bench.measure import Row, compared, in_turns, seconds

TURNS = {128: 11, 512: 5, 1024: 3}  # tokens: how often
WORDS = "The cat sat on the mat because it was tired, and the dog lay down beside it. "


def rows() -> Iterator[Row]:
    """At three lengths."""
    model, plain = both()
    for n_tokens, turns in TURNS.items():
        yield from _at(model, plain, n_tokens, turns)


def both():
    """Our model, and a second copy of its network as transformers runs it by itself."""
    model = load.load(sources.prepare(sources.chosen()))
    plain = AutoModelForCausalLM.from_pretrained(
        sources.prepare(sources.chosen()).folder,
        dtype=model.network.dtype,
        attn_implementation="sdpa",
        local_files_only=True,
    )
    return model, plain.to(model.network.device).eval().requires_grad_(False)


def _at(model: load.LoadedModel, plain, n_tokens: int, turns: int) -> Iterator[Row]:
    text = text_of(model, n_tokens)
    batch = torch.tensor([run.token_ids(model, text)], device=model.network.device)
    actions = {
        "plain": lambda: seconds(lambda: plain_pass(plain, batch)),
        "network": lambda: seconds(lambda: _noted_pass(model.network, batch)),
        "run_one": lambda: seconds(lambda: run.run_one(model, text)),
    }
    in_turns(actions, 1)
    found = in_turns(actions, turns)
    at = f"at {n_tokens} tokens"
    yield compared(f"our run / plain sdpa pass, {at}", 1.05, found, "run_one", "plain")
    yield compared(f"  of it the network with notes / plain, {at}", 1.05, found, "network", "plain")
    if n_tokens == 512:
        forward = run.run_one(model, text)
        layers = iter(range(1000))

        def one_map() -> float:
            layer = next(layers) % forward.model.n_layers
            return seconds(lambda: attention.head(forward, layer, 0))

        maps = in_turns({"plain": actions["plain"], "map": one_map}, turns)
        yield compared(f"one head's map / plain sdpa pass, {at}", 0.005, maps, "map", "plain")


def text_of(model: load.LoadedModel, n_tokens: int) -> str:
    """A text of exactly so many tokens."""
    ids = model.tokenizer.library.encode(WORDS * n_tokens).ids[:n_tokens]
    text = model.tokenizer.library.decode(ids)
    if len(run.token_ids(model, text)) != n_tokens:
        raise ValueError("cut within a word: choose other words")
    return text


@torch.inference_mode()
def plain_pass(network, batch: torch.Tensor):
    network(batch, use_cache=False)


@torch.inference_mode()
def _noted_pass(network, batch: torch.Tensor):
    with capture.taking(capture.Notes()):
        network(batch, use_cache=False)
