"""The mean length per symbol of the best code for blocks of k symbols."""

import numpy as np

from core import entropy

P = [0.9, 0.1]

found = entropy.blocks(np.array(P, dtype=float))
for size, length in enumerate(found.lengths, 1):
    print(f"k = {size}  {length:.4f} bits per symbol")
print(f"entropy {found.entropy:.4f} bits")
