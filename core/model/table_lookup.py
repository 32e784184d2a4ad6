"""How the questions about the input embeddings are answered: one pass over the rows of the matrix.

The matrix is read in chunks, so that no second copy of it is ever in memory.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from core.model.embedding_table import COSINE_EDGES, NORM_BINS, Neighbourhood, Neighbours
from core.model.load import LoadedModel
from core.model.refusals import Cancelled, Unanswerable
from core.tokens import Token

CHUNK_NUMBERS = 2**23  # of the matrix at a time: 32 MB in float32
Stopped = Callable[[], bool]


def check(model: LoadedModel, token_ids: tuple[int, ...]):
    """Whether these tokens have embeddings.

    Raises:
        Unanswerable: no token was given, one is not in the matrix, or the network has no matrix.
    """
    n_rows = len(_matrix(model))
    if not token_ids:
        raise Unanswerable("no token was given")
    if not all(0 <= number < n_rows for number in token_ids):
        raise Unanswerable(f"the embeddings of {model.card.name} have {n_rows} rows")


def neighbourhood(model: LoadedModel, asked: Neighbours, is_stopped: Stopped) -> Iterator[float]:
    """The nearest rows to some rows, and how all rows lie. Raises what `check` raises."""
    check(model, asked.token_ids)
    matrix = _matrix(model)
    mean = torch.zeros(matrix.shape[1], dtype=torch.float64)
    for start, rows, has_token in _chunks(model, matrix, is_stopped):
        yield 0.3 * start / len(matrix)
        mean += rows[has_token].sum(dim=0).cpu().double()  # Metal knows no float64
    n_rows = sum(map(bool, model.vocabulary[: len(matrix)]))
    mean /= max(1, n_rows)
    scan = _Scan(model, asked, mean.float().to(matrix.device))
    for start, rows, has_token in _chunks(model, matrix, is_stopped):
        yield 0.3 + 0.7 * start / len(matrix)
        scan.take(start, rows, has_token)
    return scan.found(n_rows)


class _Scan:
    """What is gathered while the rows go by."""

    def __init__(self, model: LoadedModel, asked: Neighbours, mean: Tensor):
        self.model, self.asked, self.mean = model, asked, mean
        self.ids = torch.tensor(list(dict.fromkeys(asked.token_ids)), device=mean.device)
        self.queries = self._directions(_matrix(model)[self.ids].float())
        n = len(self.ids)
        self.best = torch.empty(n, 0, device=mean.device)
        self.best_ids = torch.empty(n, 0, dtype=torch.long, device=mean.device)
        self.counts = torch.zeros(n, len(COSINE_EDGES) - 1, dtype=torch.long, device=mean.device)
        self.direction = torch.zeros(len(mean), dtype=torch.float64)
        self.norms = []

    def take(self, start: int, rows: Tensor, has_token: Tensor):
        """Compare the tokens asked for with rows start … of the matrix."""
        units = self._directions(rows)
        self.norms.append(rows[has_token].norm(dim=1).cpu())
        self.direction += units[has_token].sum(dim=0).cpu().double()
        cosines = self.queries @ units.T
        numbers = torch.arange(start, start + len(rows), device=rows.device)
        is_other = has_token & (numbers != self.ids[:, None])
        self._count(cosines, is_other)
        cosines[~is_other] = -torch.inf
        candidates = torch.cat([self.best, cosines], dim=1)
        ids = torch.cat([self.best_ids, numbers.expand(len(self.ids), -1)], dim=1)
        self.best, places = candidates.topk(min(self.asked.n_neighbours, ids.shape[1]))
        self.best_ids = ids.gather(1, places)

    def found(self, n_rows: int) -> Neighbourhood:
        """The answer, once all rows went by."""
        asked, model = self.asked, self.model
        nearest = self.best_ids[:, : max(0, n_rows - 1)].cpu()  # the others are no tokens
        ids = list(dict.fromkeys([*self.ids.tolist(), *nearest.flatten().tolist()]))
        place = {number: at for at, number in enumerate(ids)}
        norms = torch.cat(self.norms).numpy()
        rows = _matrix(model)[torch.tensor(ids, device=self.mean.device)].float().cpu().numpy()
        own = np.linalg.norm(rows[: len(self.ids)], axis=1)
        norm_counts, edges = np.histogram(norms, NORM_BINS, (0, 1.02 * float(norms.max())))
        total = float(self.direction @ self.direction)  # the sum of all cosines, with themselves
        return Neighbourhood(
            points=tuple(Token(number, model.vocabulary[number]) for number in ids),
            embeddings=rows,
            neighbours=np.array([[place[n] for n in row] for row in nearest.tolist()], np.int64)
            .reshape(nearest.shape),
            cosines=self.best[:, : nearest.shape[1]].cpu().numpy(),
            cosine_counts=self.counts.cpu().numpy(),
            norm_counts=norm_counts,
            norm_edges=edges.astype(np.float32),
            smaller=(norms < own[:, None] * (1 - 1e-6)).mean(axis=1),
            mean=self.mean.cpu().numpy(),
            mean_cosines=self._mean_cosines(n_rows),
            mean_cosine=(total - n_rows) / max(1, n_rows * (n_rows - 1)),
            n_rows=n_rows,
            is_tied=_is_tied(model),
            is_centred=asked.is_centred,
        )  # fmt: skip

    def _mean_cosines(self, n_rows: int) -> np.ndarray:
        queries = self.queries.cpu().double()
        with_itself = (queries * queries).sum(dim=1)  # 1, or 0 without a direction
        return ((queries @ self.direction - with_itself) / max(1, n_rows - 1)).numpy()

    def _directions(self, rows: Tensor) -> Tensor:
        """Rows of length 1; one of length 0 stays as it is, and its cosines are 0."""
        rows = rows - self.mean if self.asked.is_centred else rows
        return rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)

    def _count(self, cosines: Tensor, is_other: Tensor):
        n_bins = self.counts.shape[1]
        bins = ((cosines + 1) * (n_bins / 2)).long().clamp(0, n_bins - 1)
        offsets = torch.arange(len(bins), device=bins.device)[:, None] * n_bins
        self.counts += torch.bincount(
            (bins + offsets)[is_other], minlength=self.counts.numel()
        ).view_as(self.counts)


def _chunks(model, matrix: Tensor, is_stopped: Stopped) -> Iterator[tuple[int, Tensor, Tensor]]:
    """The matrix in parts: where each begins, its rows, and which of them belong to a token."""
    at_once = max(1, CHUNK_NUMBERS // matrix.shape[1])
    for start in range(0, len(matrix), at_once):
        if is_stopped():
            raise Cancelled
        rows = matrix[start : start + at_once].float()
        names = model.vocabulary[start : start + len(rows)]
        has_token = [bool(name) for name in names] + [False] * (len(rows) - len(names))
        yield start, rows, torch.tensor(has_token, device=rows.device)


def _matrix(model: LoadedModel) -> Tensor:
    """The input embeddings [vocab d_model].

    Raises:
        Unanswerable: the network has no such matrix.
    """
    try:
        weight = model.network.get_input_embeddings().weight
    except (NotImplementedError, AttributeError) as error:
        raise Unanswerable(f"{model.card.name} has no matrix of embeddings") from error
    return weight.detach()


def _is_tied(model: LoadedModel) -> bool:
    """Whether input and output embeddings are the same memory, whatever the configuration says."""
    output = model.network.get_output_embeddings()
    weight = getattr(output, "weight", None)
    return weight is not None and weight.data_ptr() == _matrix(model).data_ptr()


def largest_group(model: LoadedModel, cosine: float) -> tuple[list[int], float]:
    """The most tokens that all lie within a cosine of one of them, and the lowest among them.

    Every row is compared with every other one: about a minute for 49,152 rows of 576.
    """
    matrix = _matrix(model).float()
    units = matrix / matrix.norm(dim=1, keepdim=True).clamp_min(1e-12)
    at_once = max(1, CHUNK_NUMBERS * 4 // len(units))
    sizes = torch.cat(
        [(part @ units.T >= cosine).sum(dim=1) for part in units.split(at_once)]
    )  # fmt: skip
    middle = units[int(sizes.argmax())]
    group = (units @ middle >= cosine).nonzero().flatten()
    lowest = float((units[group] @ units[group].T).min())
    return group.tolist(), lowest
