"""What the same paragraph costs in each language, in each tokenizer."""

from core import languages
from core.model import service
from core.tokenizer import paragraphs, shelf

TEXT = "The cat slept all day because it was very"
MEASURE = "relative"

own = {languages.OWN: TEXT} if TEXT else {}
tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
texts = paragraphs.texts() | own
found = languages.costs(texts, paragraphs.known(tokenizers, texts))
values = found.of(MEASURE)
for language, row in zip(found.languages, values, strict=True):
    numbers = zip(found.tokenizers, row, strict=True)
    print(f"{language:>4}", *(f"{name}: {value:.2f}" for name, value in numbers), sep="  ")
