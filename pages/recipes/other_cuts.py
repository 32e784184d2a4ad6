"""The bits of several cuts of the same string, and of all of them together."""

from core import bits_per_byte
from core.model import service
from core.model.windows import RowCosts

TEXT = "The cat slept all day because it was very"

model = service.ready()
forward = model.forward_pass(TEXT)
ids = [token.id for token in forward.tokens[: bits_per_byte.N_CUT]]
cuts = bits_per_byte.other_cuts(ids, forward.vocabulary)
found = bits_per_byte.marginal(model.ask(RowCosts(cuts.rows)).bits)
for kind, row, total in zip(cuts.kinds, cuts.rows, found.totals, strict=True):
    print(f"{kind:>10}, {len(row)} tokens: {total:.3f} bits")
print(f"together: {found.together:.4f} bits; the usual cut has {found.share:.3%} of it")
