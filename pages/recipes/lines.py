"""The strongest weights of the heads of a layer, as pairs of positions."""

from core import lines
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
LENS = "raw"
HEADS = (8,)

found = lines.lines(service.ready().forward_pass(TEXT), LAYER, LENS)
for head in HEADS:
    one = found[head]
    for query, key, weight in zip(one.queries, one.keys, one.weights, strict=True):
        print(f"head {head}: {query:>4} -> {key:>4}  {weight:.4f}")
