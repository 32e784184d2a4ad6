"""Two or more things timed in turns, A B A B, so that a busy machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio, or an amount with its unit, beside its budget."""

    what: str
    value: float
    budget: float | None  # None: for information
    raw: str  # the medians behind it
    is_floor: bool = False  # the budget is the least that it should be, not the most
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Whether the budget is kept."""
        if self.budget is None:
            return ""
        kept = self.value >= self.budget if self.is_floor else self.value <= self.budget
        return "ok" if kept else "over"

    @property
    def limit(self) -> str:
        """The budget, in words."""
        if self.budget is None:
            return ""
        return f"{'≥' if self.is_floor else '≤'} {self.budget:g}{self.unit}"


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turns(actions: dict[str, Callable[[], float]], n: int) -> dict[str, list[float]]:
    """What the actions return, each called n times in turns, forwards and backwards by turns."""
    found: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(n):
        for name in list(actions)[:: -1 if turn % 2 else 1]:
            found[name].append(actions[name]())
    return found


def compared(
    what: str, budget: float | None, found: dict[str, list[float]], one: str, other: str
) -> Row:
    """The median of the turns' ratios: a slow minute of the machine is in both parts of a turn.

    How far the ratio wanders is in the raw part, beside the two medians.
    """
    ratios = [a / b for a, b in zip(found[one], found[other], strict=True)]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    raw = ", ".join(f"{name} {1000 * statistics.median(found[name]):.4g} ms"
                    for name in (one, other))  # fmt: skip
    raw += f"; half of the turns {low:.2g}-{high:.2g}"
    return Row(what, ratio, budget, raw)


def share_95(values: list[float]) -> float:
    """What 95 of a hundred values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
