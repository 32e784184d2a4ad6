"""A query and a key in the planes of some pairs, before RoPE turns them and at a position."""

import numpy as np

from core import relative, rope
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6
PAIRS = (0, 16, 31)
POSITION = 6

forward = service.ready().forward_pass(TEXT)
vectors = relative.of_run(forward, LAYER, HEAD, ROW, ROW)
planes = rope.planes(vectors.query, vectors.key, vectors.spectrum, PAIRS, np.array([POSITION]))
for place, pair in enumerate(PAIRS):
    angle = POSITION * planes.spectrum.frequencies[place]
    print(f"pair {pair}, turned by {angle:.4f} radians")
    print("  query", planes.query[place].round(4), "→", planes.queries[0, place].round(4))
    print("  key  ", planes.key[place].round(4), "→", planes.keys[0, place].round(4))
