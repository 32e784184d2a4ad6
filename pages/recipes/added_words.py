"""A text with more and more words added to a tokenizer."""

from core import vocabulary_extension
from core.model import service
from core.tokenizer import shelf

TOKENIZER = "cl100k_base"
CHINESE = "今天天气很好，我们一起去公园"
D_MODEL = 576
N_ADDED = 10

own = service.ready().tokenizer
tokenizer = own if own.card.name == TOKENIZER else shelf.ready(TOKENIZER)
extension = vocabulary_extension.extend(tokenizer, CHINESE, 60)
added = extension.words[:N_ADDED]
for word, saved in zip(added, extension.saved, strict=False):
    print(f"{word.text}: {word.n_occurrences} times, saves {saved} tokens")
print(extension.n_tokens[0], "tokens become", extension.n_tokens[len(added)])
print(len(added) * D_MODEL, "new numbers in the embedding, untrained")
