"""Tokens in a corpus over the size of the vocabulary, merging by likelihood and by frequency."""

from core import wordpiece

TEXT = "The cat slept all day because it was very"
N_MERGES = 60

words = wordpiece.words(TEXT, split_ideographs=False)
trainings = {
    criterion: wordpiece.train(words, N_MERGES, criterion=criterion)
    for criterion in wordpiece.CRITERIA
}
for criterion, training in trainings.items():
    print(criterion)
    for n_vocab, n_tokens in zip(training.n_vocab, training.n_tokens, strict=True):
        print(f"{n_vocab:>6} symbols {n_tokens:>8} tokens")
