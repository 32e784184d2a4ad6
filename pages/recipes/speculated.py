"""A text that is written with proposals looked up in the text itself."""

from core import speculative
from core.model import service
from core.model.writing import Speculation
from core.sampling import Step

TEXT = "The cat slept all day because it was very"
N_SPECULATED = 60
N_AHEAD = 5
MANNER = "greedy"

chain = (Step("temperature", 0.0),) if MANNER == "greedy" else ()
asked = Speculation(TEXT, N_SPECULATED, N_AHEAD, chain)
account = speculative.Account(service.ready().ask(asked))
print(account.speculated.text)
print(account.n_passes, account.per_pass, account.acceptance)
print(account.fates)
