"""The likeliest next tokens after sentence A and after sentence B."""

from core import comparison
from core.model import service

PINNED = "The cats slept all day because it was very"
TEXT = "The cat slept all day because it was very"

a, b = (service.ready().forward_pass(sentence) for sentence in (PINNED, TEXT))
likely = comparison.next_tokens(a, b, 8)
for place, token_id in enumerate(likely.token_ids):
    word = b.token(int(token_id)).visible
    print(f"{word:>16}  {likely.probabilities_a[place]:.4f}  {likely.probabilities_b[place]:.4f}")
