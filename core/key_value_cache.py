"""The KV cache: what is kept so that a written token costs one reading and not all of them anew.

A token's keys and values depend on the tokens up to it alone (the causal mask), so they stay as
they are when more is written. Whoever keeps them reads each token once; whoever does not reads the
whole text again for each token: n + (n + 1) + … readings instead of n + 1 + 1 + …

Shazeer 2019, arXiv:1911.02150, sec. 2.4 ("incremental inference").
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core.model.cache_timing import CacheTimes
from core.model.forward_pass import ModelCard

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}  # of a number in the cache


@dataclass(frozen=True, eq=False)
class Readings:
    """How many tokens go through the network to write each new one."""

    positions: Int[ndarray, " step"]  # tokens of the text before each step
    with_cache: Int[ndarray, " step"]
    without_cache: Int[ndarray, " step"]

    @property
    def totals(self) -> tuple[int, int]:
        """All readings, with and without a cache."""
        return int(self.with_cache.sum()), int(self.without_cache.sum())

    @property
    def saved(self) -> float:
        """How many times fewer readings in all."""
        with_cache, without_cache = self.totals
        return without_cache / with_cache


def readings(n_before: int, n_new: int) -> Readings:
    """n, 1, 1, … with a cache; n, n + 1, n + 2, … without.

    Raises:
        ValueError: there is no token before, or none to be written.
    """
    if n_before < 1 or n_new < 1:
        raise ValueError(f"at least one token before and one new, got {n_before} and {n_new}")
    positions = np.arange(n_before, n_before + n_new)
    with_cache = np.ones(n_new, dtype=int)
    with_cache[0] = n_before
    return Readings(positions, with_cache, positions)


def bytes_per_token(card: ModelCard) -> int:
    """2 · layers · key-value heads · d_head · bytes per number; 2 for the key and the value."""
    return 2 * card.n_layers * card.n_key_value_heads * card.d_head * BYTES[card.dtype]


@dataclass(frozen=True, eq=False)
class Speeds:
    """The measured times in milliseconds, and what they come to."""

    readings: Readings
    with_cache: Float[ndarray, " step"]  # ms a token
    without_cache: Float[ndarray, " step"]  # ms a token

    @property
    def first(self) -> float:
        """Milliseconds to the first token, which the cache cannot save."""
        return float(self.with_cache[0])

    @property
    def later(self) -> tuple[float, float]:
        """The median of the tokens after the first, with and without a cache, in milliseconds."""
        if len(self.with_cache) == 1:
            return float("nan"), float("nan")
        return float(np.median(self.with_cache[1:])), float(np.median(self.without_cache[1:]))

    @property
    def gain(self) -> float:
        """How many times faster a later token is with a cache; NaN where there is none."""
        with_cache, without_cache = self.later
        return without_cache / with_cache

    @property
    def saved(self) -> float:
        """Seconds that the cache has saved in all."""
        return float((self.without_cache - self.with_cache).sum() / 1000)


def speeds(times: CacheTimes) -> Speeds:
    """The measured times beside the readings that explain them."""
    return Speeds(
        readings(times.n_before, len(times.with_cache)),
        1000 * times.with_cache,
        1000 * times.without_cache,
    )


@dataclass(frozen=True, eq=False)
class Growth:
    """The memory of the cache while a text grows up to the length that the network was made for."""

    n_tokens: Int[ndarray, " place"]
    formula: Float[ndarray, " place"]  # MB, 10⁶ bytes
    measured_at: Int[ndarray, " step"]  # tokens
    measured: Float[ndarray, " step"]  # MB

    @property
    def most(self) -> float:
        """MB at the full length, by the formula."""
        return float(self.formula[-1])


def growth(card: ModelCard, times: CacheTimes | None) -> Growth:
    """The formula's line, and what the cache took where it was measured."""
    n_tokens = np.unique(np.linspace(0, card.context_length, 65).round().astype(int))
    line = n_tokens * bytes_per_token(card) / 1e6
    if times is None:
        return Growth(n_tokens, line, np.zeros(0, int), np.zeros(0))
    at = readings(times.n_before, len(times.cache_bytes)).positions
    return Growth(n_tokens, line, at, times.cache_bytes / 1e6)
