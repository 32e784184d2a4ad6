"""Where one token looks: its attention weights over the tokens up to itself."""

from core import attention
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
LENS = "raw"
ROW = 7

forward = service.ready().forward_pass(TEXT)
weights = attention.through(LENS, forward, LAYER, HEAD).attention_weights[ROW, : ROW + 1]
for token, weight in zip(forward.tokens, weights, strict=False):
    print(f"{token.visible:>16}  {weight:.4f}")
