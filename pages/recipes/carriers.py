"""What each pair adds to the score of a query and a key at their own distance."""

import numpy as np

from core import relative
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6  # the query's position in the text
KEY = 1  # the key's

forward = service.ready().forward_pass(TEXT)
vectors = relative.of_run(forward, LAYER, HEAD, ROW, KEY)
parts = relative.by_distance(vectors, np.array([vectors.distance]))
for pair, adds in enumerate(parts.summands[:, 0]):
    print(f"pair {pair:>3}  {adds:>+10.4f}")
print(f"score {parts.scores[0]:.4f}")
