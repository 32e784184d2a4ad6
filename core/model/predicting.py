"""How the loaded model answers predictions.py: read in chunks, with a KV cache between them.

The logits of a chunk are computed a few rows at a time from its last hidden states, and let go of
before the next rows.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache

from core.model import capture, run
from core.model.load import LoadedModel
from core.model.predictions import Predicted, Predictions
from core.model.questions import Partial
from core.model.refusals import Cancelled, NotFinite, TextTooLong, Unanswerable
from core.model.switching import LONGEST
from core.tokens import Token

CHUNK = 512  # tokens that go through the network at once
ROWS = 128  # of logits that are there at once
LOWEST = -1e4  # below the largest logit: its exp is 0, and 0 · LOWEST is no NaN as 0 · −∞ is
Stopped = Callable[[], bool]


def read_ids(model: LoadedModel, asked: Predictions) -> tuple[list[int], int]:
    """The numbers of the tokens that are read, and how many the whole text has.

    Raises:
        Unanswerable: no guess is asked for, or no token.
        TextTooLong: more tokens are asked for than LONGEST.
        EmptyText, UnusableText: as run.token_ids.
    """
    if asked.n_best < 1 or asked.n_most < 1:
        raise Unanswerable(f"numbers must be 1 or more, got {asked.n_best} and {asked.n_most}")
    if asked.n_most > LONGEST:
        raise TextTooLong(asked.n_most, LONGEST, "tokens")
    ids = run.token_ids(model, asked.text, sys.maxsize)
    return ids[: min(asked.n_most, model.card.context_length)], len(ids)


def predicted(
    model: LoadedModel, asked: Predictions, is_stopped: Stopped
) -> Iterator[float | Partial]:
    """The predictions of a text, a chunk a step.

    Raises what `read_ids` raises, NotFinite and Cancelled.
    """
    ids, n_all = read_ids(model, asked)
    n_targets, n_best = len(ids) - 1, min(asked.n_best, model.card.d_vocab)
    reader, rows = _Reader(model, is_stopped), _nothing(n_best)

    def so_far() -> Predicted:
        tokens = tuple(Token(one, model.vocabulary[one]) for one in ids[: len(rows[0]) + 1])
        return Predicted(model.card, asked.text, tokens, n_all, model.vocabulary, *rows)

    yield 0.0
    while len(rows[0]) < n_targets:
        start = len(rows[0])
        targets = ids[start + 1 : min(start + CHUNK, n_targets) + 1]
        found = reader.read(ids[start : start + len(targets)], targets, n_best)
        rows = tuple(np.concatenate(pair) for pair in zip(rows, found, strict=True))
        if len(rows[0]) < n_targets:
            yield Partial(len(rows[0]) / n_targets, so_far())
    return so_far()


def _nothing(n_best: int) -> tuple[np.ndarray, ...]:
    kinds = np.float32, np.float32, np.int64
    bests = np.zeros((0, n_best), np.int64), np.zeros((0, n_best), np.float32)
    return (*(np.zeros(0, kind) for kind in kinds), *bests)


@dataclass(eq=False)
class _Reader:
    """A network that reads on, and what it expects of each token that comes next."""

    model: LoadedModel
    is_stopped: Stopped
    cache: DynamicCache = field(default_factory=DynamicCache)
    is_bare: bool = True  # logits are the output embedding times the hidden state, nothing more

    @torch.inference_mode()
    def read(self, ids: list[int], targets: list[int], n_best: int) -> tuple[np.ndarray, ...]:
        """The numbers of Predicted for the targets, the tokens that come after the given ones.

        Raises:
            NotFinite: the network's results are not numbers.
            Cancelled: is_stopped says so.
        """
        goals, parts = torch.tensor(targets, device=self.model.network.device), []
        for start, logits in self._logits(ids):
            if self.is_stopped():
                raise Cancelled
            parts.append(facts(logits.float(), goals[start : start + len(logits)], n_best))
        found = tuple(torch.cat(columns).cpu().numpy() for columns in zip(*parts, strict=True))
        if not all(np.isfinite(one).all() for one in found[:2]):
            raise NotFinite(f"the logits of {self.model.card.name} are not finite")
        return found

    def _logits(self, ids: list[int]) -> Iterator[tuple[int, Float[Tensor, "row vocab"]]]:
        """The logits after each token, ROWS at a time, with the place of the first."""
        head = self.model.network.get_output_embeddings()
        if self.is_bare and head is not None:
            output = self._run(ids, 1, output_hidden_states=True)
            states = output.hidden_states[-1][0] if output.get("hidden_states") else None
            if states is not None and _is_near(head(states[-1:]), output.logits[0]):
                for start in range(0, len(ids), ROWS):
                    yield start, head(states[start : start + ROWS])
                return
            # Some networks cap their logits, or scale them: only the whole network gives them.
            self.is_bare = False
            self.cache.crop(-len(ids))
        for start in range(0, len(ids), ROWS):
            some = ids[start : start + ROWS]
            yield start, self._run(some, len(some)).logits[0]

    def _run(self, ids: list[int], n_last: int, **options):
        with capture.taking(capture.Notes(self.is_stopped, keeps_layers=False)):
            return self.model.network(
                run.batch_of(self.model, [ids]),
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=n_last,
                **options,
            )


def _is_near(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.float(), other.float(), rtol=1e-5, atol=1e-5)


def facts(
    logits: Float[Tensor, "row vocab"], targets: Int[Tensor, " row"], n_best: int
) -> tuple[Tensor, ...]:
    """The numbers of Predicted, one row each; row i of the logits predicts target i."""
    largest = logits.max(dim=1, keepdim=True).values
    shifted = (logits - largest).clamp_(min=LOWEST)
    exps = shifted.exp()
    total = exps.sum(dim=1)
    # H = ln Z − Σ p·(x − max), with the largest logit at 0: nothing large is taken from another.
    entropies = total.log() - torch.linalg.vecdot(exps, shifted) / total
    wanted = logits.gather(1, targets[:, None])
    surprisals = total.log() - (wanted - largest)[:, 0]
    best = _best(logits, n_best)
    shares = logits.gather(1, best).sub(largest).exp() / total[:, None]
    nats = torch.stack([surprisals, entropies]).clamp_(min=0)
    return *(nats / np.log(2)), _ranks(logits, wanted, targets), best, shares


def _ranks(logits: Tensor, wanted: Tensor, targets: Tensor) -> Int[Tensor, " row"]:
    """1 for the largest logit; of equal ones the lower token id comes first."""
    ranks = 1 + (logits > wanted).sum(dim=1, dtype=torch.int32).long()
    equal = (logits == wanted).sum(dim=1, dtype=torch.int32)
    for row in (equal > 1).nonzero()[:, 0].tolist():
        ranks[row] += (logits[row, : targets[row]] == wanted[row]).sum()
    return ranks


def _best(logits: Float[Tensor, "row vocab"], n_best: int) -> Int[Tensor, "row rank"]:
    """The places of the largest, the largest first; of equal ones the lower place comes first."""
    found = logits.topk(min(n_best + 1, logits.shape[1]))
    tied = (found.values[:, 1:] == found.values[:, :-1]).any(dim=1)
    best = found.indices[:, :n_best].clone()
    for row in tied.nonzero()[:, 0].tolist():
        best[row] = logits[row].sort(descending=True, stable=True).indices[:n_best]
    return best
