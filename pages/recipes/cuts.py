"""The best cuts of a word, with their probabilities, and how often each is drawn."""

from core import unigram
from core.tokenizer import trained

PIECE = "▁because"
SMOOTHING = 0.5
SEED = 0
N_DRAWN = 1000

lattice = unigram.lattice(PIECE, unigram.vocabulary_of(trained.pieces()))
marginals = unigram.marginals(lattice, SMOOTHING)
drawn = unigram.sample(marginals, N_DRAWN, SEED)
best = unigram.n_best(lattice, 10)
shares = [marginals.share_of(way) for way in best]
for way, share in zip(best, shares, strict=True):
    print(f"{share:.5f}  drawn {drawn[way.parts]:>5} times  ", *way.parts)
