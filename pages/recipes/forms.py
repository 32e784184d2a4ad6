"""The same word alone, after white space and in capitals: the tokens of each."""

from core import pre_tokenisation
from core.model import service
from core.tokenizer import shelf
from core.tokens import Token

WORD = "hello"
TOKENIZER = "cl100k_base"

tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
by_name = {one.card.name: one for one in tokenizers}
tokenizer = by_name.get(TOKENIZER, tokenizers[0])
cuts = [tokenizer.cut(form) for form in pre_tokenisation.variants(WORD)]
for cut in cuts:
    shown = Token(0, cut.text.encode()).visible
    print(f"{shown:<12}", *(f"{token.visible} {token.id}" for token in cut.tokens), sep="  ")
