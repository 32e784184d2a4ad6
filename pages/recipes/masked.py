"""A head's attention weights under a mask that it was not trained with."""

from core import masks
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
MASK = "prefix"  # or bidirectional, causal, window, padding, cache
SIZE = 5
SIDE = "left"

forward = service.ready().forward_pass(TEXT)
allowed = masks.of_kind(MASK, len(forward.tokens), SIZE, SIDE)
weights = masks.under(forward, LAYER, HEAD, allowed).visible_weights
print(allowed.astype(int))
print(weights.round(3))
