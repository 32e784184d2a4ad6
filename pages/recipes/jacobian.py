"""The Jacobian of the softmax: how each probability changes with each logit."""

import numpy as np

from core import softmax

Z = [2.0, 1.0, 0.5, -1.0]

table = softmax.jacobian(np.array(Z, dtype=float))
print(table.round(4))
print("sums of the rows", table.sum(axis=1).round(12))
