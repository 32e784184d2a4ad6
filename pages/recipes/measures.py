"""Each stage in numbers: tokens kept, mass removed, entropy, choices, divergence."""

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
measures = [
    (stage.n_kept, stage.removed_mass, stage.entropy, stage.n_choices, stage.divergence)
    for stage in result.stages
]
for stage, numbers in zip(result.stages, measures, strict=True):
    name = stage.step.name if stage.step else "logits"
    print(f"{name:>16}", *(f"{number:12.4f}" for number in numbers))
