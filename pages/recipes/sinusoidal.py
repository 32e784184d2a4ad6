"""The sinusoidal position table of the first Transformer."""

from core import absolute

N_POSITIONS = 128
D_MODEL = 128

positions = absolute.sinusoidal(N_POSITIONS, D_MODEL)
print(positions.round(3))
