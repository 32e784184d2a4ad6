"""A head's weights with the network's own turning speeds, and with those of a method."""

from core import switched
from core.model import service
from core.model.switch import Switched

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
SWITCHED_TO = "linear"  # one of switched.METHODS
SWITCHED_BY = 2.0

model = service.ready()
forward = model.forward_pass(TEXT)
every = switched.methods(forward.model, SWITCHED_BY, len(forward.tokens))
encoding = switched.switch(every[switched.METHODS.index(SWITCHED_TO)])
change = switched.change(forward, model.ask(Switched(TEXT, encoding)), LAYER, HEAD)
print(change.before.attention_weights.round(3))
print(change.after.attention_weights.round(3))
print(f"share that moved: {change.moved:.4f}")
