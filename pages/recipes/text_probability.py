"""The probability of each beginning of a text, and its N-th root."""

from core import perplexity
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
found = perplexity.prefixes(forward.surprisals)
for n, (power, root) in enumerate(zip(found.powers, found.roots, strict=True), 1):
    print(f"N = {n}: P = 10^{power:.3f}, P^(-1/N) = {root:,.3f}")
