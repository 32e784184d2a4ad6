"""A real query's weights with the scale that it was trained with, and as if with two others."""

from core import scaling
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 7

forward = service.ready().forward_pass(TEXT)
comparison = scaling.compare_head(forward, LAYER, HEAD)
for name, weighing in vars(comparison).items():
    print(f"{name} (q·k · {weighing.scale:.4g}), mean entropy {weighing.entropy:.2f} bits")
    weights = weighing.attention_weights[ROW, : ROW + 1]
    for token, weight in zip(forward.tokens, weights, strict=False):
        print(f"{token.visible:>16}  {weight:.4f}")
