"""What each pair adds to the score of a query and a key, over distance."""

import numpy as np

from core import relative
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6  # the query's position in the text
KEY = 1  # the key's
SPAN = 256
STEP = 1  # positions from one distance to the next

forward = service.ready().forward_pass(TEXT)
vectors = relative.of_run(forward, LAYER, HEAD, ROW, KEY)
parts = relative.by_distance(vectors, np.arange(0, SPAN + 1, STEP))
for distance, summands in zip(parts.distances, parts.summands.T, strict=True):
    print(f"{distance:>5}", *(f"{adds:+.2f}" for adds in summands))
