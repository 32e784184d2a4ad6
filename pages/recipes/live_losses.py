"""Losses along a long text, with position encodings put into the network for one run each."""

from core import long_context
from core.model import long_run, service
from core.model.switch import LongLosses

TEXT = None  # None: the play that comes with Glassbox
STRETCH = 2.0
LONGEST = 1024
WIDTH = 512

model = service.ready()
switches = long_run.switches(model.status.model, STRETCH)
losses = model.ask(LongLosses(TEXT or long_run.text(), switches, LONGEST))
found = long_context.windowed(losses.surprisals, WIDTH)
for method, values in zip(long_run.METHODS, found.values, strict=True):
    print(f"{method}: {values[-1]:.3f} bits per token")
