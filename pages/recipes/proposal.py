"""What would be proposed after the sentence."""

from core import speculative
from core.model import service

TEXT = "The cat slept all day because it was very"
N_AHEAD = 5

forward = service.ready().forward_pass(TEXT)
found = speculative.example([token.id for token in forward.tokens], N_AHEAD)
print(found)
for part in (found.before, found.following):
    print([token.visible for token in forward.tokens[slice(*part)]] if part else "nothing")
