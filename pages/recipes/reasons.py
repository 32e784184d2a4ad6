"""Characters, bytes and tokens of one paragraph in twelve languages, relative to English."""

from core import languages
from core.model import service
from core.tokenizer import paragraphs, shelf

CUT_BY = "cl100k_base"

tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
texts = paragraphs.texts()
found = languages.costs(texts, paragraphs.known(tokenizers, texts))
shares = found.shares(found.tokenizers.index(CUT_BY))
for language, characters, n_bytes, tokens in zip(found.languages, *shares, strict=True):
    print(f"{language}  characters {characters:.2f}  bytes {n_bytes:.2f}  tokens {tokens:.2f}")
