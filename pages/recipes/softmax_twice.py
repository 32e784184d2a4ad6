"""The loss, and the loss with the softmax taken twice: their courses, and what they teach."""

import numpy as np

from core import cross_entropy

LOGITS = [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]  # a row for each sample
SAMPLE = 0
LABEL = 2
N_STEPS = 100
RATE = 1.0

row = np.array(LOGITS[SAMPLE])
course = cross_entropy.course(row, LABEL)
right, twice = (
    cross_entropy.descend(row, LABEL, N_STEPS, RATE, is_twice=is_twice)
    for is_twice in (False, True)
)
for lead, one, other in zip(course.leads[::5], course.right[::5], course.twice[::5], strict=True):
    print(f"{lead:6.1f} {one:8.4f} {other:8.4f}")
print("never below", cross_entropy.lowest_twice(len(row)))
print("probability of the label at the end:", right[-1], twice[-1])
