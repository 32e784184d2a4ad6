"""How u picks a token: the first one whose cumulated probability lies beyond it."""

from core import draws, sampling
from core.model import service

TEXT = "The cat slept all day because it was very"
STEPS = (("temperature", 1.0, ()), ("top_k", 50, ()), ("top_p", 0.9, ()))  # name, value, biases
N_WRITTEN = 9  # of the last tokens, those that count as written
N_DRAWS = 1000
SEED = 0

forward = service.ready().forward_pass(TEXT)
ids = tuple(token.id for token in forward.tokens)
steps = [sampling.Step(*step) for step in STEPS]
context = sampling.Context(ids, len(ids) - N_WRITTEN)
result = sampling.pipeline(forward.logits, steps, context)
found = draws.draw(result.final, N_DRAWS, SEED)
ends = found.cumulated
for u, place in zip(found.uniforms[:40], found.places, strict=False):
    token = forward.token(int(found.ids[place]))
    print(f"u = {u:.4f} hits {token.visible}, which ends at {ends[place]:.4f}")
