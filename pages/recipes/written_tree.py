"""A tree of what was written after a text: each branch with its probabilities and ranks."""

from core import writing
from core.model import service
from core.model.writing import Writing

TEXT = "The cat slept all day because it was very"
TREE = "3~m0_t1.0_k50_p0.9~b0.0.0.FVaAAeAkCAG0"

tree, model = writing.from_words(TREE), service.ready()
answers = [
    model.ask(Writing(TEXT, 0, branch.manner.chain, branch.manner.seed, tree.path(number)))
    for number, branch in enumerate(tree.branches)
]
passages = [writing.passage(tree, answers, number) for number in range(len(tree))]
for branch, passage in zip(tree.branches, passages, strict=True):
    print(f"from place {branch.place}: {passage.answer.text!r}, {-passage.total:.2f} bits")
    for place in range(branch.place, branch.end):
        token, p = passage.answer.tokens[place], passage.answer.probabilities[place]
        print(f"{place:4} {token.visible:14} {p:.4f} {passage.answer.ranks[place]:6}")
