"""Perplexity of a long text up to each length, from its stored losses."""

from core import long_context
from core.model import long_run

TRAINED = 8192

stored = long_run.load()
found = long_context.perplexities(stored.surprisals)
inside = found.positions < TRAINED
for method, values in zip(stored.methods, found.values, strict=True):
    print(f"{method}: {values[inside][-1]:.1f} inside, {values[-1]:.1f} at the end")
