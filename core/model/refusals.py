"""Why a text is not run. Pages put these into words; the numbers are attributes."""

from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText

__all__ = [
    "Busy",
    "Cancelled",
    "EmptyText",
    "NotFinite",
    "RunFailed",
    "TextTooLong",
    "Unanswerable",
    "UnusableText",
]


class Unanswerable(ValueError):
    """The question makes no sense for this network, or the network cannot be looked into so."""


class NotFinite(ArithmeticError):
    """The network's results are infinite or not numbers, as happens in too narrow a data type."""


class RunFailed(RuntimeError):
    """The run broke off. `reason` is no_memory or failed."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Cancelled(Exception):
    """Nobody waits for the run any more."""


class Busy(RuntimeError):
    """Too many texts are waiting already."""

    def __init__(self, n_waiting: int):
        super().__init__(f"{n_waiting} texts are waiting")
        self.n_waiting = n_waiting
