"""How many positions each pair of RoPE needs for a full turn."""

from core import rope

D_HEAD = 64
BASE = 100000.0
CONTEXT_LENGTH = 8192

spectrum = rope.spectrum(D_HEAD, BASE)
for pair, wavelength in enumerate(spectrum.wavelengths):
    print(f"pair {pair:>3}  {wavelength:>14,.1f} positions per turn")
print(spectrum.count_unfinished(CONTEXT_LENGTH), "pairs never finish a turn in the context")
