"""The rounds of a beam search: the candidates of each step, and what became of them."""

from core import beam_search
from core.model import service
from core.model.beams import Beams

TEXT = "The cat slept all day because it was very"
WORLD = "sentence"
N_BEAMS = 3
N_STEPS = 6
LENGTH_PENALTY = 1.0

tables = {"greedy": beam_search.GREEDY_IS_WORSE, "wider": beam_search.WIDER_IS_WORSE}
if WORLD == "sentence":
    asked = Beams(TEXT, N_BEAMS, N_STEPS, LENGTH_PENALTY)
    found = service.ready().ask(asked).search
else:
    table = tables[WORLD]
    found = beam_search.search(table.read, N_BEAMS, table.n_new, length_penalty=LENGTH_PENALTY)
for step, one in enumerate(found.rounds, 1):
    for candidate in one.candidates:
        log_probability = candidate.hypothesis.log_probability
        print(step, candidate.fate, candidate.hypothesis.tokens, round(log_probability, 4))
