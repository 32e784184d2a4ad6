"""How one weight comes about: the terms of the product and the row's exponentials."""

from core import stages
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 6
KEY = 1

found = stages.stages(service.ready().forward_pass(TEXT), LAYER, HEAD)
cell = stages.cell(found, ROW, KEY)
print(cell.exponentials.round(4))
print("product", round(cell.product, 4), "score", round(cell.score, 4))
print(
    "weight",
    round(cell.weight, 4),
    "=",
    round(cell.exponentials[KEY], 4),
    "/",
    round(cell.denominator, 4),
)
