"""The cosines between the first tokens of some words."""

from core import embedding
from core.model import service
from core.model.embedding_table import Neighbours

WORDS = ("hello", " hello", "Hello", " Hello", " hi", " cat")
IS_CENTRED = False

model = service.ready()
first = tuple(model.tokenizer.ids(word)[0] for word in WORDS)
cosines = embedding.among(model.ask(Neighbours(first, 0, IS_CENTRED)))
for token_id, row in zip(dict.fromkeys(first), cosines, strict=True):
    spelled = model.tokenizer.bytes_of(token_id)
    print(f"{spelled!r:>12} ", *(f"{cosine:6.3f}" for cosine in row))
