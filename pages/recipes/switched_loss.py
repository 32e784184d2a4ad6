"""What each token costs with the network's own turning speeds, and with those of a method."""

from core import switched
from core.model import service
from core.model.switch import Switched

TEXT = "The cat slept all day because it was very"
SWITCHED_TO = "linear"  # one of switched.METHODS
SWITCHED_BY = 2.0

model = service.ready()
forward = model.forward_pass(TEXT)
every = switched.methods(forward.model, SWITCHED_BY, len(forward.tokens))
encoding = switched.switch(every[switched.METHODS.index(SWITCHED_TO)])
change = switched.change(forward, model.ask(Switched(TEXT, encoding)), 0, 0)
both = change.before.surprisals, change.after.surprisals
for token, before, after in zip(forward.tokens[1:], *both, strict=True):
    print(f"{token.visible:>16}  {before:.3f} → {after:.3f} bits")
print(f"mean {change.before.mean:.3f} → {change.after.mean:.3f} bits per token")
