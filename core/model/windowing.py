"""How the loaded model answers the questions of windows.py: rows of tokens, a few at once."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from core import sliding_window
from core.model import capture, run, switching
from core.model.load import LoadedModel
from core.model.refusals import NotFinite, TextTooLong, Unanswerable
from core.model.windows import RowBits, TextCosts, WindowBits, Windows

TOKENS_AT_ONCE = 512  # their logits take 200 kB each
Stopped = Callable[[], bool]
Ids = Sequence[int]


def laid(model: LoadedModel, asked: Windows) -> tuple[list[int], list[int]]:
    """The text's token ids, and where its windows begin.

    Raises:
        TextTooLong: a window is longer than what the network was trained on.
        Unanswerable: no windows can be laid so.
        Also what switching.long_ids raises.
    """
    if asked.width > model.card.context_length:
        raise TextTooLong(asked.width, model.card.context_length, "tokens")
    ids = switching.long_ids(model, asked.text, asked.n_most)
    if len(ids) < 2:
        return ids, [0]
    try:
        plans = [sliding_window.plan(len(ids), asked.width, stride) for stride in asked.strides]
    except ValueError as error:
        raise Unanswerable(str(error)) from error
    return ids, sorted({int(start) for plan in plans for start in plan.starts})


def windowed(model: LoadedModel, asked: Windows, is_stopped: Stopped) -> Iterator[float]:
    """Each window once, whichever strides it belongs to. Raises what `laid` and `costs` raise."""
    ids, starts = laid(model, asked)
    rows = [ids[start : start + asked.width] for start in starts]
    found = yield from costs(model, rows, is_stopped)
    return WindowBits(len(ids), np.array(starts), found.bits)


def checked(model: LoadedModel, rows: Sequence[Ids]) -> Sequence[Ids]:
    """The rows, if the network can be asked about them.

    Raises:
        Unanswerable: a row is empty, or a token is not one of the network's.
        TextTooLong: a row is too long.
    """
    for row in rows:
        if not row or not all(0 <= number < model.card.d_vocab for number in row):
            raise Unanswerable(f"these are no tokens of the network: {row}")
        if len(row) > model.max_tokens:
            raise TextTooLong(len(row), model.max_tokens, "tokens")
    return rows


def rows_of(model: LoadedModel, asked: TextCosts) -> list[list[int]]:
    """Each text's token ids. Raises what run.token_ids raises."""
    return [run.token_ids(model, text, asked.n_most) for text in asked.texts]


def costs(model: LoadedModel, rows: Sequence[Ids], is_stopped: Stopped) -> Iterator[float]:
    """Rows of similar length together. Raises NotFinite and Cancelled."""
    lengths = [len(row) for row in rows]
    bits = np.full((len(rows), max(0, max(lengths, default=0) - 1)), np.nan, np.float32)
    notes = capture.Notes(is_stopped, keeps_layers=False)
    done, order = 0, sorted(range(len(rows)), key=lambda place: -lengths[place])
    while order:
        yield done / sum(lengths)
        at_once = max(1, TOKENS_AT_ONCE // lengths[order[0]])
        some, order = order[:at_once], order[at_once:]
        for place, found in zip(some, _bits(model, [rows[n] for n in some], notes), strict=True):
            bits[place, : len(found)] = found
        done += sum(lengths[place] for place in some)
    pieces = tuple(tuple(model.vocabulary[number] for number in row) for row in rows)
    return RowBits(pieces, bits)


@torch.inference_mode()
def _bits(model: LoadedModel, rows: Sequence[Ids], notes: capture.Notes) -> list[np.ndarray]:
    """What each row's tokens cost; rows are filled up at their end, which none of them sees."""
    with capture.taking(notes):
        batch = run.batch_of(model, [list(row) for row in rows])
        logits = model.network(batch, use_cache=False).logits
    found = [
        run.surprisals(logits[place, : len(row)], batch[place, 1 : len(row)])
        for place, row in enumerate(rows)
    ]
    if not all(np.isfinite(part).all() for part in found):
        raise NotFinite(f"the losses of {model.card.name} are not finite")
    return found
