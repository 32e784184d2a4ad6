"""How the loaded model answers the questions of questions.py: with runs, one batch a step."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from core.model import capture, generating, run
from core.model.load import LoadedModel
from core.model.questions import (
    ABLATIONS,
    REPEATED,
    Ablated,
    Ablation,
    Continuation,
    Continued,
    Head,
    HeadRanking,
    RankedHeads,
    RepeatedTokens,
)
from core.model.refusals import NotFinite, TextTooLong, Unanswerable

ROWS_TOKENS = 512  # in a batch of ablations: their logits take 200 kB a token
N_CANDIDATES = 10
Stopped = Callable[[], bool]
Row = tuple[Tensor, Tensor]  # the last logits, and the bits of the tokens from the second on


def count(model: LoadedModel, text: str) -> int:
    """Tokens of a text. Raises what run.token_ids raises."""
    return len(run.token_ids(model, text))


def check(model: LoadedModel, kind: str, heads: Iterable[Head]):
    """Whether heads of this network can be ablated so.

    Raises:
        Unanswerable: an unknown kind, a head that is not there, or a network whose attention is
            not run by our function.
    """
    if not model.captures:
        raise Unanswerable(f"the attention of {model.card.name} is not run by our function")
    if kind not in ABLATIONS:
        raise Unanswerable(f"ablation is one of {ABLATIONS}, got {kind!r}")
    sizes = model.card.n_layers, model.card.n_heads
    for head in heads:
        if not all(0 <= number < size for number, size in zip(head, sizes, strict=True)):
            raise Unanswerable(f"there is no layer and head {head} among {sizes}")


def ablated(model: LoadedModel, asked: Ablation, is_stopped: Stopped) -> Iterator[float]:
    """A run as it is, and one with heads ablated. Raises what `check` raises."""
    check(model, asked.kind, asked.heads)
    ids = run.token_ids(model, asked.text)
    yield 0.0
    before, stand_ins = _as_it_is(model, ids, asked.kind, is_stopped)
    yield 0.5
    (after,) = _ablated_rows(model, ids, [asked.heads], stand_ins, is_stopped)
    return Ablated(*(part.numpy() for pair in zip(before, after, strict=True) for part in pair))


def ranked(model: LoadedModel, asked: HeadRanking, is_stopped: Stopped) -> Iterator[float]:
    """Each head ablated alone, many heads in a batch. Raises what `check` raises."""
    check(model, asked.kind, ())
    ids = run.token_ids(model, asked.text)
    heads = list(np.ndindex(model.card.n_layers, model.card.n_heads))
    divergences, losses = np.zeros((2, len(heads)), np.float32)
    at_once = max(1, ROWS_TOKENS // len(ids))
    yield 0.0
    (logits, bits), stand_ins = _as_it_is(model, ids, asked.kind, is_stopped)
    for start in range(0, len(heads), at_once):
        yield start / len(heads)
        alone = [(head,) for head in heads[start : start + at_once]]
        rows = _ablated_rows(model, ids, alone, stand_ins, is_stopped)
        for place, (changed_logits, changed_bits) in enumerate(rows, start):
            divergences[place] = _divergence(logits, changed_logits)
            losses[place] = (changed_bits - bits).mean() if len(bits) else np.nan
    shape = model.card.n_layers, model.card.n_heads
    return RankedHeads(divergences.reshape(shape), losses.reshape(shape))


def continued(model: LoadedModel, asked: Continuation, is_stopped: Stopped) -> Iterator[float]:
    """Greedy decoding with a KV cache, then one run over the whole.

    Raises:
        TextTooLong: there is no room for a single token.
    """
    ids = run.token_ids(model, asked.text)
    n_given, n_new = len(ids), min(asked.n_new, model.max_tokens - len(ids))
    if n_new < 1:
        raise TextTooLong(n_given + 1, model.max_tokens, "tokens")
    ends, n_shown = generating.end_tokens(model), min(N_CANDIDATES, model.card.d_vocab)
    reader, written = generating.Reader(model, is_stopped), ids
    candidates, probabilities = [], []
    for step in range(n_new):
        yield step / (n_new + 1)
        logits = torch.from_numpy(reader.read(written)[-1])
        best = logits.topk(n_shown)
        if int(best.indices[0]) in ends:
            break
        candidates.append(tuple(best.indices.tolist()))
        probabilities.append((best.values - logits.logsumexp(0)).exp().tolist())
        written = [candidates[-1][0]]
        ids = [*ids, *written]
    (forward,) = run.run_tokens(model, [ids], [run.spelled(model, ids)], is_stopped)
    shown = np.array(probabilities, np.float32).reshape(len(candidates), n_shown)
    return Continued(forward, n_given, tuple(candidates), shown, len(candidates) < n_new)


def repeated(model: LoadedModel, asked: RepeatedTokens, is_stopped: Stopped) -> Iterator[float]:
    """A run over REPEATED random tokens, twice. Special tokens are left out: they are no text."""
    special = model.tokenizer.library.get_added_tokens_decoder()
    plain = [number for number in range(len(model.vocabulary)) if number not in special]
    n = min(REPEATED, model.max_tokens // 2)
    ids = np.random.default_rng(asked.seed).choice(plain, size=n).tolist() * 2
    yield 0.0
    (forward,) = run.run_tokens(model, [ids], [run.spelled(model, ids)], is_stopped)
    return forward


@torch.inference_mode()
def _as_it_is(model, ids, kind, is_stopped) -> tuple[Row, list[Tensor]]:
    """A run without ablation, and what shall stand in for each head, [head d_value] by layer."""
    stand_ins = []

    def note(layer: int, carried: Tensor) -> Tensor:
        # [batch query head d_value]
        mean = carried[0].mean(dim=0)
        stand_ins.append(mean if kind == "mean" else torch.zeros_like(mean))
        return carried

    (row,) = _rows(model, ids, 1, capture.Notes(is_stopped, note, keeps_layers=False))
    return row, stand_ins


@torch.inference_mode()
def _ablated_rows(model, ids, per_row, stand_ins, is_stopped) -> list[Row]:
    """The same text in every row, each with other heads ablated."""

    def edit(layer: int, carried: Tensor) -> Tensor:
        places = [(row, h) for row, heads in enumerate(per_row) for at, h in heads if at == layer]
        if not places:
            return carried
        carried = carried.clone()
        for row, head in places:
            carried[row, :, head] = stand_ins[layer][head]
        return carried

    return _rows(model, ids, len(per_row), capture.Notes(is_stopped, edit, keeps_layers=False))


def _rows(model, ids, n_rows, notes) -> list[Row]:
    with capture.taking(notes):
        batch = run.batch_of(model, [ids] * n_rows)
        logits = model.network(batch, use_cache=False).logits
    targets = batch[0, 1:]
    # Cloned: a view would keep the logits of all positions in memory.
    rows = [
        (row[-1].clone().float().cpu(), torch.from_numpy(run.surprisals(row, targets)))
        for row in logits
    ]
    if not all(last.isfinite().all() and bits.isfinite().all() for last, bits in rows):
        raise NotFinite(f"the logits of {model.card.name} are not finite")
    return rows


def _divergence(before: Tensor, after: Tensor) -> float:
    """KL(before ‖ after) of the next-token distributions, in bits."""
    p, q = before.double().log_softmax(-1), after.double().log_softmax(-1)
    return float((p.exp() * (p - q)).sum() / np.log(2))
