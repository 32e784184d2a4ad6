"""What a repetition penalty does to the logits of the sentence's own tokens."""

from core import repetition
from core.model import service

TEXT = "The cat slept all day because it was very"
PENALTY = 1.2
SHOWN = 16

forward = service.ready().forward_pass(TEXT)
found = repetition.penalised(forward, PENALTY, SHOWN)
for number, before, after in zip(found.ids, found.before, found.after, strict=True):
    print(forward.token(int(number)).visible, before.round(3), after.round(3))
