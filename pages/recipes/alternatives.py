"""How many pieces of a text each alternative of a tokenizer's regular expression cuts."""

from core import pre_tokenisation
from core.model import service
from core.tokenizer import shelf

TEXT = "I'm 12345.67 years OLD, isn't it?"
TOKENIZER = "cl100k_base"

tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
by_name = {one.card.name: one for one in tokenizers}
last = pre_tokenisation.through(TEXT, by_name.get(TOKENIZER, tokenizers[0]))[-1]
for alternative, count in zip(last.alternatives, last.counts, strict=True):
    print(f"{count:>5}  {alternative.kind:<12} {alternative.pattern}")
