"""What each token costs with the base of the training, and with another."""

from core import pairing, rope
from core.model import service
from core.model.switch import Switch, Switched

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
D_HEAD = 64
BASE = 10000.0

model = service.ready()
forward = model.forward_pass(TEXT)
frequencies = rope.spectrum(D_HEAD, BASE).frequencies
switch = Switch(tuple(frequencies.tolist()), forward.model.rope_factor)
change = pairing.change(forward, model.ask(Switched(TEXT, switch)), LAYER, HEAD)
pairs = zip(forward.tokens[1:], change.surprisals_before, change.surprisals_after, strict=True)
for token, before, after in pairs:
    print(f"{token.visible:>16}  {before:.3f} → {after:.3f} bits")
print(f"mean {change.loss_before:.3f} → {change.loss_after:.3f} bits per token")
