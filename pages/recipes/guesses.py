"""The tokens that the model found most likely at a place of a text, and the one that came."""

from core import surprisal
from core.model import long_run, service
from core.model.predictions import Predictions

TEXT = "The cat slept all day because it was very"  # None: the play that comes with Glassbox
N_MOST = 1024  # tokens
PLACE = 2  # of the token, from 1: the first token has no prediction

found = service.ready().ask(Predictions(TEXT or long_run.text(), n_most=N_MOST))
target = found.target_at(PLACE)
choice = surprisal.guesses(
    found.tokens[PLACE].id,
    float(found.probabilities[target]),
    found.best_ids[target],
    found.best_probabilities[target],
)
for guess, probability in enumerate(choice.probabilities):
    name = found.token(int(choice.token_ids[guess])).visible
    print(f"{name:>16}  {probability:.5f}{'  came' if guess == choice.own else ''}")
print(f"{'all others':>16}  {choice.rest:.5f}")
print(f"{found.surprisals[target]:.3f} bits, rank {found.ranks[target]}")
