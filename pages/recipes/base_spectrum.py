"""How many positions each pair needs for a turn: as a network was trained, and with a base."""

from core import relative, rope
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 8
D_HEAD = 64
BASE = 10000.0

forward = service.ready().forward_pass(TEXT)
trained = relative.of_run(forward, LAYER, HEAD, ROW, ROW).spectrum
other = rope.spectrum(D_HEAD, BASE)
for pair, wavelengths in enumerate(zip(trained.wavelengths, other.wavelengths, strict=True)):
    print(f"pair {pair:>3}  {wavelengths[0]:>12,.1f} {wavelengths[1]:>12,.1f} positions per turn")
