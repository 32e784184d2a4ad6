"""How much every head's rows differ between sentence A and sentence B."""

from core import comparison
from core.model import service

PINNED = "The cats slept all day because it was very"
TEXT = "The cat slept all day because it was very"
LAYER = 13

a, b = (service.ready().forward_pass(sentence) for sentence in (PINNED, TEXT))
alignment = comparison.align(a, b)
layers = comparison.surveyed_layers(alignment, b.model.n_layers, LAYER)
survey = comparison.survey(a, b, alignment, layers)
print(survey.distances.round(3))
print(survey.furthest)
