"""The perplexity of several texts together, and what it is not."""

from core import perplexity
from core.model import service
from core.model.windows import TextCosts

TEXT = "The cat slept all day because it was very"
OTHERS = ("Colourless green ideas sleep furiously.",)

costs = service.ready().ask(TextCosts((TEXT, *OTHERS)))
corpus = perplexity.corpus(costs.each)
print("each alone:", corpus.perplexities.round(3))
print(f"together: {corpus.perplexity:,.3f}")
print(f"the average of the perplexities, which is none: {corpus.mean_of_perplexities:,.3f}")
