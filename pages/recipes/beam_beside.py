"""Greedy decoding, beam search and one draw: the bits of what each writes."""

import numpy as np

from core.model import service
from core.model.beams import Beams
from core.model.writing import Writing
from core.sampling import Step

TEXT = "The cat slept all day because it was very"
N_BEAMS = 3
N_STEPS = 6
LENGTH_PENALTY = 1.0

ask = service.ready().ask
found = ask(Beams(TEXT, N_BEAMS, N_STEPS, LENGTH_PENALTY)).search
print("beam", found.best.tokens, round(found.best_bits, 3))
for name, chain in (("greedy", (Step("temperature", 0.0),)), ("drawn", ())):
    written = ask(Writing(TEXT, N_STEPS, chain))
    print(name, written.ids, (-np.log2(written.probabilities)).sum().round(3))
