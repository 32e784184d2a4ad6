"""What each token of a text cost the model, what it expected, and the mean so far."""

from core import surprisal
from core.model import long_run, service
from core.model.predictions import Predictions

TEXT = "The cat slept all day because it was very"  # None: the play that comes with Glassbox
N_MOST = 1024  # tokens

found = service.ready().ask(Predictions(TEXT or long_run.text(), n_most=N_MOST))
course = surprisal.course(found.surprisals, found.entropies)
for token, bits, expected, mean in zip(
    found.tokens[1:], course.surprisals, course.entropies, course.running_mean, strict=True
):
    print(f"{token.visible:>16}  {bits:7.3f}  expected {expected:6.3f}  mean so far {mean:.3f}")
print(f"perplexity {course.perplexity:.3f}")
