"""A training of byte pair encoding, merge by merge."""

from core import bpe

TEXT = "The cat slept all day because it was very"
UNIT = "characters"
N_MERGES = 60

training = bpe.train(bpe.words(TEXT, UNIT), N_MERGES)
for step in training.steps:
    left, right = step.pair
    print(
        f"{left!r} + {right!r}: {step.count} times; {step.n_vocab} symbols, {step.n_tokens} tokens"
    )
