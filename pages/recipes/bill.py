"""What so many such texts cost in several tokenizers, at a price for a million tokens."""

from core import tokens
from core.model import service
from core.tokenizer import shelf

TEXT = "The cat slept all day because it was very"
TOKENIZERS = ["model", "cl100k_base"]
PRICE = 0.5
N_TEXTS = 1_000_000

costs = {}
for name in TOKENIZERS:
    tokenizer = service.ready().tokenizer if name == "model" else shelf.ready(name)
    cut = tokenizer.cut(TEXT)
    costs[name] = tokens.count(TEXT, cut.starts, cut.stops).cost(PRICE, N_TEXTS)
    print(f"{name:<24} {costs[name]:>14,.4f}")
