"""A training of Unigram, round by round: vocabulary, tokens, loss, and what was given up."""

from core import unigram

TEXT = "The cat slept all day because it was very"
N_VOCAB = 60

words = unigram.words(TEXT)
training = unigram.train(words, max(N_VOCAB, unigram.least_vocab(words)))
print(f"{training.n_vocab[0]} entries, {training.n_tokens[0]} tokens")
for step in training.steps:
    print(f"{step.n_vocab} entries, {step.n_tokens} tokens, {step.loss:.4f} bits per character")
    for cost in step.pruned[:5]:
        print(f"    {cost.piece} -> {cost.parts}: {cost.bits:.2f} bits")
