"""Which key-value head each query head reads."""

from core import grouped_query

N_HEADS = 9
N_KEY_VALUE_HEADS = 3

readers = grouped_query.readers(N_HEADS, N_KEY_VALUE_HEADS)
for head, shared in enumerate(readers.shared):
    mistake = readers.by_remainder[head]
    print(f"query head {head:>3} reads KV head {shared:>3}; the remainder would be {mistake:>3}")
