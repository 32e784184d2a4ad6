"""Dot products of the rows of the sinusoidal table: they depend on the distance alone."""

from core import absolute

N_POSITIONS = 128
D_MODEL = 128

table = absolute.table(N_POSITIONS, D_MODEL)
for distance, (mean, spread) in enumerate(zip(table.means, table.spreads, strict=True)):
    print(f"distance {distance:>3}: {mean:+.4f}  largest − smallest {spread:.0e}")
