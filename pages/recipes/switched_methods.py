"""Mean bits per token of a text under every method of position interpolation."""

from core import switched
from core.model import service
from core.model.switch import LongLosses

TEXT = "The cat slept all day because it was very"
SWITCHED_BY = 2.0

model = service.ready()
forward = model.forward_pass(TEXT)
every = switched.methods(forward.model, SWITCHED_BY, len(forward.tokens))
encodings = tuple(map(switched.switch, every))
losses = model.ask(LongLosses(TEXT, encodings, len(forward.tokens)))
costs = switched.costs(switched.METHODS, losses.surprisals)
for name, mean in zip(costs.methods, costs.means, strict=True):
    print(f"{name:>10}  {mean:.4f} bits per token")
