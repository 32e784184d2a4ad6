"""The memory of the KV cache against the tokens, and where it outgrows the weights."""

from dataclasses import replace

from core import grouped_query

N_LAYERS = 30
N_HEADS = 9
N_KEY_VALUE_HEADS = 3
D_HEAD = 64
N_TOKENS = 8192
N_PEOPLE = 1
BYTES_PER_NUMBER = 4
N_PARAMETERS = 134515008

cache = grouped_query.Cache(
    N_LAYERS, N_HEADS, N_KEY_VALUE_HEADS, D_HEAD, N_TOKENS, N_PEOPLE, BYTES_PER_NUMBER
)
sizes = [replace(cache, n_tokens=2**power).n_bytes for power in range(21)]
for power, size in enumerate(sizes):
    print(f"{2**power:>9,} tokens: {grouped_query.in_units(size)}")
crossing = cache.tokens_within(N_PARAMETERS * BYTES_PER_NUMBER)
print(f"as large as the weights at {crossing:,} tokens")
