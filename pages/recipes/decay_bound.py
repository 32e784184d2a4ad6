"""The size of a score over distance, and the bound that it never exceeds (RoFormer eq. 37)."""

import numpy as np

from core import relative
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6  # the query's position in the text
KEY = 1  # the key's
SPAN = 256

forward = service.ready().forward_pass(TEXT)
vectors = relative.of_run(forward, LAYER, HEAD, ROW, KEY)
course = relative.by_distance(vectors, np.arange(SPAN + 1))
for distance, score, bound in zip(course.distances, course.scores, course.bounds, strict=True):
    print(f"{distance:>5}  |score| {abs(score):>10.4f}  bound {bound:>12.4f}")
print(f"the bound is at least {course.slack:.1f} times larger")
