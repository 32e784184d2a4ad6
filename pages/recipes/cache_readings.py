"""How many tokens go through the network to write new ones, with a KV cache and without."""

from core import key_value_cache

N_BEFORE = 256
N_TIMED = 16

readings = key_value_cache.readings(N_BEFORE, N_TIMED)
print(readings.with_cache, readings.without_cache)
print(readings.totals, readings.saved)
