"""The distribution that the next token is drawn from."""

from core import sampling
from core.model import service

TEXT = "The cat slept all day because it was very"
TEMPERATURE = 1.0
TOP_K = 0
TOP_P = 0.9

forward = service.ready().forward_pass(TEXT)
result = sampling.sample_from(forward.logits, TEMPERATURE, TOP_K, TOP_P)
shown = result.ranking[:20]
before = result.tempered.probabilities[shown]
probabilities = result.final.probabilities[shown]
for token_id, probability in zip(shown, probabilities, strict=True):
    print(f"{forward.token(int(token_id)).visible:>16}  {probability:.4f}")
