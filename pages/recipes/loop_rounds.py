"""The probabilities of the greedy loop, one row a round."""

from core import repetition
from core.model import service
from core.model.writing import Writing
from core.sampling import Step

TEXT = "The cat slept all day because it was very"
N_LONG = 60
GRAM = 3

written = service.ready().ask(Writing(TEXT, N_LONG, (Step("temperature", 0.0),)))
rounds = repetition.rounds(repetition.trial("greedy", written, GRAM))
print("no loop" if rounds is None else rounds.probabilities.round(3))
