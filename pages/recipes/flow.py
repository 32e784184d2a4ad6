"""All of the probability after each stage: the likeliest tokens, and how much was removed."""

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
shown = result.watched(8)
probabilities = [stage.probabilities[shown] for stage in result.stages]
removed = [stage.removed_mass for stage in result.stages]
print("tokens", *(forward.token(int(token_id)).visible for token_id in shown))
for stage, parts, mass in zip(result.stages, probabilities, removed, strict=True):
    name = stage.step.name if stage.step else "logits"
    print(f"{name:>16}", *(f"{part:.4f}" for part in parts), f"removed {mass:.4f}")
