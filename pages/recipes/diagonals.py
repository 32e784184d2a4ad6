"""The score of one query and one key, with the query at every m and the key at every n."""

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
scores = relative.placed(vectors, 65)
for shift in range(0, 33, 8):
    query, key = shift + vectors.distance, shift
    print(f"query at {query}, key at {key}: {relative.placed(vectors, query + 1)[query, key]:.6f}")
print("largest difference along a diagonal:", np.abs(scores[1:, 1:] - scores[:-1, :-1]).max())
