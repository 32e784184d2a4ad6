"""How much of the weights goes to the first token, the rest of the sentence, and what is new."""

from core import decoding
from core.model import service
from core.model.questions import Continuation

TEXT = "The cat slept all day because it was very"
N_NEW = 16
LAYER = 13
HEAD = 8
WRITTEN_BY = "head"

continued = service.ready().ask(Continuation(TEXT, N_NEW))
trace = decoding.trace(continued, LAYER, HEAD if WRITTEN_BY == "head" else None)
shares = trace.shares
for step, parts in enumerate(shares):
    print(step, *(f"{name} {share:.3f}" for name, share in zip(decoding.PARTS, parts, strict=True)))
