"""A conversation in tokens, as the model's own template writes it, and who wrote each token."""

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
for token, kind, learnt in zip(found.cut.tokens, found.kinds, found.in_loss, strict=True):
    print(f"{token.id:>8}  {token.visible:<16}  {kind:<10}{'  in the loss' if learnt else ''}")
