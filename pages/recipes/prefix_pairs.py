"""The pairs of a text, and what each costs the model."""

from core import self_supervision
from core.model import service

TEXT = "The cat slept all day because it was very"
N_GIVEN = 0  # tokens of a prompt that is not to be learnt

forward = service.ready().forward_pass(TEXT)
lesson = self_supervision.lesson(forward.surprisals, N_GIVEN)
words = [token.visible for token in forward.tokens]
for place, (loss, counts) in enumerate(zip(lesson.losses, lesson.counts, strict=True), 1):
    print(f"{loss:8.4f}", "  " if counts else "- ", " ".join(words[:place]), "→", words[place])
print("mean:", lesson.mean, "nats,", lesson.bits, "bits")
