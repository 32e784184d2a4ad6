"""The softmax of a few logits, the loss of the label, and the gradient p − y."""

import numpy as np

from core import softmax

Z = [2.0, 1.0, 0.5, -1.0]
ANSWER = 0

found = softmax.gradient(np.array(Z, dtype=float), ANSWER)
for z, p, slope in zip(Z, found.probabilities, found.of_logits, strict=True):
    print(f"z = {z:7.2f}  p = {p:.4f}  p − y = {slope:+.4f}")
print(f"loss {found.loss:.4f} nats")
