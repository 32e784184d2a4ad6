"""The likeliest tokens' numbers: logit, divided by the temperature, filtered, probability."""

from core import sampling
from core.model import service

TEXT = "The cat slept all day because it was very"
TEMPERATURE = 1.0
TOP_K = 0
TOP_P = 0.9

forward = service.ready().forward_pass(TEXT)
result = sampling.sample_from(forward.logits, TEMPERATURE, TOP_K, TOP_P)
shown = result.ranking[:10]
logits, tempered = result.raw.logits[shown], result.tempered.logits[shown]
filtered, probabilities = result.final.logits[shown], result.final.probabilities[shown]
for token_id, *numbers in zip(shown, logits, tempered, filtered, probabilities, strict=True):
    print(f"{forward.token(int(token_id)).visible:>16}", *(f"{number:9.4f}" for number in numbers))
