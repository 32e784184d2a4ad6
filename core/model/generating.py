"""How the loaded model writes: token by token, with a KV cache, through a sampling chain."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from transformers import DynamicCache

from core import beam_search, sampling, speculative
from core.model import capture, run
from core.model.beams import Beamed, Beams, Likeliest, Likely
from core.model.cache_timing import CacheTimes, CacheTiming
from core.model.load import LoadedModel
from core.model.questions import Partial
from core.model.refusals import NotFinite, TextTooLong, Unanswerable, UnusableText
from core.model.writing import N_SHOWN, Speculated, Speculation, Writing, Written
from core.sampling import Context, NothingLeft, Sampling
from core.tokens import Token

Stopped = Callable[[], bool]


def given(model: LoadedModel, asked: Writing) -> list[int]:
    """The text's token ids and the prefix.

    Raises:
        TextTooLong: there is no room for a single further token, if any is asked for.
        UnusableText: the prefix has a token that the network does not know.
        Also what run.token_ids raises.
    """
    ids = [*run.token_ids(model, asked.text), *asked.prefix]
    if not all(0 <= number < model.card.d_vocab for number in asked.prefix):
        raise UnusableText(f"the network does not know a token of {asked.prefix}")
    n_least = len(ids) + min(asked.n_new, 1)
    if n_least > model.max_tokens:
        raise TextTooLong(n_least, model.max_tokens, "tokens")
    return ids


def written(model: LoadedModel, asked: Writing, is_stopped: Stopped) -> Iterator[Partial | float]:
    """Write, and show what there is after each token.

    Equal to transformers' generate with the same processors and torch.manual_seed(seed).

    Raises what `given` raises, ValueError for an impossible sampling step, NotFinite, Cancelled.
    """
    ids = given(model, asked)
    n_given = len(ids) - len(asked.prefix)
    reader, log = Reader(model, is_stopped), _Log(model, ids[:n_given], asked)
    is_greedy = any(step.name == "temperature" and step.value == 0 for step in asked.chain)
    dice = None if is_greedy else torch.Generator().manual_seed(asked.seed)
    yield 0.0
    started = time.perf_counter()
    rows = reader.read(ids, n_last=len(asked.prefix) + 1)
    for place, token_id in enumerate(asked.prefix):
        context = Context(tuple(ids[: n_given + place]), n_given)
        sampled = _through(rows[place], asked, context)
        log.add(token_id, sampled or sampling.pipeline(rows[place], ()), np.nan)
        _draw(np.ones(model.card.d_vocab), dice)  # its number in the seed's sequence
    logits, ends = rows[-1], end_tokens(model)
    n_new = min(asked.n_new, model.max_tokens - len(ids))
    for step in range(n_new):
        sampled = _through(logits, asked, Context(tuple(ids), n_given))
        if sampled is None:
            return log.shown("nothing_left")
        token_id = _draw(sampled.final.probabilities, dice)
        log.add(token_id, sampled, time.perf_counter() - started)
        ids.append(token_id)
        if token_id in ends:
            return log.shown("ended")
        if step < n_new - 1:
            yield Partial((step + 1) / n_new, log.shown("underway"))
            started = time.perf_counter()
            logits = reader.read([token_id])[-1]
    return log.shown("asked" if n_new == asked.n_new else "full")


def beginning(model: LoadedModel, asked: CacheTiming) -> list[int]:
    """The first token ids of the text.

    Raises:
        TextTooLong: the tokens to be written would not fit after them.
        Unanswerable: no token is to be read or written.
        Also what run.token_ids raises.
    """
    if asked.n_before < 1 or asked.n_new < 1:
        raise Unanswerable(f"{asked.n_before} tokens before and {asked.n_new} new ones")
    ids = run.token_ids(model, asked.text, asked.n_before)
    if len(ids) + asked.n_new > model.max_tokens:
        raise TextTooLong(len(ids) + asked.n_new, model.max_tokens, "tokens")
    return ids


def timed(model: LoadedModel, asked: CacheTiming, is_stopped: Stopped) -> Iterator[Partial | float]:
    """Write greedily in both ways, side by side, so that a busy machine slows both alike.

    Raises what `beginning` raises, NotFinite and Cancelled.
    """
    ids = beginning(model, asked)
    n_before, n_all = len(ids), asked.n_tokens(model)
    reader, new, rows = Reader(model, is_stopped), ids, []
    difference, is_same, n_read = 0.0, True, 0
    yield 0.0
    for step in range(asked.n_new):
        started = time.perf_counter()
        cached = reader.read(new)[-1]
        between = time.perf_counter()
        whole = Reader(model, is_stopped).read(ids)[-1]
        ended = time.perf_counter()
        rows.append((between - started, ended - between, _n_bytes(reader.cache)))
        difference = max(difference, float(np.abs(whole - cached).max()))
        is_same &= bool(whole.argmax() == cached.argmax())
        n_read += len(ids) + len(new)
        new = [int(cached.argmax())]
        ids = [*ids, *new]
        with_cache, without_cache, n_bytes = zip(*rows, strict=True)
        found = CacheTimes(
            model.card,
            n_before,
            np.array(with_cache),
            np.array(without_cache),
            np.array(n_bytes),
            difference,
            is_same,
        )
        if step < asked.n_new - 1:
            yield Partial(min(n_read / n_all, 0.99), found)
    return found


def speculated(model: LoadedModel, asked: Speculation, is_stopped: Stopped) -> Iterator[float]:
    """Propose, look at all proposals in one pass, accept or correct, and so on.

    Raises what `room_for` raises, ValueError for impossible settings, NotFinite, Cancelled, and
    NothingLeft where the chain leaves no token.
    """
    ids = room_for(model, asked.text, asked.n_new)
    n_given, ends, dice = len(ids), end_tokens(model), np.random.default_rng(asked.seed)
    reader, new, passes = Reader(model, is_stopped), ids, []
    yield 0.0
    while len(ids) - n_given < asked.n_new and not (len(ids) > n_given and ids[-1] in ends):
        started = time.perf_counter()
        room = asked.n_new - (len(ids) - n_given) - 1  # the pass itself draws one more
        proposed = speculative.look_up(ids, asked.n_ahead)[:room]
        rows = reader.read([*new, *proposed], n_last=len(proposed) + 1)
        p = np.stack(
            [
                sampling.pipeline(
                    row, asked.chain, Context((*ids, *proposed[:place]), n_given)
                ).final.probabilities
                for place, row in enumerate(rows)
            ]
        )
        q = speculative.certain(proposed, model.card.d_vocab)
        verdict = speculative.verify(proposed, p, q, dice)
        refused = len(proposed) - verdict.n_accepted
        if refused:
            reader.cache.crop(-refused)
        written = _up_to_end(verdict.tokens(proposed), ends)
        new, ids = [verdict.token], [*ids, *written]
        passes.append((len(proposed), verdict.n_accepted, time.perf_counter() - started))
        yield min((len(ids) - n_given) / asked.n_new, 0.99)
    tokens = tuple(Token(number, model.vocabulary[number]) for number in ids)
    n_proposed, n_accepted, seconds = zip(*passes, strict=True)
    return Speculated(
        model.card,
        tokens[:n_given],
        tokens[n_given:],
        np.array(n_proposed),
        np.array(n_accepted),
        np.array(seconds),
    )


def _up_to_end(tokens: Sequence[int], ends: set[int]) -> list[int]:
    """The tokens up to the first that ends the text, with it."""
    for place, token_id in enumerate(tokens):
        if token_id in ends:
            return list(tokens[: place + 1])
    return list(tokens)


def room_for(model: LoadedModel, text: str, n_new: int) -> list[int]:
    """The text's token ids, if so many fit after them.

    Raises:
        TextTooLong: they do not.
        Also what run.token_ids raises.
    """
    ids = run.token_ids(model, text)
    if len(ids) + n_new > model.max_tokens:
        raise TextTooLong(len(ids) + n_new, model.max_tokens, "tokens")
    return ids


def beamed(model: LoadedModel, asked: Beams, is_stopped: Stopped) -> Iterator[float]:
    """Beam search, all beams in one batch. Equal to transformers' generate(num_beams=…).

    Raises what `room_for` raises, ValueError for impossible settings, NotFinite and Cancelled.
    """
    ids = room_for(model, asked.text, asked.n_new)
    reader, ends = Reader(model, is_stopped), tuple(sorted(end_tokens(model)))
    going = beam_search.searching(asked.n_beams, asked.n_new, asked.length_penalty, ends)
    running = next(going)
    yield 0.0
    rows = reader.read(ids)
    for n_done in count(1):
        try:
            following = going.send(_log_probabilities(rows))
        except StopIteration as end:
            given = tuple(Token(number, model.vocabulary[number]) for number in ids)
            return Beamed(model.card, given, end.value, model.vocabulary)
        yield n_done / asked.n_new
        beginnings = [one.tokens for one in running]
        parents = [beginnings.index(one.tokens[:-1]) for one in following]
        reader.cache.reorder_cache(torch.tensor(parents, device=model.network.device))
        rows = reader.read_all([[one.tokens[-1]] for one in following])
        running = following


def likeliest(model: LoadedModel, asked: Likeliest, is_stopped: Stopped) -> Iterator[float]:
    """The search for certain, one beginning after the other. Raises what `beamed` raises."""
    ids = room_for(model, asked.text, asked.n_new)
    reader, ends = Reader(model, is_stopped), tuple(sorted(end_tokens(model)))
    going = beam_search.likeliest_first(asked.n_new, asked.n_most, ends)
    next(going)
    yield 0.0
    row = reader.read(ids)[-1]
    for n_done in count(1):
        try:
            beginning = going.send(_log_probabilities(row[None])[0])
        except StopIteration as end:
            return Likely(end.value)
        yield min(n_done / asked.n_most, 0.99)
        row = reader.read(beginning.tokens)[-1]
        reader.cache.crop(-len(beginning.tokens))  # the next beginning starts after the text again


def _log_probabilities(rows: Float[ndarray, "beam vocab"]) -> Float[ndarray, "beam vocab"]:
    """ln of the softmax of each row."""
    rows = rows.astype(np.float64)
    rows -= rows.max(axis=1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def _n_bytes(cache: DynamicCache) -> int:
    tensors = (part for layer in cache.layers for part in (layer.keys, layer.values))
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@dataclass(eq=False)
class Reader:
    """A network that reads on, a few tokens at a time, and remembers what it has read."""

    model: LoadedModel
    is_stopped: Stopped = lambda: False
    cache: DynamicCache = field(default_factory=DynamicCache)

    def read(self, ids: Sequence[int], n_last: int = 1) -> Float[ndarray, "position vocab"]:
        """The logits after the last tokens of those that are new.

        Raises:
            NotFinite: the network's results are not numbers.
            Cancelled: is_stopped says so; it is asked before each layer.
        """
        return self._read([list(ids)], n_last)[0]

    def read_all(self, rows: Sequence[list[int]]) -> Float[ndarray, "beam vocab"]:
        """The same for several texts at once, each with as many new tokens as the others."""
        return self._read(rows, 1)[:, -1]

    @torch.inference_mode()
    def _read(self, rows: Sequence[list[int]], n_last: int):
        with capture.taking(capture.Notes(self.is_stopped, keeps_layers=False)):
            output = self.model.network(
                run.batch_of(self.model, rows),
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=n_last,
            )
        logits = output.logits.float().cpu().numpy()
        if not np.isfinite(logits).all():
            raise NotFinite(f"the logits of {self.model.card.name} are not finite")
        return logits


def end_tokens(model: LoadedModel) -> set[int]:
    """The tokens with which the network ends a text."""
    found = model.network.generation_config.eos_token_id
    found = model.network.config.eos_token_id if found is None else found
    return set(found) if isinstance(found, list) else {found} - {None}


def _through(logits: ndarray, asked: Writing, context: Context) -> Sampling | None:
    """The chain of sampling steps; None where it leaves no token."""
    try:
        return sampling.pipeline(logits, asked.chain, context)
    except NothingLeft:
        return None


def _draw(probabilities: Float[ndarray, " vocab"], dice: torch.Generator | None) -> int:
    """A token by its probability: equal to torch.multinomial of these in float32.

    Without dice, the likeliest: where nothing is left to chance, no numbers need to be drawn.

    That divides by exponentially distributed numbers and takes the largest, but it does so with
    all of torch's threads, which wait for each other: on a busy machine 50 times as long.
    """
    if dice is None:
        return int(probabilities.argmax())
    numbers = torch.empty(len(probabilities)).exponential_(1, generator=dice).numpy()
    return int((probabilities.astype(np.float32) / numbers).argmax())


class _Log:
    """What is noted of each token."""

    def __init__(self, model: LoadedModel, given_ids: list[int], asked: Writing):
        self._model, self._n_prefix = model, len(asked.prefix)
        self._given = tuple(map(self._token, given_ids))
        self._tokens: list[Token] = []
        self._rows: list[tuple] = []
        self._n_shown = min(N_SHOWN, model.card.d_vocab)

    def _token(self, token_id: int) -> Token:
        return Token(token_id, self._model.vocabulary[token_id])

    def add(self, token_id: int, sampled: Sampling, seconds: float):
        """Note a token that was drawn, or chosen by hand, from what was there to choose."""
        raw, final = sampled.raw.probabilities, sampled.final.probabilities
        likely = np.argpartition(-raw, self._n_shown - 1)[: self._n_shown]
        likely = likely[np.lexsort((likely, -raw[likely]))]
        self._tokens.append(self._token(token_id))
        self._rows.append(
            (
                raw[token_id],
                final[token_id],
                sampled.ranks(np.array([token_id]))[0],
                sampled.raw.entropy,
                likely,
                raw[likely],
                final[likely],
                sampled.removed_by[likely],
                seconds,
            )
        )

    def shown(self, ending: str) -> Written:
        """What there is so far."""
        columns = list(zip(*self._rows, strict=True)) or [()] * 9
        single, wide = (-1,), (-1, self._n_shown)
        shapes = (single,) * 4 + (wide,) * 4 + (single,)
        kinds = (np.float64, np.float64, np.int64, np.float64, np.int64, np.float64, np.float64,
                 np.int64, np.float64)  # fmt: skip
        arrays = [
            np.array(column, kind).reshape(shape)
            for column, kind, shape in zip(columns, kinds, shapes, strict=True)
        ]
        return Written(
            self._model.card,
            self._given,
            tuple(self._tokens),
            min(self._n_prefix, len(self._tokens)),
            *arrays,
            vocabulary=self._model.vocabulary,
            ending=ending,
        )
