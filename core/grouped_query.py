"""Grouped-query attention: several query heads read the same keys and values.

While a text is written, the keys and values of all tokens so far are kept (the "KV cache"), so that
they need not be computed again for each new token. With a key-value head for every query head
(multi-head attention, MHA) this cache can outgrow the weights. Multi-query attention (MQA) keeps
one for all query heads, grouped-query attention (GQA) one for each group of neighbours. Queries
are not kept, so each head still asks its own question.

Shazeer 2019, arXiv:1911.02150; Ainslie et al. 2023, arXiv:2305.13245.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass, ModelCard

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}  # per number
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")  # each 1,024 of the one before


@dataclass(frozen=True)
class Network:
    """The dimensions of a network that its KV cache depends on."""

    name: str
    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_head: int
    context_length: int  # trained, in positions
    n_parameters: int
    dtype: str  # of the published weights, or as they are loaded

    @property
    def code(self) -> str:
        """The name as it can stand in an address."""
        return "-".join(self.name.lower().split())

    def weights_in(self, bytes_per_number: int) -> int:
        """Bytes that the weights take."""
        return self.n_parameters * bytes_per_number


# As their makers published them; weights that are used twice are counted once.
KNOWN_NETWORKS = (
    Network("SmolLM2-135M", 30, 9, 3, 64, 8_192, 134_515_008, "bfloat16"),
    Network("GPT-2", 12, 12, 12, 64, 1_024, 124_439_808, "float32"),
    Network("Llama 2 7B", 32, 32, 32, 128, 4_096, 6_738_415_616, "float16"),
    Network("Llama 2 70B", 80, 64, 8, 128, 4_096, 68_976_648_192, "float16"),
    Network("Llama 3 8B", 32, 32, 8, 128, 8_192, 8_030_261_248, "bfloat16"),
    Network("Mistral 7B v0.3", 32, 32, 8, 128, 32_768, 7_248_023_552, "bfloat16"),
    Network("Falcon-7B", 32, 71, 1, 64, 2_048, 6_921_720_704, "bfloat16"),
)


@dataclass(frozen=True, eq=False)
class Readers:
    """Which key-value head each query head reads."""

    n_key_value_heads: int
    shared: Int[ndarray, " head"]  # ⌊h / (n_heads / n_key_value_heads)⌋: neighbours share
    by_remainder: Int[ndarray, " head"]  # h mod n_key_value_heads: a mistake

    @property
    def group_size(self) -> int:
        """How many query heads share a key-value head."""
        return len(self.shared) // self.n_key_value_heads

    @property
    def n_misled(self) -> int:
        """How many query heads the mistake sends to the keys of others."""
        return int((self.shared != self.by_remainder).sum())


@dataclass(frozen=True)
class Cache:
    """The keys and values that are kept of a text while it is being written."""

    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_head: int
    n_tokens: int
    n_people: int  # texts that are written at the same time, the batch
    bytes_per_number: int

    def __post_init__(self):
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"{field.name} must be 1 or more, got {getattr(self, field.name)}")
        check_division(self.n_heads, self.n_key_value_heads)

    @property
    def bytes_per_token(self) -> int:
        """2 · layers · key-value heads · d_head · bytes per number; 2 for the key and the value."""
        n_numbers = 2 * self.n_layers * self.n_key_value_heads * self.d_head
        return n_numbers * self.bytes_per_number

    @property
    def n_bytes(self) -> int:
        """Bytes per token · tokens · people."""
        return self.bytes_per_token * self.n_tokens * self.n_people

    @property
    def multi_head(self) -> "Cache":
        """The same with a key-value head for every query head."""
        return replace(self, n_key_value_heads=self.n_heads)

    @property
    def multi_query(self) -> "Cache":
        """The same with one key-value head for all query heads."""
        return replace(self, n_key_value_heads=1)

    @property
    def saved(self) -> int:
        """How many times smaller it is than with a key-value head for every query head."""
        return self.n_heads // self.n_key_value_heads

    @property
    def memory(self) -> str:
        """Its size, as it reads best."""
        return in_units(self.n_bytes)

    def tokens_within(self, n_bytes: int) -> int:
        """How many tokens each person can have until the caches of all take n_bytes."""
        return n_bytes // (self.bytes_per_token * self.n_people)


@dataclass(frozen=True)
class MeasuredCache:
    """The keys and values that a run has really left behind."""

    n_tokens: int
    n_bytes: int
    saved: int  # how many query heads share each key-value head

    @property
    def memory(self) -> str:
        """What it takes."""
        return in_units(self.n_bytes)

    @property
    def memory_multi_head(self) -> str:
        """What it would take if every query head had a copy of the head that it reads."""
        return in_units(self.n_bytes * self.saved)


@dataclass(frozen=True, eq=False)
class Group:
    """The query heads that read one key-value head, and where one token looks in each."""

    key_value_head: int
    heads: Int[ndarray, " head"]  # their numbers
    attention_weights: Float[ndarray, "head key"]  # of one query; after softmax, 1 over key

    @property
    def n_heads(self) -> int:
        """How many query heads share."""
        return len(self.heads)

    @property
    def n_places(self) -> int:
        """How many different keys get the largest weight of a head."""
        return len(np.unique(self.attention_weights.argmax(axis=1)))


def networks(card: ModelCard) -> dict[str, Network]:
    """The loaded network and the known ones, by name, the loaded one first."""
    shared = {field.name: getattr(card, field.name) for field in fields(Network)}
    return {card.name: Network(**shared)} | {
        network.name: network for network in KNOWN_NETWORKS if network.name != card.name
    }


def check_division(n_heads: int, n_key_value_heads: int) -> None:
    """Nothing, where the query heads can be divided into groups of one size.

    Raises:
        ValueError: they cannot.
    """
    if not 1 <= n_key_value_heads <= n_heads or n_heads % n_key_value_heads:
        raise ValueError(
            f"n_key_value_heads must divide n_heads, got {n_key_value_heads} and {n_heads}"
        )


def nearest_division(n_heads: int, n_key_value_heads: int) -> int:
    """The number of key-value heads next to the wanted one that divides n_heads.

    Of two that are equally near, the smaller one.
    """
    divisors = [number for number in range(1, n_heads + 1) if n_heads % number == 0]
    return min(divisors, key=lambda number: abs(number - n_key_value_heads))


def readers(n_heads: int, n_key_value_heads: int) -> Readers:
    """Which key-value head each query head reads, and which it would by the remainder.

    Raises:
        ValueError: the key-value heads do not divide the query heads.
    """
    check_division(n_heads, n_key_value_heads)
    heads = range(n_heads)
    shared = [attention.key_value_head(head, n_heads, n_key_value_heads) for head in heads]
    return Readers(
        n_key_value_heads, np.array(shared), np.array([head % n_key_value_heads for head in heads])
    )


def measured(forward: ForwardPass) -> MeasuredCache:
    """The memory of a run's keys and values.

    Raises:
        ValueError: the run has kept no keys and values.
    """
    if forward.keys is None or forward.values is None:
        raise ValueError("a run with keys and values is needed, got one with weights only")
    return MeasuredCache(
        n_tokens=len(forward.tokens),
        n_bytes=forward.keys.nbytes + forward.values.nbytes,
        saved=forward.model.n_heads // forward.model.n_key_value_heads,
    )


def group_of(forward: ForwardPass, layer: int, head: int, query: int) -> Group:
    """Where one token looks in each of the query heads that share a head's keys and values."""
    card = forward.model
    shared = attention.key_value_head(head, card.n_heads, card.n_key_value_heads)
    everyone = readers(card.n_heads, card.n_key_value_heads).shared
    heads = np.flatnonzero(everyone == shared)
    seen = slice(query + 1)  # the causal mask: nothing after the query
    if forward.attention_weights is not None:
        return Group(shared, heads, forward.attention_weights[layer, heads, query, seen])
    queries = forward.queries[layer, heads, query]
    scores = attention.scores(queries, forward.keys[layer, shared, seen], forward.scale)
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return Group(shared, heads, exponentials / exponentials.sum(axis=1, keepdims=True))


def in_units(n_bytes: float | int) -> str:
    """A number of bytes in the largest unit of which there is one; 1 KiB is 1,024 bytes."""
    power = 0
    while n_bytes >= 1024 and power < len(UNITS) - 1:
        n_bytes, power = n_bytes / 1024, power + 1
    return f"{n_bytes:,.4g} {UNITS[power]}" if n_bytes < 1000 else f"{n_bytes:,.0f} {UNITS[power]}"
