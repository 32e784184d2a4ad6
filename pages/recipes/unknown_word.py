"""A word that no pieces can spell, and how far the search comes."""

from core import wordpiece
from core.tokenizer import shelf

TOKENIZER = "wordpiece"
WORD = "snow☃man"

name = TOKENIZER if TOKENIZER in shelf.TRAINED else "wordpiece"
vocabulary = wordpiece.vocabulary(shelf.packaged(name))
search = wordpiece.search(WORD, vocabulary.entries)
for one in search.tries:
    print(f"{one.start:>4}  {one.piece:<24} {'found' if one.is_known else '-'}")
print(*search.pieces)
