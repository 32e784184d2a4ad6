"""Cross-entropy, KL both ways and JS of two distributions, summand by summand."""

import numpy as np

from core import entropy

P = [1.0, 0.0]
Q = [0.8, 0.2]
INFO_UNIT = "nats"

found = entropy.compare(np.array(P, dtype=float), np.array(Q, dtype=float), INFO_UNIT)
sums = {
    "H(p, q)": (found.cross, found.cross_entropy),
    "KL(p‖q)": (found.forward, found.divergence),
    "KL(q‖p)": (found.backward, found.reverse_divergence),
    "JS": (found.middle, found.jensen_shannon),
}
for name, (summands, total) in sums.items():
    print(f"{name:>8} = {total:.4f} {INFO_UNIT}, the sum of {summands.round(4)}")
