"""Two networks with different tokens over one text: the bits so far, and the bits per byte."""

from core import divergence
from core.model import second, service
from core.model.contrast import Reading

TEXT = "The cat slept all day because it was very"
NETWORK = ""  # B's: a name out of second.offered(); none: the loaded one again

model = service.ready()
other = second.ready(NETWORK) if NETWORK else model
along = divergence.along_bytes(*(one.ask(Reading(TEXT)) for one in (model, other)))
for one in along:
    print(one.so_far.round(1))
    print(f"{one.bits_per_byte:.4f} bits per byte, {one.bits_per_token:.3f} per token")
