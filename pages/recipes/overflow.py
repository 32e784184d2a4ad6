"""The softmax of the same logits with a constant added, in 32 bits, computed in two ways."""

import numpy as np

from core import softmax

Z = [2.0, 1.0, 0.5, -1.0]

found = softmax.shifts(np.array(Z, dtype=float))
for constant, naive, stable in zip(found.constants, found.naive, found.stable, strict=True):
    print(f"c = {constant:+5.0f}  as it stands {naive.round(4)}  stable {stable.round(4)}")
