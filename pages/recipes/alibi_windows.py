"""How many of the nearest keys hold 90 % and 99 % of each head's weight, at equal scores."""

from core import alibi

N_HEADS = 9
N_KEYS = 1024

slopes = alibi.slopes(N_HEADS)
windows = {share: alibi.window(slopes, N_KEYS, share) for share in (0.9, 0.99)}
for share, counts in windows.items():
    print(f"{share:.0%}:", *counts)
