"""How many tokens of a conversation each of the writers has, and how many count in the loss."""

from core.chat_template import Turn
from core.model import chat, service

TURNS = (("user", "What is 2 + 3?"), ("assistant", "2 + 3 = 5."), ("user", "And 4 + 4?"))
PROMPTED = True

model = service.ready()
turns = [Turn(role, content) for role, content in TURNS]
if model.chat_template is None:
    found = chat.stored().by_prompted[PROMPTED]
else:
    found = chat.converse(model.chat_template, model.tokenizer, turns, PROMPTED)
counts, n_learnt = found.counts, found.n_in_loss
print(counts, f"{n_learnt} in the loss")
