"""The gradients of two losses while the label's own logit goes from far below to far above."""

import numpy as np

from core import softmax

Z = [2.0, 1.0, 0.5, -1.0]
ANSWER = 0

found = softmax.saturation(np.array(Z, dtype=float), ANSWER)
for place in range(0, softmax.N_PLACES, 20):
    print(
        f"z = {found.logits[place]:7.2f}  p = {found.probabilities[place]:.4f}"
        f"  cross-entropy {found.cross_entropy[place]:+.4f}"
        f"  squared error {found.squared_error[place]:+.4f}"
    )
