"""The stored losses of a long text, averaged over a window, for each position encoding."""

from core import long_context
from core.model import long_run

WIDTH = 512

stored = long_run.load()
found = long_context.windowed(stored.surprisals, WIDTH)
for method, values in zip(stored.methods, found.values, strict=True):
    print(method, values[[0, len(values) // 2, -1]].round(3))
