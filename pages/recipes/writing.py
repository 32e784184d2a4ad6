"""Where the network looks at each step of writing, and what it chooses from."""

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
for step, probabilities in enumerate(trace.probabilities):
    likely = [trace.forward.token(int(number)).visible for number in trace.candidates[step]]
    print(step, *(f"{name} {p:.3f}" for name, p in zip(likely, probabilities, strict=True)))
    print(trace.attention_weights[step].round(3))
