"""The logits that penalties and a bias move: from where to where."""

from core import sampling
from core.model import service

TEXT = "The cat slept all day because it was very"
STEPS = (("repetition", 1.2, ()), ("temperature", 1.0, ()))  # name, value, biases
N_WRITTEN = 9  # of the last tokens, those that count as written
PENALISED = 40  # of the tokens that were moved most

forward = service.ready().forward_pass(TEXT)
ids = tuple(token.id for token in forward.tokens)
steps = [sampling.Step(*step) for step in STEPS]
context = sampling.Context(ids, len(ids) - N_WRITTEN)
moved = sampling.pipeline(forward.logits, steps, context).moved(PENALISED)
for number, before, after in zip(moved.ids, moved.before, moved.after, strict=True):
    print(forward.token(int(number)).visible, before.round(3), after.round(3))
