"""Two numbers about every head of the network over a text."""

from core import atlas
from core.model import service
from core.model.questions import RepeatedTokens

TEXT = "The cat slept all day because it was very"
ACROSS = "sink"
UP = "previous"

model = service.ready()
whole = atlas.atlas(model.forward_pass(TEXT), model.ask(RepeatedTokens()))
across, up = whole.metric(ACROSS), whole.metric(UP)
for layer, head in whole.ranking(UP):
    print(f"L{layer}H{head}: {ACROSS} {across[layer, head]:.3f}, {UP} {up[layer, head]:.3f}")
