"""The answers of late, kept within a number of bytes; the one unasked the longest goes first."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Answer(Protocol):
    """What the model was asked for, ready to be shared."""

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""


class Results:
    """Answers by what was asked. Safe to use from several threads."""

    def __init__(self, n_bytes: int):
        self.limit = n_bytes
        self.n_bytes = 0
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Answer | None:
        """The answer, if it is still kept."""
        with self._lock:
            answer = self._kept.get(asked)
            if answer is not None:
                self._kept.move_to_end(asked)
            return answer

    def latest(self, n: int) -> list[Answer]:
        """The runs over texts that were asked for last, the latest first; longer questions not."""
        with self._lock:
            of_texts = [answer for asked, answer in self._kept.items() if isinstance(asked, str)]
        return of_texts[: -n - 1 : -1]

    def keep(self, asked: Hashable, answer: Answer):
        """Keep an answer, and let go of the oldest that no longer fit. One is always kept."""
        with self._lock:
            before = self._kept.pop(asked, None)
            self.n_bytes += answer.n_bytes - (before.n_bytes if before else 0)
            self._kept[asked] = answer
            while self.n_bytes > self.limit and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self.n_bytes -= oldest.n_bytes
