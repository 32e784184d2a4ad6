"""The perplexity of a text while the probability of one token goes to 0."""

from core import perplexity
from core.model import service

TEXT = "The cat slept all day because it was very"
PLACE = 0  # of the token among the predicted ones

forward = service.ready().forward_pass(TEXT)
found = perplexity.impossible(forward.surprisals, PLACE)
for probability, value in zip(perplexity.STOPS, found.perplexities, strict=True):
    print(f"p = {probability:.0e}: {value:,.3f}")
