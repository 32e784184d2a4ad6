"""Tokens drawn by inverse CDF, their expected counts, and a chi-square test."""

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
test = draws.chi_square(found.counts, found.probabilities)
rows = zip(found.ids[:16], found.expected, found.deviations, found.counts, strict=False)
for token_id, expected, deviation, count in rows:
    print(
        f"{forward.token(int(token_id)).visible:>16} {expected:9.1f} ± {deviation:4.1f} {count:6}"
    )
print(f"chi-square {test.value:.2f}, {test.degrees} degrees of freedom, p = {test.p_value:.4f}")
