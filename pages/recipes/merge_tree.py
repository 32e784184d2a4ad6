"""The merges of a word in a real vocabulary, and what the longest match would make of it."""

from core import bpe
from core.model import service
from core.tokenizer import shelf

TOKENIZER = "cl100k_base"
PIECE = " Sometime"

own = service.ready().tokenizer
tokenizer = own if own.card.name == TOKENIZER else shelf.ready(TOKENIZER)
vocabulary = bpe.vocabulary(tokenizer)
both = bpe.both_ways(PIECE.encode("utf-8"), vocabulary, tokenizer)
for merge in both.encoding.merges:
    print(f"{merge.rank:>7}  {merge.left!r} + {merge.right!r}")
print("by rank:", *both.encoding.cut())
print("longest match:", *both.greedy)
