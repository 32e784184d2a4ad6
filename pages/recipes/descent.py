"""Gradient descent on the logits: z minus the rate times (p − y), step by step."""

import numpy as np

from core import softmax

Z = [2.0, 1.0, 0.5, -1.0]
ANSWER = 0
LEARNING_RATE = 1.0
N_DESCENT = 40

course = softmax.descend(np.array(Z, dtype=float), ANSWER, LEARNING_RATE, N_DESCENT)
for step, (logits, loss) in enumerate(zip(course.logits, course.losses, strict=True)):
    print(f"step {step:2}  loss {loss:.4f} nats  logits {logits.round(3)}")
