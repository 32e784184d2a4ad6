"""A head's weights with the pairing that it was trained with, and with the other."""

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
print(change.before.attention_weights.round(3))
print(change.after.attention_weights.round(3))
print(f"{change.moved:.3f} of the weight lies on other keys")
