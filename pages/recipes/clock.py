"""Where the hand of each pair of RoPE points at a position."""

import numpy as np

from core import rope

D_HEAD = 64
BASE = 100000.0
POSITION = 6

angles = rope.spectrum(D_HEAD, BASE).angles(np.array([POSITION]))[0]
for pair, angle in enumerate(angles):
    print(f"pair {pair:>3}  {angle:>12.4f} radians  {angle / (2 * np.pi):>10.4f} turns")
