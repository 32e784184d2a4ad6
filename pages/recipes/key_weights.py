"""Where a query looks in the sentence."""

from core import attention, relative
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6

forward = service.ready().forward_pass(TEXT)
looks = attention.head(forward, LAYER, HEAD)
weights = looks.attention_weights[ROW, : ROW + 1]
for token, weight in zip(forward.tokens, weights, strict=False):
    print(f"{token.visible:>16}  {weight:.4f}")
print("most read:", forward.tokens[relative.most_read(looks, ROW)].visible)
