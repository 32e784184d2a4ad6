"""The row of the embedding matrix that the network reads in place of a token."""

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
strip = embedding.rows(found, 0, min(N_NEIGHBOURS, 2))
for point, numbers in zip([*strip.points, None], strip.numbers, strict=True):
    name = "mean of all rows" if point is None else found.points[point].visible
    print(f"{name:>16}  {numbers}")
