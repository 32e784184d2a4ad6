"""input_ids and labels as transformers is given them, and what each position then predicts."""

from core import self_supervision
from core.model import service

TEXT = "The cat slept all day because it was very"
N_GIVEN = 0  # tokens of a prompt that is not to be learnt

forward = service.ready().forward_pass(TEXT)
shift = self_supervision.shift([token.id for token in forward.tokens], N_GIVEN)
print("input_ids    ", shift.inputs)
print("labels       ", shift.labels)
print("targets      ", shift.targets)
print("shifted twice", shift.twice)
