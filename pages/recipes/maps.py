"""The numbers that sum up every head of the network over a text."""

from core import atlas
from core.model import service
from core.model.questions import RepeatedTokens

TEXT = "The cat slept all day because it was very"

model = service.ready()
whole = atlas.atlas(model.forward_pass(TEXT), model.ask(RepeatedTokens()))
for name in atlas.METRICS:
    print(name)
    print(whole.metric(name).round(3))
