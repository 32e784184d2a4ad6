"""What the network writes greedily, with a remedy against repetition, and whether it loops."""

from core import repetition
from core.model import service
from core.model.writing import Writing
from core.sampling import Step

TEXT = "The cat slept all day because it was very"
WAY = "greedy"
PENALTY = 1.2
NGRAM = 3
N_LONG = 60
GRAM = 3

remedies = {
    "greedy": (),
    "penalty": (Step("repetition", PENALTY),),
    "ngram": (Step("no_repeat_ngram", NGRAM),),
}
chain = (*remedies[WAY], Step("temperature", 0.0))
trial = repetition.trial(WAY, service.ready().ask(Writing(TEXT, N_LONG, chain)), GRAM)
print(trial.written.text)
print(trial.loop, trial.share)
