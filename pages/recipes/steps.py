"""The pieces of a text after each step of a tokenizer, before any token is looked for."""

from core import pre_tokenisation
from core.model import service
from core.tokenizer import shelf

TEXT = "I'm 12345.67 years OLD, isn't it?"
TOKENIZER = "cl100k_base"

tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
by_name = {one.card.name: one for one in tokenizers}
tokenizer = by_name.get(TOKENIZER, tokenizers[0])
found = pre_tokenisation.through(TEXT, tokenizer)
for step in found:
    print(step.name, [step.words(piece) for piece in range(len(step))])
print("tokens", [token.visible for token in tokenizer.cut(TEXT).tokens])
