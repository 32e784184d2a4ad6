"""1/p of each token of a text, and its two means: the geometric one is the perplexity."""

from core import perplexity
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
found = perplexity.branching(forward.surprisals)
for token, factor in zip(forward.tokens[1:], found.factors, strict=True):
    print(f"{token.visible:>16}  1/p = {factor:,.2f}")
for name, base in perplexity.BASES.items():
    print(f"base {name}: perplexity {found.in_base(base).perplexity:,.6f}")
print(f"arithmetic mean {found.arithmetic:,.3f}")
