"""How many times likelier one token is than another, by temperature."""

from core import temperature
from core.model import service

TEXT = "The cat slept all day because it was very"
ODDS_ONE = 1  # rank
ODDS_OTHER = 2

forward = service.ready().forward_pass(TEXT)
ids = temperature.sweep(forward.logits, 12).ids
one, other = (float(forward.logits[ids[rank - 1]]) for rank in (ODDS_ONE, ODDS_OTHER))
powers = [temperature.odds(one - other, stop) for stop in temperature.STOPS]
for stop, power in zip(temperature.STOPS, powers, strict=True):
    print(f"T = {stop:<5} odds = 10^{power:.3f}")
