"""The same bits of a text, spread over the tokens of other tokenizers."""

from core import bits_per_byte
from core.model import long_run, service
from core.model.windows import TextCosts

OF = "The cat slept all day because it was very"  # None: the beginning of the play
COUNTS = {"bytes": 38, "cl100k_base": 8}  # tokens after the first, by tokenizer

n_most = None if OF else bits_per_byte.BEGINNING  # tokens
costs = service.ready().ask(TextCosts((OF or long_run.text(),), n_most))
recut = bits_per_byte.recut(float(costs.each[0].sum()), COUNTS)
for name, bits, value in zip(recut.names, recut.bits, recut.perplexities, strict=True):
    print(f"{name}: {bits:.3f} bits per token, perplexity {value:,.3f}")
