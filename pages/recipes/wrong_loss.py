"""What each token costs with the pairing of the training, and with the other."""

from core import pairing
from core.model import service
from core.model.switch import Switch, Switched

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8

model = service.ready()
forward = model.forward_pass(TEXT)
card = forward.model
switch = Switch(card.rope_frequencies, card.rope_factor, "neighbours")
change = pairing.change(forward, model.ask(Switched(TEXT, switch)), LAYER, HEAD)
pairs = zip(forward.tokens[1:], change.surprisals_before, change.surprisals_after, strict=True)
for token, before, after in pairs:
    print(f"{token.visible:>16}  {before:.3f} → {after:.3f} bits")
print(f"mean {change.loss_before:.3f} → {change.loss_after:.3f} bits per token")
