"""The tokens whose embeddings point most nearly where that of one token does."""

from core import embedding
from core.model import service
from core.model.embedding_table import Neighbours

TEXT = "The cat slept all day because it was very"
CHOSEN = 1
N_NEIGHBOURS = 6
IS_CENTRED = False

model = service.ready()
token_id = model.tokenizer.ids(TEXT)[CHOSEN]
found = model.ask(Neighbours((token_id,), is_centred=IS_CENTRED))
near = embedding.nearest(found, 0, N_NEIGHBOURS)
for place, cosine in zip(near.points, near.cosines, strict=True):
    print(f"{found.points[place].visible:>16}  {cosine:.4f}")
print(f"on average with all others: {found.mean_cosines[0]:.4f}")
