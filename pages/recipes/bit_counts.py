"""How many tokens of a text cost how many bits, with mean and median."""

from core import surprisal
from core.model import long_run, service
from core.model.predictions import Predictions

TEXT = "The cat slept all day because it was very"  # None: the play that comes with Glassbox
N_MOST = 1024  # tokens

found = service.ready().ask(Predictions(TEXT or long_run.text(), n_most=N_MOST))
spread = surprisal.histogram(found.surprisals)
for low, count in zip(spread.edges, spread.counts, strict=False):
    print(f"from {low:4.0f} bits: {count:5} {'#' * int(count)}")
print(f"mean {spread.mean:.3f}, median {spread.median:.3f}")
