"""All comparisons, or the named ones: python -m tests.bench [NAME...]

Prints a table and judges nobody: times of a shared machine are no test. The ratios are those of
the project's budgets, each measured side by side in one run.
"""

import importlib
import os
import sys
import time

from tests.bench.measure import Row

NAMES = (
    "passes",
    "atlas",
    "writing",
    "position",
    "surprisal",
    "splits",
    "slider",
    "paint",
    "drag",
    "keystroke",
    "start",
    "people",
    "memory",
)
WIDTHS = "{:<58} {:>10} {:>9}  {:<5} {}\n"


def show(*cells: str):
    """One line of the table, at once."""
    sys.stdout.write(WIDTHS.format(*cells))
    sys.stdout.flush()


def main(names: list[str]):
    """Measure what is named, in the table's order."""
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"no comparison is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    show("what", "ratio", "budget", "", "raw medians")
    started, busy = time.monotonic(), os.getloadavg()[0]
    for name in NAMES:
        if names and name not in names:
            continue
        row: Row
        for row in importlib.import_module(f"tests.bench.{name}").rows():
            show(row.what, f"{row.value:.4g}{row.unit}", row.limit, row.verdict, row.raw)
    took = time.monotonic() - started
    sys.stdout.write(
        f"{took:.0f} s on {os.cpu_count()} cores; {busy:.1f} of them were busy before it began\n"
    )


main(sys.argv[1:])
