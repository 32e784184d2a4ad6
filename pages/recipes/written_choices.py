"""The tokens that the network finds most likely after a text."""

from core import writing
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
choices = writing.choices(forward)
for token_id, probability in zip(choices.token_ids, choices.probabilities, strict=True):
    print(f"{forward.token(int(token_id)).visible:14} {probability:.4f}")
