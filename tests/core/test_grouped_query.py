"""Shared keys and values against paper, and the key-value heads and cache of transformers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attention, grouped_query
from tests.forward_passes import CARD, D_HEAD, N_HEADS, N_KEY_VALUE_HEADS, N_LAYERS, made
from tests.tiny import tiny_config

HEADS = st.integers(1, 128)
# 2 · 2 layers · 4 KV heads · 8 numbers · 2 bytes = 256 bytes a token
CACHE = grouped_query.Cache(2, 8, 4, 8, 10, 3, 2)


# On paper


def test_the_cache_is_the_product_of_its_dimensions():
    assert CACHE.bytes_per_token == 256
    assert CACHE.n_bytes == 256 * 10 * 3
    assert CACHE.saved == 2


def test_neighbours_share_and_the_remainder_is_another_rule():
    readers = grouped_query.readers(6, 2)
    assert readers.shared.tolist() == [0, 0, 0, 1, 1, 1]
    assert readers.by_remainder.tolist() == [0, 1, 0, 1, 0, 1]
    assert (readers.group_size, readers.n_misled) == (3, 2)


@pytest.mark.parametrize(
    ("name", "dtype", "memory"),
    [
        ("Llama 2 7B", "float16", "2 GiB"),  # 2·32·32·128·2·4096
        ("Llama 2 70B", "float16", "1.25 GiB"),
        ("Llama 3 8B", "bfloat16", "1 GiB"),
        ("Falcon-7B", "bfloat16", "16 MiB"),
        ("GPT-2", "float32", "72 MiB"),
    ],
)
def test_known_networks_have_their_known_caches(name, dtype, memory):
    network = grouped_query.networks(CARD)[name]
    assert network.dtype == dtype
    cache = grouped_query.Cache(
        network.n_layers,
        network.n_heads,
        network.n_key_value_heads,
        network.d_head,
        network.context_length,
        1,
        grouped_query.BYTES[dtype],
    )
    assert cache.memory == memory


@pytest.mark.parametrize(
    ("heads", "wanted", "nearest"),
    [(9, 3, 3), (9, 4, 3), (9, 8, 9), (9, 256, 9), (71, 8, 1), (71, 60, 71), (1, 5, 1), (9, 2, 1)],
)
def test_the_nearest_number_that_divides_the_heads(heads, wanted, nearest):
    assert grouped_query.nearest_division(heads, wanted) == nearest


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (1, "1 bytes"),
        (1000, "1,000 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1023 * 1024, "1,023 KiB"),
        (2**31, "2 GiB"),
        (3 * 2**70, "3,072 EiB"),
    ],
)
def test_memory_reads_in_its_largest_unit(n_bytes, words):
    assert grouped_query.in_units(n_bytes) == words


# Properties


@given(HEADS, st.data())
def test_the_memory_depends_on_the_key_value_heads_only(n_heads, data):
    wanted = data.draw(st.integers(1, 256))
    shared = grouped_query.nearest_division(n_heads, wanted)
    cache = replace(CACHE, n_heads=n_heads, n_key_value_heads=shared)
    assert cache.multi_query.n_bytes * shared == cache.n_bytes
    assert cache.n_bytes * cache.saved == cache.multi_head.n_bytes
    assert cache.multi_query.n_bytes <= cache.n_bytes <= cache.multi_head.n_bytes


@given(HEADS, st.data())
def test_every_group_has_the_same_size_and_only_neighbours(n_heads, data):
    shared = grouped_query.nearest_division(n_heads, data.draw(st.integers(1, 256)))
    readers = grouped_query.readers(n_heads, shared)
    assert np.bincount(readers.shared).tolist() == [readers.group_size] * shared
    assert (np.diff(readers.shared) >= 0).all()
    # Where all share, or none does, the mistake goes unnoticed.
    assert (readers.n_misled == 0) == (shared in (1, n_heads))


@given(st.integers(0, 10**9))
def test_a_token_more_would_not_fit(n_bytes):
    n_tokens = CACHE.tokens_within(n_bytes)
    per_token = CACHE.bytes_per_token * CACHE.n_people
    assert n_tokens * per_token <= n_bytes < (n_tokens + 1) * per_token


@pytest.mark.parametrize("query", [0, 4, 8])
@pytest.mark.parametrize("keeps_weights", [False, True])
def test_the_rows_of_a_group_are_those_of_its_heads(query, keeps_weights):
    forward = made(9, keeps_weights=keeps_weights)
    for head in range(N_HEADS):
        group = grouped_query.group_of(forward, 1, head, query)
        assert head in group.heads
        assert group.n_heads == N_HEADS // N_KEY_VALUE_HEADS
        assert 1 <= group.n_places <= group.n_heads
        for number, weights in zip(group.heads, group.attention_weights, strict=True):
            expected = attention.head(forward, 1, int(number)).attention_weights[query, : query + 1]
            np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-7)


def test_the_loaded_network_comes_first_and_is_not_listed_twice():
    names = list(grouped_query.networks(CARD))
    assert names[0] == CARD.name
    assert len(names) == 1 + len(grouped_query.KNOWN_NETWORKS)
    as_known = replace(CARD, name="GPT-2")
    networks = grouped_query.networks(as_known)
    assert len(networks) == len(grouped_query.KNOWN_NETWORKS)
    assert networks["GPT-2"].n_layers == CARD.n_layers


def test_every_known_network_can_be_divided_and_has_a_code_of_its_own():
    codes = set()
    for network in grouped_query.KNOWN_NETWORKS:
        grouped_query.check_division(network.n_heads, network.n_key_value_heads)
        assert network.dtype in grouped_query.BYTES
        codes.add(network.code)
    assert len(codes) == len(grouped_query.KNOWN_NETWORKS)


# Transformers


@pytest.mark.parametrize(("n_heads", "shared"), [(9, 3), (8, 8), (8, 1), (64, 8), (71, 1)])
def test_each_head_reads_what_transformers_repeats_for_it(n_heads, shared):
    torch = pytest.importorskip("torch")
    from transformers.models.llama.modeling_llama import repeat_kv

    numbered = torch.arange(shared)[None, :, None, None]
    repeated = repeat_kv(numbered, n_heads // shared)[0, :, 0, 0]
    assert grouped_query.readers(n_heads, shared).shared.tolist() == repeated.tolist()


@pytest.mark.parametrize("shared", [1, 2, 4])
def test_the_cache_of_transformers_takes_as_much(shared):
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM, DynamicCache

    config = tiny_config("llama", num_key_value_heads=shared)
    network, kept = AutoModelForCausalLM.from_config(config), DynamicCache(config=config)
    with torch.no_grad():
        network(torch.ones(2, 7, dtype=torch.long), past_key_values=kept, use_cache=True)
    n_bytes = sum(layer.keys.nbytes + layer.values.nbytes for layer in kept.layers)
    d_head = config.hidden_size // config.num_attention_heads
    cache = grouped_query.Cache(
        config.num_hidden_layers, config.num_attention_heads, shared, d_head, 7, 2, 4
    )
    assert cache.n_bytes == n_bytes


def test_what_a_run_keeps_is_what_the_formula_says():
    measured = grouped_query.measured(made(9))
    cache = grouped_query.Cache(N_LAYERS, N_HEADS, N_KEY_VALUE_HEADS, D_HEAD, 9, 1, 4)
    assert (measured.n_bytes, measured.n_tokens) == (cache.n_bytes, 9)
    assert measured.memory == cache.memory
    assert measured.memory_multi_head == cache.multi_head.memory


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("Llama 2 7B", {"vocab": 32_000, "d_model": 4096, "inner": 11_008, "tied": False}),
        ("Llama 2 70B", {"vocab": 32_000, "d_model": 8192, "inner": 28_672, "tied": False}),
        ("Llama 3 8B", {"vocab": 128_256, "d_model": 4096, "inner": 14_336, "tied": False}),
        ("Mistral 7B v0.3", {"vocab": 32_768, "d_model": 4096, "inner": 14_336, "tied": False}),
        ("SmolLM2-135M", {"vocab": 49_152, "d_model": 576, "inner": 1536, "tied": True}),
    ],
)
def test_the_parameters_of_known_networks_add_up(name, sizes):
    network = grouped_query.networks(CARD)[name]
    width, queries = sizes["d_model"], network.n_heads * network.d_head
    shared = network.n_key_value_heads * network.d_head
    in_attention = 2 * width * queries + 2 * width * shared
    in_layer = in_attention + 3 * width * sizes["inner"] + 2 * width
    embeddings = sizes["vocab"] * width * (1 if sizes["tied"] else 2)
    assert network.n_parameters == network.n_layers * in_layer + embeddings + width


# Refusals


@pytest.mark.parametrize(("n_heads", "shared"), [(9, 4), (9, 0), (9, 10), (9, -3)])
def test_heads_that_cannot_be_divided_are_refused(n_heads, shared):
    with pytest.raises(ValueError, match=f"divide n_heads, got {shared} and {n_heads}"):
        grouped_query.readers(n_heads, shared)


@pytest.mark.parametrize("name", ["n_layers", "d_head", "n_tokens", "n_people"])
def test_a_cache_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, got 0"):
        replace(CACHE, **{name: 0})


def test_a_run_without_keys_is_refused():
    with pytest.raises(ValueError, match="keys and values"):
        grouped_query.measured(made(3, keeps_weights=True))
