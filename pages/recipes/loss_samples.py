"""What each sample contributes to the loss, and what torch.nn.CrossEntropyLoss returns."""

import numpy as np

from core import cross_entropy

LOGITS = [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]  # a row for each sample
LABELS = [2, 0]  # −100: ignored
REDUCTION = "mean"
LABEL_SMOOTHING = 0.0
CLASS_WEIGHTS = ()  # none: 1 for each class

settings = cross_entropy.Settings(REDUCTION, LABEL_SMOOTHING, CLASS_WEIGHTS)
found = cross_entropy.loss(np.array(LOGITS), np.array(LABELS), settings)
print("each      ", found.each)
print("returned  ", found.returned)
print("perplexity", found.perplexity)
