"""The memory of the KV cache: by the formula, and what was kept while a text was written."""

from core import key_value_cache
from core.model import long_run, service
from core.model.cache_timing import CacheTiming

TEXT = None  # None: the beginning of the play
N_BEFORE = 256
N_TIMED = 16

model = service.ready()
times = model.ask(CacheTiming(TEXT or long_run.text(), N_BEFORE, N_TIMED))
growth = key_value_cache.growth(model.status.model, times)
print(key_value_cache.bytes_per_token(model.status.model))
print(growth.formula.round(2))
print(growth.measured_at, growth.measured.round(3))
