"""The distribution that the next token is drawn from."""

from core import sampling
from core.model import service

TEXT = "The cat slept all day because it was very"
STEPS = (("temperature", 1.0, ()), ("top_k", 50, ()), ("top_p", 0.9, ()))  # name, value, biases
N_WRITTEN = 9  # of the last tokens, those that count as written

forward = service.ready().forward_pass(TEXT)
ids = tuple(token.id for token in forward.tokens)
steps = [sampling.Step(*step) for step in STEPS]
context = sampling.Context(ids, len(ids) - N_WRITTEN)
result = sampling.pipeline(forward.logits, steps, context)
shown = result.watched(20)
before = result.raw.probabilities[shown]
probabilities = result.final.probabilities[shown]
for token_id, *numbers in zip(shown, before, probabilities, strict=True):
    print(f"{forward.token(int(token_id)).visible:>16}", *(f"{number:.4f}" for number in numbers))
