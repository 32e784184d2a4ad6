"""The runs of late, kept within a number of bytes; the one not asked for the longest goes first."""

import threading
from collections import OrderedDict

from core.model.forward_pass import ForwardPass


class Results:
    """Runs by their text. Safe to use from several threads."""

    def __init__(self, n_bytes: int):
        self.limit = n_bytes
        self.n_bytes = 0
        self._by_text: OrderedDict[str, ForwardPass] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> ForwardPass | None:
        """The run over the text, if it is still kept."""
        with self._lock:
            forward = self._by_text.get(text)
            if forward is not None:
                self._by_text.move_to_end(text)
            return forward

    def keep(self, forward: ForwardPass):
        """Keep a run, and let go of the oldest ones that no longer fit. One is always kept."""
        with self._lock:
            before = self._by_text.pop(forward.text, None)
            self.n_bytes += forward.n_bytes - (before.n_bytes if before else 0)
            self._by_text[forward.text] = forward
            while self.n_bytes > self.limit and len(self._by_text) > 1:
                _, oldest = self._by_text.popitem(last=False)
                self.n_bytes -= oldest.n_bytes
