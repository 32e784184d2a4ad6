"""One sample, from its logits to its loss."""

import numpy as np

from core import cross_entropy

LOGITS = [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]  # a row for each sample
LABELS = [2, 0]  # −100: ignored
REDUCTION = "mean"
LABEL_SMOOTHING = 0.0
CLASS_WEIGHTS = ()  # none: 1 for each class
SAMPLE = 0

settings = cross_entropy.Settings(REDUCTION, LABEL_SMOOTHING, CLASS_WEIGHTS)
found = cross_entropy.loss(np.array(LOGITS), np.array(LABELS), settings)
print("e^z  ", found.exponentials[SAMPLE], "sum", found.sums[SAMPLE])
print("p    ", found.probabilities[SAMPLE])
print("aim  ", found.aims[SAMPLE])
print("terms", found.terms[SAMPLE], "sum", found.each[SAMPLE])
