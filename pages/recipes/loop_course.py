"""The bits of each written token: greedy, with a repetition penalty, with a ban on n-grams."""

from core import repetition
from core.model import service
from core.model.writing import Writing
from core.sampling import Step

TEXT = "The cat slept all day because it was very"
PENALTY = 1.2
NGRAM = 3
N_LONG = 60
GRAM = 3

for remedy in ((), (Step("repetition", PENALTY),), (Step("no_repeat_ngram", NGRAM),)):
    chain = (*remedy, Step("temperature", 0.0))
    written = service.ready().ask(Writing(TEXT, N_LONG, chain))
    print(repetition.trial("", written, GRAM).bits.round(2))
