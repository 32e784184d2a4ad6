"""A head of layer 0 on a text and on the same tokens in another order."""

from core import absolute
from core.model import service

TEXT = "The cat slept all day because it was very"
HEAD = 8
SEED = 0
ROTATED = False  # True: with RoPE
CAUSAL = False  # True: under the causal mask

forward = service.ready().forward_pass(TEXT)
order = absolute.order(len(forward.tokens), SEED)
found = absolute.shuffled(forward, HEAD, order, is_rotated=ROTATED, is_causal=CAUSAL)
print("order", order)
print(found.put_back.round(3))
print(f"largest change of a weight: {found.largest_change:.2g}")
