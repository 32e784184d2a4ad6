"""A head's weights with the base that it was trained with, and with another."""

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
print(change.before.attention_weights.round(3))
print(change.after.attention_weights.round(3))
print(f"{change.moved:.3f} of the weight lies on other keys")
