"""A paragraph of one language as one tokenizer cuts it."""

from core.languages import OWN
from core.model import service
from core.tokenizer import paragraphs, shelf
from core.tokens import Token

TEXT = "The cat slept all day because it was very"
TONGUE = "zh"
CUT_BY = "cl100k_base"

tokenizers = [service.ready().tokenizer, *map(shelf.packaged, shelf.coming_along())]
texts = paragraphs.texts() | ({OWN: TEXT} if TEXT else {})
cuttings = {one.name: one for one in paragraphs.known(tokenizers, texts)}
parts = cuttings[CUT_BY].cuts.get(TONGUE, ())
print(" ".join(Token(place, part).visible for place, part in enumerate(parts)) or "not cut")
