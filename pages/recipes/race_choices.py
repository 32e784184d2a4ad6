"""What BPE, WordPiece and Unigram can do next at a vocabulary size, the best first."""

from core import race
from core.model import long_run

TEXT = "The cat slept all day because it was very"
CORPUS = "both"
RACE_LENGTH = 1500
ENTRIES = 0

words = race.corpus(CORPUS, TEXT, race.sample(long_run.text(), RACE_LENGTH))
found = race.race(words, 60)
choices = {name: standings[ENTRIES].next for name, standings in found.standings.items()}
for name, options in choices.items():
    for one in options:
        print(f"{name:>10}  {one.piece!r:>12} {one.parts}  {one.count} times, {one.value:.5g}")
