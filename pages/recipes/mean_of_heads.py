"""The mean of several heads' attention weights."""

from core import lines
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
LENS = "raw"
HEADS = (8,)

forward = service.ready().forward_pass(TEXT)
weights = lines.mean_of_heads(forward, LAYER, HEADS, LENS).visible_weights
print(weights.round(4))
