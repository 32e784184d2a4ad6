"""The memory of the KV cache with as many key-value heads as heads, with fewer, and with one."""

from core import grouped_query

N_LAYERS = 30
N_HEADS = 9
N_KEY_VALUE_HEADS = 3
D_HEAD = 64
N_TOKENS = 8192
N_PEOPLE = 1
BYTES_PER_NUMBER = 4

cache = grouped_query.Cache(
    N_LAYERS, N_HEADS, N_KEY_VALUE_HEADS, D_HEAD, N_TOKENS, N_PEOPLE, BYTES_PER_NUMBER
)
for one in (cache.multi_head, cache, cache.multi_query):
    print(f"{one.n_key_value_heads:>4} KV heads: {one.n_bytes:>20,} bytes = {one.memory}")
