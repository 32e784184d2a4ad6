"""How a network is read, and how two readings are compared: a few tokens at a time.

The logits of a long text are never all in memory: what is kept are the states that they are made
from, and they are made again where two distributions are compared. So another temperature does not
run the network again.
"""

import weakref
from collections.abc import Callable, Iterator

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor
from transformers import DynamicCache

from core import divergence
from core.model import capture, run, switching
from core.model.contrast import N_CANDIDATES, Contrast, Contrasted, Read, Reading, Side
from core.model.load import LoadedModel
from core.model.refusals import Cancelled, NotFinite, Unanswerable
from core.tokenizer.cut import Cut
from core.tokens import Token

CHUNK = 64  # tokens that are read at once
ROWS = 16  # distributions that are compared at once; each takes 400 kB, several times over
N_TRIED = 2  # tokens
BIT = np.log(2)
Measures = dict[str, Tensor]  # of a few pairs of distributions, under the names of Contrasted


def count(model: LoadedModel, asked: Reading | Side) -> int:
    """The tokens of a text. Raises what run.token_ids and switching.check raise.

    Raises:
        Unanswerable: it is for another network, which has not read it.
    """
    if isinstance(asked, Side):
        if asked.read is not None:
            return len(asked.read.tokens)
        if asked.network:
            raise Unanswerable(f"{asked.network} has to read the text itself")
    if asked.switch is not None:
        switching.check(model.rotation, asked.switch, model.card.n_heads)
    return len(run.token_ids(model, asked.text))


def read(model: LoadedModel, asked: Reading, is_stopped: Callable[[], bool]) -> Iterator[float]:
    """The states that the network's predictions are made from, and what each token costs.

    Raises what `count` raises, NotFinite, and Cancelled.

    Raises:
        Unanswerable: the logits are not what the output layer makes of the states.
    """
    count(model, asked)
    cut = model.tokenizer.cut(asked.text)
    ids = run.token_ids(model, asked.text)
    replace = None if asked.switch is None else switching.replacing(model.rotation, asked.switch)
    notes = capture.Notes(is_stopped, replace=replace, keeps_layers=False)
    yield 0.0
    layer = _output_layer(model, ids[:N_TRIED])
    cache, parts = DynamicCache(), []
    for start in range(0, len(ids), CHUNK):
        parts.append(_read_some(model, ids[start : start + CHUNK + 1], cache, notes))
        yield min(start + CHUNK, len(ids) - 1) / len(ids)
    states, bits = (np.concatenate(part) for part in zip(*parts, strict=True))
    if not (np.isfinite(states).all() and np.isfinite(bits).all()):
        raise NotFinite(f"the predictions of {model.card.name} are not finite")
    tokens = tuple(Token(number, model.vocabulary[number]) for number in ids)
    return Read(
        model=model.card,
        text=asked.text,
        tokens=tokens,
        vocabulary=model.vocabulary,
        byte_stops=_byte_stops(cut),
        surprisals=bits,
        states=states,
        output_layer=weakref.ref(layer),
    )


def contrasted(
    model: LoadedModel, asked: Contrast, is_stopped: Callable[[], bool]
) -> Iterator[float]:
    """The predictions of both sides where their texts agree, compared a few at a time.

    Raises what `count` and `read` raise, and Cancelled.

    Raises:
        Unanswerable: the networks have not the same tokens, or one of them is there no more.
    """
    sides, reads = (asked.a, asked.b), []
    for place, side in enumerate(sides):
        count(model, side)
        reads.append(side.read or (yield from _reading(model, side, place, is_stopped)))
    if not reads[0].has_tokens_of(reads[1]):
        names = " and ".join(one.model.name for one in reads)
        raise Unanswerable(f"{names} have not the same tokens")
    alignment = divergence.align(*([token.id for token in one.tokens] for one in reads))
    pairs = divergence.predicted(alignment)
    costs = [np.full(len(one.tokens) - 1, np.nan) for one in reads]
    parts = []
    for start in range(0, len(pairs), ROWS):
        yield 0.5 + start / len(pairs) / 2
        if is_stopped():
            raise Cancelled
        places = pairs[start : start + ROWS].T
        both = _pair_of_predictions(reads, places, [side.temperature for side in sides])
        parts.append(_compared(*both))
        for one, at, logs, bits in zip(reads, places, both, costs, strict=True):
            bits[at[at <= len(bits)] - 1] = _costs(one, at, logs)
    for one, side, bits in zip(reads, sides, costs, strict=True):
        _fill(one, side.temperature, bits)
    return Contrasted(
        *(one.tokens for one in reads),
        *costs,
        *np.ascontiguousarray(pairs.T),
        *(torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True)),
    )


def _reading(model, side: Side, place: int, is_stopped) -> Iterator[float]:
    """One of two readings, which are half of the work."""
    steps = read(model, Reading(side.text, side.switch), is_stopped)
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield (place + share) / 4


@torch.inference_mode()
def _output_layer(model: LoadedModel, ids: list[int]) -> torch.nn.Module:
    """What makes logits out of states, tried out: some networks change them once more."""
    network, batch = model.network, run.batch_of(model, [ids])
    layer = network.get_output_embeddings()
    states = getattr(network.base_model(batch, use_cache=False), "last_hidden_state", None)
    if layer is not None and states is not None:
        logits = network(batch, use_cache=False).logits[0, -1].float()
        tolerance = 1e-4 if network.dtype == torch.float32 else 0.05
        if torch.allclose(layer(states[0, -1]).float(), logits, rtol=1e-3, atol=tolerance):
            return layer
    raise Unanswerable(f"the logits of {model.card.name} are not made by its output layer alone")


@torch.inference_mode()
def _read_some(model: LoadedModel, ids: list[int], cache: DynamicCache, notes: capture.Notes):
    """States of the next CHUNK tokens, and the bits of the tokens after each; the cache knows all
    before them.
    """
    with capture.taking(notes):
        batch = run.batch_of(model, [ids[:CHUNK]])
        output = model.network.base_model(batch, past_key_values=cache, use_cache=True)
    states = output.last_hidden_state[0]
    targets = torch.tensor(ids[1:], dtype=torch.long, device=states.device)
    logits = model.network.get_output_embeddings()(states[: len(targets)])
    return states.float().cpu().numpy(), run.surprisals(logits, targets)


def _byte_stops(cut: Cut) -> Int[ndarray, " token"]:
    if cut.byte_stops is not None:
        return cut.byte_stops
    sizes = [len(character.encode("utf-8")) for character in cut.text]
    return np.cumsum([0, *sizes])[cut.stops]


@torch.inference_mode()
def _pair_of_predictions(reads: list[Read], places, temperatures: list[float]) -> list[Tensor]:
    """Log-probabilities on both sides; logits of one reading are made once for two temperatures."""
    logits = [_logits(reads[0], places[0])]
    logits.append(logits[0] if reads[0] is reads[1] else _logits(reads[1], places[1]))
    return [_tempered(*of) for of in zip(logits, temperatures, strict=True)]


@torch.inference_mode()
def _logits(one: Read, places: Int[ndarray, " pair"]) -> Float[Tensor, "pair vocab"]:
    """The logits for what stands at each place, in float64."""
    layer = one.output_layer()
    if layer is None:
        raise Unanswerable(f"{one.model.name} is no longer in memory")
    like = next(layer.parameters())
    logits = layer(torch.tensor(one.states[places - 1], device=like.device, dtype=like.dtype))
    # Metal knows no float64.
    return logits.to(torch.float32 if logits.device.type == "mps" else torch.float64)


@torch.inference_mode()
def _tempered(logits: Tensor, temperature: float) -> Float[Tensor, "pair vocab"]:
    """Natural logarithms of the probabilities at a temperature; at 0, the likeliest takes all."""
    if temperature == 0:
        best = torch.full_like(logits, -torch.inf)
        return best.scatter_(1, logits.argmax(dim=1, keepdim=True), 0.0)
    return (logits if temperature == 1 else logits / temperature).log_softmax(dim=1)


@torch.inference_mode()
def _compared(log_p: Tensor, log_q: Tensor) -> tuple[Tensor, ...]:
    """The numbers of Contrasted for each pair of rows, in its order. See core/divergence.py."""
    p, q = log_p.exp(), log_q.exp()
    entropies = [-_expected(p, log_p), -_expected(q, log_q)]
    forward = -_expected(p, log_q) - entropies[0]
    backward = -_expected(q, log_p) - entropies[1]
    js = torch.special.entr((p + q) / 2).sum(dim=1) - sum(entropies) / 2
    n_shown = min(N_CANDIDATES, p.shape[1])
    candidates = torch.maximum(p, q).topk(n_shown, dim=1).indices
    return (
        # Rounding may leave −1e-16 of equal distributions.
        *(part.clamp(min=0) / BIT for part in (forward, backward, js, *entropies)),
        candidates,
        *(log.gather(1, candidates).div(-BIT).add(0.0) for log in (log_p, log_q)),  # not −0
    )


def _expected(p: Tensor, logs: Tensor) -> Tensor:
    """Σ p · log, where what has no probability counts nothing, even if its logarithm is −∞."""
    if logs.min() > -torch.inf:
        return torch.linalg.vecdot(p, logs)
    return torch.where(p > 0, p * logs, torch.zeros_like(p)).sum(dim=1)


@torch.inference_mode()
def _costs(one: Read, places: Int[ndarray, " pair"], logs: Tensor) -> Float[ndarray, " token"]:
    """Bits of the tokens that stand at the places; none stands after the end."""
    inside = places[places < len(one.tokens)]
    numbers = torch.tensor([one.tokens[place].id for place in inside], dtype=torch.long)
    logs = logs[: len(inside)].cpu()  # the end is the last place
    return logs.gather(1, numbers[:, None])[:, 0].div(-BIT).add(0.0).numpy()  # not −0


def _fill(one: Read, temperature: float, bits: Float[ndarray, " target"]):
    """The bits of the tokens that only one of the texts has."""
    missing = np.flatnonzero(np.isnan(bits))
    if temperature == 1:
        bits[missing] = one.surprisals[missing]
        return
    for start in range(0, len(missing), ROWS):
        places = missing[start : start + ROWS] + 1
        bits[places - 1] = _costs(one, places, _tempered(_logits(one, places), temperature))
