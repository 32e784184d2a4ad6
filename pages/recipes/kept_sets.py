"""How many tokens top-p keeps, by temperature, for several p."""

from core import temperature
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
n_kept = temperature.sweep(forward.logits, 12).n_kept
print("p =", *temperature.SHARES)
for stop, counts in zip(temperature.STOPS, n_kept, strict=True):
    print(f"T = {stop:<5}", *counts)
