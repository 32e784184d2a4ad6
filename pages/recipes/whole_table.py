"""How long all rows of the embedding matrix are, and one token's cosine with every other one."""

from core.model import service
from core.model.embedding_table import COSINE_EDGES, Neighbours

TEXT = "The cat slept all day because it was very"
CHOSEN = 1
IS_CENTRED = False

model = service.ready()
token_id = model.tokenizer.ids(TEXT)[CHOSEN]
found = model.ask(Neighbours((token_id,), is_centred=IS_CENTRED))
norms, cosines = found.norm_counts, found.cosine_counts[0]
for low, high, n in zip(found.norm_edges, found.norm_edges[1:], norms, strict=False):
    print(f"length {low:6.3f} to {high:6.3f}: {n}")
for low, high, n in zip(COSINE_EDGES, COSINE_EDGES[1:], cosines, strict=False):
    print(f"cosine {low:6.2f} to {high:6.2f}: {n}")
print(f"mean cosine of all pairs: {found.mean_cosine:.4f}")
