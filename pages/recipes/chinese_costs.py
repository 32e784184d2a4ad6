"""What Chinese characters cost in the tokenizers at hand."""

from core import vocabulary_extension
from core.model import service
from core.tokenizer import shelf

TOKENIZERS = ["model", "cl100k_base"]
CHINESE = "今天天气很好，我们一起去公园"

own = service.ready().tokenizer
tokenizers = [own if name in ("model", own.card.name) else shelf.ready(name) for name in TOKENIZERS]
writings = [vocabulary_extension.writing(tokenizer.cut(CHINESE)) for tokenizer in tokenizers]
for writing in writings:
    print(f"{writing.name}: {writing.tokens_per_character:.2f} tokens per Chinese character")
    for kind, share in zip(vocabulary_extension.KINDS, writing.shares, strict=False):
        print(f"  {kind:>8}  {share:.1%}")
