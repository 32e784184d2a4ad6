"""BPE, WordPiece and Unigram trained on the same words, compared at the same vocabulary sizes."""

from core import race
from core.model import long_run

TEXT = "The cat slept all day because it was very"
CORPUS = "both"
RACE_LENGTH = 1500
ENTRIES = 0

words = race.corpus(CORPUS, TEXT, race.sample(long_run.text(), RACE_LENGTH))
found = race.race(words, 60)
for stop, size in enumerate(found.sizes):
    print(f"{size:6} entries, tokens:", found.tokens_at(stop))
for name, standings in found.standings.items():
    print(name, *(" ".join(map(repr, cut)) for cut in standings[ENTRIES].cuts[:9]), sep="  ")
