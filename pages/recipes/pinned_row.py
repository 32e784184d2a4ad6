"""Where one token looks in sentence A and in sentence B, over the keys of both."""

from core import comparison
from core.model import service

PINNED = "The cats slept all day because it was very"
TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
JOINT_ROW = 7

a, b = (service.ready().forward_pass(sentence) for sentence in (PINNED, TEXT))
alignment = comparison.align(a, b)
result = comparison.difference(a, b, alignment, LAYER, HEAD)
weights_a = result.weights_a[JOINT_ROW, : JOINT_ROW + 1]
weights_b = result.weights_b[JOINT_ROW, : JOINT_ROW + 1]
for kind, weight_a, weight_b in zip(alignment.kinds, weights_a, weights_b, strict=False):
    print(f"{kind:>10}  {weight_a:.4f}  {weight_b:.4f}")
