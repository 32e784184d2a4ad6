"""What one token takes from each key, under the causal mask and under another one."""

from core import masks
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 7
MASK = "prefix"  # or bidirectional, causal, window, padding, cache
SIZE = 5
SIDE = "left"

forward = service.ready().forward_pass(TEXT)
allowed = masks.of_kind(MASK, len(forward.tokens), SIZE, SIDE)
result = masks.under(forward, LAYER, HEAD, allowed)
row = result.row(ROW)
causal, weights = result.causal_weights[row], result.attention_weights[row]
for token, before, after in zip(forward.tokens, causal, weights, strict=True):
    print(f"{token.visible:>16}  {before:.4f}  {after:.4f}")
