"""What a text costs in several tokenizers."""

from core import tokens
from core.model import service
from core.tokenizer import shelf

TEXT = "The cat slept all day because it was very"
TOKENIZERS = ["model", "cl100k_base"]
METRIC = "n_tokens"

found = {}
for name in TOKENIZERS:
    tokenizer = service.ready().tokenizer if name == "model" else shelf.ready(name)
    cut = tokenizer.cut(TEXT)
    found[name] = tokens.count(TEXT, cut.starts, cut.stops)
    print(f"{name:<24} {getattr(found[name], METRIC):>10.4g}")
