"""A head's attention weights in sentence A and in sentence B, on a joint axis."""

from core import comparison
from core.model import service

PINNED = "The cats slept all day because it was very"
TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8

a, b = (service.ready().forward_pass(sentence) for sentence in (PINNED, TEXT))
alignment = comparison.align(a, b)
result = comparison.difference(a, b, alignment, LAYER, HEAD)
print(result.weights_a.round(4))
print(result.weights_b.round(4))
