"""What the outcomes of a distribution cost, and the mean of it."""

import numpy as np

from core import entropy

P = [0.5, 0.25, 0.125, 0.125]
INFO_UNIT = "bits"

found = entropy.information(np.array(P, dtype=float), INFO_UNIT)
for p, cost, summand in zip(P, found.costs, found.summands, strict=True):
    print(f"p = {p:.4f}  costs {cost:.4f}  adds {summand:.4f}")
print(f"entropy {found.entropy:.4f} {INFO_UNIT}, at most {found.maximum:.4f}")
