"""The search for the longest beginnings of a word, try by try."""

from core import wordpiece
from core.tokenizer import shelf

TOKENIZER = "wordpiece"
WORD = "because"

name = TOKENIZER if TOKENIZER in shelf.TRAINED else "wordpiece"
vocabulary = wordpiece.vocabulary(shelf.packaged(name))
search = wordpiece.search(WORD, vocabulary.entries)
for one in search.tries:
    print(f"{one.start:>4}  {one.piece:<24} {'found' if one.is_known else '-'}")
print(*search.pieces)
