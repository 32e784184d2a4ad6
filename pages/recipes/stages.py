"""The five stages of one head."""

from core import stages
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8

found = stages.stages(service.ready().forward_pass(TEXT), LAYER, HEAD)
for name in ("products", "scores", "masked", "attention_weights", "outputs"):
    print(name)
    print(getattr(found, name).round(3))
