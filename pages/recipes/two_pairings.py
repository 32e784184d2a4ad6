"""One query, turned under the half-split and the interleaved pairing."""

import numpy as np

from core import pairing, relative
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 8
POSITION = 8

forward = service.ready().forward_pass(TEXT)
vectors = relative.of_run(forward, LAYER, HEAD, ROW, ROW)
both = pairing.both(vectors.query, vectors.spectrum, np.array([POSITION]))
print("number      before  half-split  interleaved")
for place, row in enumerate(zip(both.before, both.halves[0], both.neighbours[0], strict=True)):
    print(f"{place:>6}  {row[0]:>10.4f}  {row[1]:>10.4f}  {row[2]:>11.4f}")
