"""How long the values of one head are, before and after its part of the output projection."""

from core import attention
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8

carried = attention.carried(service.ready().forward_pass(TEXT), LAYER, HEAD)
print(carried.value_norms.round(3))
print(carried.output_norms.round(3))
