"""All pieces of a word with their bits, and the two best ways to cut it."""

from core import unigram
from core.tokenizer import trained

PIECE = "▁because"

lattice = unigram.lattice(PIECE, unigram.vocabulary_of(trained.pieces()))
for arc in lattice.arcs:
    print(f"{arc.start:>3} to {arc.stop:<3} {arc.piece:<18} {arc.bits:.3f} bits")
print(f"{lattice.n_ways} ways")
best = unigram.n_best(lattice, 2)
for way in best:
    print(*way.parts, f"{way.bits:.3f} bits")
