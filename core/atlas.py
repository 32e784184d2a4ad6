"""The atlas: what every head of the network does with a text, in a few numbers and a small map.

A head that always looks one back, or rests on the first token, or looks up what followed last time,
shows it in the mean of its rows. Each number is a mean of attention weights or of something that
they weigh, so it can be checked by hand; none of them says what a head is good for.

Olsson et al. 2022, "In-context Learning and Induction Heads", arXiv:2209.11895 (previous-token and
induction heads); Xiao et al. 2023, arXiv:2309.17453 (attention sinks).
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass

METRICS = ("entropy", "distance", "sink", "previous", "local", "induction")
SHARES = ("sink", "previous", "local", "induction")  # between 0 and 1
LOCAL = 5  # tokens: the query's own and the four before it
TILE = 128  # rows and columns of a small map at most
WORTH_NAMING = 0.4  # of a share; below, the head does something else most of the time
LEVELS = 255  # of a small map
BLOCK = 64  # rows that are computed at a time
TINY = 1e-30  # in place of 0 in a logarithm, which 0 multiplies


@dataclass(frozen=True, eq=False)
class Tiles:
    """A small map of each head, in levels that grow with the square root of the weight."""

    levels: UInt8[ndarray, "layer head row column"]  # 0 … LEVELS; 0 also where masked
    n_pooled: int  # a cell shows the largest weight of n_pooled × n_pooled


@dataclass(frozen=True, eq=False)
class Atlas:
    """All heads in numbers. NaN where the text is too short to say."""

    entropy: Float[ndarray, "layer head"]  # bits, mean over the queries
    distance: Float[ndarray, "layer head"]  # tokens back, mean
    sink: Float[ndarray, "layer head"]  # share on the first token
    previous: Float[ndarray, "layer head"]  # share on the token before
    local: Float[ndarray, "layer head"]  # share on the last LOCAL tokens
    induction: Float[ndarray, "layer head"]  # on a repeated random sequence, not on this text
    tiles: Tiles

    def metric(self, name: str) -> Float[ndarray, "layer head"]:
        """One of METRICS.

        Raises:
            ValueError: there is no such metric.
        """
        if name not in METRICS:
            raise ValueError(f"a metric is one of {METRICS}, got {name!r}")
        return getattr(self, name)

    def ranking(self, name: str) -> list[tuple[int, int]]:
        """All heads by one metric, the largest first; those without a number at the end."""
        values = self.metric(name).ravel()
        order = np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable")
        _, n_heads = self.metric(name).shape
        return [divmod(int(place), n_heads) for place in order]

    def named(self, name: str, most: int = 5) -> list[tuple[int, int, float]]:
        """The heads for which a share is at least WORTH_NAMING: layer, head, share."""
        values = self.metric(name)
        strong = [(*head, float(values[head])) for head in self.ranking(name)[:most]]
        return [found for found in strong if found[2] >= WORTH_NAMING]


def atlas(forward: ForwardPass, repeated: ForwardPass | None) -> Atlas:
    """The atlas of a run; `repeated` is a run over random tokens that stand there twice.

    Layer by layer, a few rows at a time: all weights together would be 1 GB at 1,024 tokens.
    """
    card = forward.model
    found = [portrait(forward, layer) for layer in range(card.n_layers)]
    metrics = np.stack([numbers for numbers, _ in found], axis=1)  # [metric, layer, head]
    if repeated is None:
        scores = np.full((card.n_layers, card.n_heads), np.nan)
    else:
        scores = np.stack([induction(repeated, layer) for layer in range(card.n_layers)])
    levels = np.stack([small for _, small in found])
    return Atlas(*metrics, scores, Tiles(levels, pooled(len(forward.tokens))))


def portrait(
    forward: ForwardPass, layer: int
) -> tuple[Float[ndarray, "metric head"], UInt8[ndarray, "head row column"]]:
    """Entropy, distance, sink, previous and local of a layer's heads, and their small maps.

    The first query is left out everywhere: it has no choice. The second is left out of `previous`,
    because its token before is the first one, the sink; and `local` is taken over the queries that
    see more than LOCAL tokens.
    """
    n, k = len(forward.tokens), pooled(len(forward.tokens))
    sums = np.zeros((5, forward.model.n_heads))
    small = np.zeros((forward.model.n_heads, -(-n // k), -(-n // k)), np.float32)
    for start, rows in attention.blocks(forward, layer, k * max(1, BLOCK // k)):
        cells = largest(rows, k)
        _, height, width = cells.shape
        small[:, start // k : start // k + height, :width] = cells
        sums += row_sums(rows, start)
    counts = np.array([[n - 1], [n - 1], [n - 1], [n - 2], [n - LOCAL]])
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means, np.rint(np.sqrt(small) * LEVELS).astype(np.uint8)


def row_sums(rows: Float[ndarray, "head query key"], start: int) -> Float[ndarray, "metric head"]:
    """Each metric's sum over the queries from position `start`, in the order of METRICS."""
    _, n_queries, n_keys = rows.shape
    positions = np.arange(start, start + n_queries)
    entropies = -np.einsum("hqk,hqk->hq", rows, np.log2(rows + TINY))
    distances = positions - rows @ np.arange(n_keys, dtype=rows.dtype)
    back = [weights_back(rows, start, steps) for steps in range(LOCAL)]
    return np.stack(
        [
            entropies[:, positions >= 1].sum(axis=1),
            distances[:, positions >= 1].sum(axis=1),
            rows[:, positions >= 1, 0].sum(axis=1),
            back[1][:, positions >= 2].sum(axis=1),
            sum(back)[:, positions >= LOCAL].sum(axis=1),
        ]
    )


def weights_back(
    rows: Float[ndarray, "head query key"], start: int, steps: int
) -> Float[ndarray, "head query"]:
    """Each query's weight on the key so many steps back; 0 before the text begins."""
    _, n_queries, _ = rows.shape
    keys = np.arange(start, start + n_queries) - steps
    return np.where(keys >= 0, rows[:, np.arange(n_queries), np.maximum(keys, 0)], 0)


def largest(rows: Float[ndarray, "head query key"], k: int) -> Float[ndarray, "head row column"]:
    """The largest of each k × k cells; cells at the ends may be smaller."""
    if k == 1:
        return rows
    n_heads, height, width = rows.shape
    over = np.zeros((n_heads, height + -height % k, width + -width % k), rows.dtype)
    over[:, :height, :width] = rows
    # Rows and columns k apart, side by side: many times faster than reshaping them.
    of_rows = reduce(np.maximum, [over[:, first::k] for first in range(k)])
    return reduce(np.maximum, [of_rows[..., first::k] for first in range(k)])


def induction(repeated: ForwardPass, layer: int) -> Float[ndarray, " head"]:
    """How much the heads look at what followed when their token was there before.

    The mean of the weight from position i to i − n + 1 over the second half of a random sequence of
    n tokens that stands there twice. A head that looks about evenly gets less than 2/n.
    """
    ((_, weights),) = attention.blocks(repeated, layer, len(repeated.tokens))
    n = len(repeated.tokens) // 2
    return np.diagonal(weights, 1 - n, axis1=1, axis2=2)[:, 1:].mean(axis=1)


def pooled(n_tokens: int) -> int:
    """How many tokens share a row of a small map."""
    return -(-n_tokens // TILE)
