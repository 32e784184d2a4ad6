"""The tokens of a text, with their numbers and bytes."""

from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
n_bytes = [len(token.bytes) for token in forward.tokens]
for token in forward.tokens:
    print(f"{token.id:>8}  {token.visible:<16}  {token.bytes.hex(' ').upper()}")
