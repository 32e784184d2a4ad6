"""Why a text is not run. Pages put these into words; the numbers are attributes."""


class EmptyText(ValueError):
    """There is not a single token in the text."""


class TextTooLong(ValueError):
    """The text is longer than what is run."""

    def __init__(self, count: int, limit: int, unit: str):
        super().__init__(f"the text has {count:,} {unit}, the limit is {limit:,}")
        self.count = count
        self.limit = limit
        self.unit = unit  # tokens or characters


class UnusableText(ValueError):
    """The tokenizer cannot take the text, for example for half of a character (a surrogate)."""


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
