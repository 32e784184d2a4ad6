"""How long each written token takes with a KV cache and without."""

from core import key_value_cache
from core.model import long_run, service
from core.model.cache_timing import CacheTiming

TEXT = None  # None: the beginning of the play
N_BEFORE = 256
N_TIMED = 16

asked = CacheTiming(TEXT or long_run.text(), N_BEFORE, N_TIMED)
speeds = key_value_cache.speeds(service.ready().ask(asked))
print(speeds.with_cache.round(1))
print(speeds.without_cache.round(1))
