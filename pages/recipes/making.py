"""The merges that lead to an entry of a vocabulary of bytes."""

from core import bpe
from core.model import service
from core.tokenizer import shelf
from core.tokens import Token

TOKENIZER = "cl100k_base"
TOKEN_ID = 1606

tokenizer = service.ready().tokenizer if TOKENIZER == "model" else shelf.ready(TOKENIZER)
token = Token(TOKEN_ID, tokenizer.bytes_of(TOKEN_ID))
print(token.visible, token.bytes.hex(" ").upper())
merges = ()
if bpe.suits(tokenizer.card):
    merges = bpe.encode(token.bytes, bpe.vocabulary(tokenizer).rule).merges
for merge in merges:
    print(f"{merge.rank:>7}  {merge.left!r} + {merge.right!r}")
