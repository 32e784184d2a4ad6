"""A training of WordPiece, merge by merge, with the score and the frequency of each pair."""

from core import wordpiece

TEXT = "The cat slept all day because it was very"
CRITERION = "likelihood"
N_MERGES = 60

words = wordpiece.words(TEXT, split_ideographs=False)
training = wordpiece.train(words, N_MERGES, criterion=CRITERION)
print(f"{training.n_vocab[0]} symbols, {training.n_tokens[0]} tokens")
for step in training.steps:
    left, right = step.pair
    print(
        f"{left!r} + {right!r}: {step.count} times, score {step.score:.6f};"
        f" {step.n_vocab} symbols, {step.n_tokens} tokens"
    )
