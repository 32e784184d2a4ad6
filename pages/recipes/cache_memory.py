"""The memory that the KV cache of the loaded network takes, by the formula."""

from core import key_value_cache
from core.model import service

card = service.ready().status.model
growth = key_value_cache.growth(card, None)
print(key_value_cache.bytes_per_token(card))
print(growth.formula.round(2))
