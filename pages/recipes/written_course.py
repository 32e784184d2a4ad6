"""What each token of a branch cost, −log₂ p, beside the entropy, the cost to be expected."""

from core import writing
from core.model import service
from core.model.writing import Writing

TEXT = "The cat slept all day because it was very"
TREE = "3~m0_t1.0_k50_p0.9~b0.0.0.FVaAAeAkCAG0"
BRANCH = 0

tree, model = writing.from_words(TREE), service.ready()
answers = [
    model.ask(Writing(TEXT, 0, branch.manner.chain, branch.manner.seed, tree.path(number)))
    for number, branch in enumerate(tree.branches)
]
passage = writing.passage(tree, answers, BRANCH)
for token, bits, entropy, rank in zip(
    passage.answer.tokens, passage.bits, passage.answer.entropies, passage.answer.ranks, strict=True
):
    print(f"{token.visible:14} {bits:8.3f} {entropy:8.3f} {rank:6}")
print(f"{passage.per_token:.3f} bits per token, a perplexity of {passage.perplexity:.3f}")
