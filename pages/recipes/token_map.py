"""The tokens of a text and their neighbours on a map of two or three principal components."""

from core import embedding
from core.model import service
from core.model.embedding_table import Neighbours

TEXT = "The cat slept all day because it was very"
CHOSEN = 1
N_NEIGHBOURS = 6
N_AXES = 2
IS_CENTRED = False

model = service.ready()
token_ids = embedding.around(tuple(model.tokenizer.ids(TEXT)), CHOSEN, 24)
found = model.ask(Neighbours(token_ids, is_centred=IS_CENTRED))
placed = embedding.token_map(found, N_NEIGHBOURS, N_AXES)
for point, place in zip(placed.points, placed.axes.coordinates, strict=True):
    print(f"{found.points[point].visible:>16} ", *(f"{number:8.4f}" for number in place))
print("share of the variance:", placed.axes.shares)
print(f"the nearest point is the true one for {placed.faithful:.0%} of the tokens")
