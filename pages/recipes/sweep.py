"""The distribution and its entropy by temperature, and the text's own cross-entropy."""

from core import surprisal, temperature
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
found = temperature.sweep(forward.logits, 12)
cross_entropy = surprisal.course(forward.surprisals).cross_entropy
for stop, bits, likely in zip(temperature.STOPS, found.entropies, found.probabilities, strict=True):
    print(f"T = {stop:<5} H = {bits:7.4f} bits ", *(f"{p:.4f}" for p in likely))
print(f"the text itself: {cross_entropy:.4f} bits a token")
