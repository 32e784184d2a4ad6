"""Taking the network's own rotation off queries and keys, and putting another encoding on.

A rotation can be undone. So nothing of the network is changed: our attention function gets queries
and keys as the network turned them, turns them back, and goes on with what the run asks for.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from core.model import capture
from core.model.refusals import NotFinite, TextTooLong, Unanswerable
from core.model.switch import (
    PAIRINGS,
    Found,
    LongLosses,
    Losses,
    Needles,
    Switch,
    Switched,
)

N_TRIED = 16  # tokens
CHUNK = 512  # tokens of a long text that go through the network at once
LONGEST = 32_768  # tokens


@dataclass(frozen=True, eq=False)
class Rotation:
    """The rotary position encoding that the network applies itself, in halves."""

    frequencies: Float[Tensor, " pair"]  # radians per position
    factor: float  # on the rotated numbers

    @property
    def width(self) -> int:
        """Numbers of a head that are turned; some networks leave the others as they are."""
        return 2 * len(self.frequencies)


def found(network: PreTrainedModel) -> Rotation | None:
    """The network's rotation, if turning back by it leaves no trace of the position.

    Tried out on one token, again and again: in the first layer its queries and keys differ by
    nothing but their rotation.
    """
    buffers = [module for module in network.modules() if hasattr(module, "inv_freq")]
    if not buffers:
        return None
    rotation = Rotation(
        buffers[0].inv_freq.float(), float(getattr(buffers[0], "attention_scaling", 1.0))
    )
    notes = capture.Notes()
    with torch.inference_mode(), capture.taking(notes):
        network(torch.full((1, N_TRIED), 7, device=network.device), use_cache=False)
    first = notes.layers[0]
    if rotation.width > first.queries.shape[-1]:
        return None
    for turned in (first.queries, first.keys):
        plain = _turned_back(turned.float(), rotation, 0)
        tolerance = 1e-3 if turned.dtype == torch.float32 else 0.05
        near = torch.allclose(plain, plain[..., :1, :].expand_as(plain), rtol=0.01, atol=tolerance)
        if not near or torch.allclose(turned, turned[..., :1, :].expand_as(turned), atol=tolerance):
            return None
    return rotation


def check(rotation: Rotation | None, switch: Switch, n_heads: int):
    """Whether the network can be switched so.

    Raises:
        Unanswerable: it has no rotation that could be undone, or the numbers do not fit it.
    """
    if rotation is None:
        raise Unanswerable("the network has no rotary encoding that could be taken off")
    n_pairs = len(rotation.frequencies)
    if switch.frequencies and len(switch.frequencies) != n_pairs:
        raise Unanswerable(f"the network has {n_pairs} pairs, got {len(switch.frequencies)}")
    if switch.slopes and len(switch.slopes) != n_heads:
        raise Unanswerable(f"the network has {n_heads} heads, got {len(switch.slopes)} slopes")
    if switch.pairing not in PAIRINGS:
        raise Unanswerable(f"a pairing is one of {PAIRINGS}, got {switch.pairing!r}")


def replacing(rotation: Rotation, switch: Switch) -> capture.Replace:
    """What our attention function does to queries and keys, given the scale of their product."""
    new = torch.tensor(switch.frequencies, device=rotation.frequencies.device)

    def replace(queries: Tensor, keys: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        n_past = keys.shape[2] - queries.shape[2]  # with a cache, the queries are the last ones
        pair = []
        for turned, first in ((queries, n_past), (keys, 0)):
            plain = _turned_back(turned.float(), rotation, first)
            if switch.frequencies:
                angles = _positions(turned, first)[:, None] * new
                plain = _turned(plain, angles, switch.pairing, switch.factor)
            pair.append(plain)
        if switch.slopes:
            pair = _with_bias(*pair, torch.tensor(switch.slopes, device=queries.device), scale)
        return pair[0].to(queries.dtype), pair[1].to(keys.dtype)

    return replace


def _positions(rows: Float[Tensor, "batch head position d_head"], first: int) -> Tensor:
    return torch.arange(first, first + rows.shape[2], device=rows.device).float()


def _turned_back(rows: Tensor, rotation: Rotation, first: int) -> Tensor:
    angles = _positions(rows, first)[:, None] * rotation.frequencies
    return _turned(rows, -angles, "halves", 1 / rotation.factor)


def _turned(rows: Tensor, angles: Tensor, pairing: str, factor: float) -> Tensor:
    """Each pair turned by its angle and made longer by the factor; the numbers beyond are left."""
    width = 2 * angles.shape[-1]
    part, rest = rows[..., :width], rows[..., width:]
    cos, sin = angles.cos() * factor, angles.sin() * factor
    if pairing == "halves":
        a, b = part.chunk(2, dim=-1)
        turned = torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
    else:
        a, b = part[..., 0::2], part[..., 1::2]
        turned = torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-1).flatten(-2)
    return torch.cat([turned, rest], dim=-1)


def _with_bias(queries: Tensor, keys: Tensor, slopes: Tensor, scale: float) -> list[Tensor]:
    """One more number in each query and key, whose product is the bias slope · key position.

    ALiBi's bias is −slope · (query position − key position). The query's part of it is the same for
    a whole row, which softmax takes no notice of. So maps that are computed from queries and keys
    need not know that there is a bias.
    """
    extra = (slopes / scale)[None, :, None, None].expand(*queries.shape[:3], 1)
    places = _positions(keys, 0)[None, None, :, None].expand(*keys.shape[:3], 1)
    return [torch.cat([queries, extra], dim=-1), torch.cat([keys, places], dim=-1)]


def switched(model, asked: Switched, is_stopped: Callable[[], bool]) -> Iterator[float]:
    """One run. Raises what `check` and run.run raise."""
    from core.model import run

    check(model.rotation, asked.switch, model.card.n_heads)
    ids = run.token_ids(model, asked.text)
    yield 0.0
    replace = replacing(model.rotation, asked.switch)
    (forward,) = run.run_tokens(model, [ids], [asked.text], is_stopped, replace)
    return forward


def long_ids(model, text: str, n_most: int) -> list[int]:
    """The numbers of a long text's first tokens.

    Raises:
        TextTooLong: more are asked for than LONGEST.
        EmptyText, UnusableText: as run.token_ids.
    """
    from core.model import run

    if n_most > LONGEST:
        raise TextTooLong(n_most, LONGEST, "tokens")
    return run.token_ids(model, text, n_most)


def long_losses(model, asked: LongLosses, is_stopped: Callable[[], bool]) -> Iterator[float]:
    """A few hundred tokens at a time, with a KV cache between them.

    Raises what `check` and `long_ids` raise, NotFinite, and Cancelled.
    """
    started = time.monotonic()
    ids = long_ids(model, asked.text, asked.n_most)
    bits = np.zeros((len(asked.switches), max(0, len(ids) - 1)), np.float32)
    for row, switch in enumerate(asked.switches):
        if switch is not None:
            check(model.rotation, switch, model.card.n_heads)
        replace = None if switch is None else replacing(model.rotation, switch)
        notes = capture.Notes(is_stopped, replace=replace, keeps_layers=False)
        cache = DynamicCache()
        for start in range(0, len(ids) - 1, CHUNK):
            yield (row + start / len(ids)) / len(asked.switches)
            some = _bits(model, ids, start, cache, notes)
            bits[row, start : start + len(some)] = some
    if not np.isfinite(bits).all():
        raise NotFinite(f"the losses of {model.card.name} are not finite")
    return Losses(bits, time.monotonic() - started)


@torch.inference_mode()
def _bits(model, ids: list[int], start: int, cache: DynamicCache, notes) -> np.ndarray:
    """What the tokens after the CHUNK from `start` on cost; the cache holds all before it."""
    from core.model import run

    targets = ids[start + 1 : start + CHUNK + 1]
    with capture.taking(notes):
        batch = run.batch_of(model, [ids[start : start + len(targets)]])
        output = model.network(batch, past_key_values=cache, use_cache=True)
    return run.surprisals(output.logits[0], torch.tensor(targets, device=batch.device))


def needles(model, asked: Needles, is_stopped: Callable[[], bool]) -> Iterator[float]:
    """One text after the other, cut into chunks. Raises what `long_losses` raises."""
    if asked.switch is not None:
        check(model.rotation, asked.switch, model.card.n_heads)
    replace = None if asked.switch is None else replacing(model.rotation, asked.switch)
    hay = long_ids(model, asked.text, max(asked.lengths))
    needle, question, answer = (
        model.tokenizer.library.encode(words, add_special_tokens=False).ids
        for words in (asked.sentence, asked.question, asked.answer)
    )
    found = np.zeros((len(asked.depths), len(asked.lengths)), np.float32)
    n_done, n_all = 0, sum(asked.lengths) * len(asked.depths)
    for column, length in enumerate(asked.lengths):
        n_hay = length - len(needle) - len(question) - len(answer)
        if not 0 < n_hay <= len(hay):
            raise Unanswerable(f"a text of {length} tokens has no room, or the hay is too short")
        for row, depth in enumerate(asked.depths):
            place = round(depth * n_hay)
            ids = [*hay[:place], *needle, *hay[place:n_hay], *question, *answer]
            cache = DynamicCache()
            notes = capture.Notes(is_stopped, replace=replace, keeps_layers=False)
            for start in range(0, len(ids) - 1, CHUNK):
                yield n_done / n_all
                bits = _bits(model, ids, start, cache, notes)
                n_done += len(bits)
                # The answer may be cut by the end of a chunk.
                first = max(0, len(ids) - len(answer) - 1 - start)
                found[row, column] += bits[first:].sum()
    return Found(np.exp2(-found))
