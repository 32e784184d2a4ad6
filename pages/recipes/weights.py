"""Attention weights of one head, one row per query and one column per key."""

from core import attention
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
LENS = "raw"

forward = service.ready().forward_pass(TEXT)
weights = attention.through(LENS, forward, LAYER, HEAD).visible_weights
print(weights.round(4))
