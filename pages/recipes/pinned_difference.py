"""What changes in a head's attention weights from sentence A to sentence B, on a joint axis."""

from core import comparison
from core.model import service

PINNED = "The cats slept all day because it was very"
TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8

a, b = (service.ready().forward_pass(sentence) for sentence in (PINNED, TEXT))
alignment = comparison.align(a, b)
change = comparison.difference(a, b, alignment, LAYER, HEAD).change
print(alignment.kinds)
print(change.round(4))
