"""How probable the right answer is when it was hidden in a long text."""

from core import long_context
from core.model import long_run, service
from core.model.switch import Needles

STRETCH = 2.0
LONGEST = 256
NEEDLE_METHOD = "none"

model = service.ready()
switches = dict(zip(long_run.METHODS, long_run.switches(model.status.model, STRETCH), strict=True))
lengths = long_context.lengths_up_to(LONGEST)
found = model.ask(Needles(long_run.text(), lengths, long_context.DEPTHS, switches[NEEDLE_METHOD]))
print(lengths)
print(found.probabilities.round(3))
