"""What each token of a text cost the model, in bits, and the mean so far."""

from core import surprisal
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
course = surprisal.course(forward.surprisals)
for token, bits, mean in zip(
    forward.tokens[1:], course.surprisals, course.running_mean, strict=True
):
    print(f"{token.visible:>16}  {bits:7.3f}  mean so far {mean:.3f}")
print(f"perplexity {course.perplexity:.3f}")
