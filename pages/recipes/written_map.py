"""The attention weights over a sentence and its continuation."""

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
print(trace.written)
print(trace.looks.visible_weights.round(4))
