"""A second network beside the loaded one, so that two can be compared: on request, one for all.

At most one is in memory. Whoever asks for another has the present one put away first. Which ones
visitors may ask for is the host's to say: GLASSBOX_SECOND_MODELS lists names of a hub's models and
local folders, separated by commas; "off" allows none. Nothing is fetched before somebody asks.

    second.request("openai-community/gpt2")      # returns at once; look() tells how far it is
    service = second.service_of("openai-community/gpt2")   # None until it was asked for
    service.ask(question); service.tokenizer     # as of the loaded network: see service.py
"""

import atexit
import gc
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.model import hub, sources
from core.model.service import NotReady, Service, Status
from core.model.sources import Folder, HubModel, Source, SourceError
from core.storage import hugging_face

VARIABLE = "GLASSBOX_SECOND_MODELS"
OFF = "off"
USUAL = (
    "HuggingFaceTB/SmolLM2-135M",
    "HuggingFaceTB/SmolLM2-360M-Instruct",
    "openai-community/gpt2",
    "Qwen/Qwen2.5-0.5B",
)
LARGEST = 2_000_000_000  # bytes of files; in float32 the numbers of a 16-bit file take twice that
KEPT_BYTES = 64 * 2**20  # of answers
NEVER = (86_400.0,)  # seconds until a failed attempt is made again by itself
DRAINING_SECONDS = 60.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Standing:
    """The network that was asked for last, and how far it is."""

    name: str
    status: Status

    @property
    def state(self) -> str:
        """on_its_way, ready, failed or stopped."""
        known = ("ready", "failed", "stopped")
        return self.status.state if self.status.state in known else "on_its_way"

    @property
    def reason(self) -> str:
        """When failed: one of fetching.REASONS, or too_large."""
        return self.status.error.reason if self.status.error else ""


_lock = threading.Lock()
_present: list[tuple[str, Service]] = []  # none or one


def offered() -> dict[str, Source]:
    """The networks that may be asked for, by name; a folder by its own, without its path."""
    words = os.environ.get(VARIABLE, ",".join(USUAL)).strip()
    if words.lower() == OFF:
        return {}
    listed = (_source(word.strip()) for word in words.split(",") if word.strip())
    return {sources.name_of(source): source for source in listed}


def look() -> Standing | None:
    """The network that was asked for last; None before the first was."""
    with _lock:
        return Standing(_present[0][0], _present[0][1].status) if _present else None


def service_of(name: str) -> Service | None:
    """The service of a network if it is the one that was asked for last, loaded or not."""
    with _lock:
        return _present[0][1] if _present and _present[0][0] == name else None


def request(name: str):
    """Have a network fetched and loaded in the background, in place of the present one.

    One that is there or on its way stays; one that failed is tried again.

    Raises:
        KeyError: it is not among those that are offered.
    """
    source = offered()[name]
    with _lock:
        former = _present[0] if _present else None
        if former and former[0] == name and former[1].status.state != "stopped":
            if former[1].status.state == "failed":
                former[1].retry()
            return
        if former is None:
            atexit.register(put_away)
        wait = _waiting_for(former[1] if former else None)
        made = Service(lambda: _checked(source, wait), KEPT_BYTES, NEVER)
        _present[:] = [(name, made)]


def ready(name: str, patience: float = 600.0) -> Service:
    """The service of a network, asked for and waited for: for programs.

    Raises:
        KeyError: it is not among those that are offered.
        SourceError: the network cannot be had.
        NotReady: it is not there after `patience` seconds, or another was asked for meanwhile.
    """
    request(name)
    service, end = service_of(name), time.monotonic() + patience
    while service.status.state != "ready":
        if service.status.state == "failed":
            raise service.status.error
        if service.status.state == "stopped" or time.monotonic() > end:
            raise NotReady(service.status)
        time.sleep(POLL_SECONDS)
    return service


def put_away():
    """Stop the present one, and let go of it."""
    with _lock:
        former = [service for _, service in _present]
        _present.clear()
    for service in former:
        service.drain(DRAINING_SECONDS)
    _let_go()


def _waiting_for(former: Service | None) -> Callable[[], None]:
    """What the next worker does first: two networks are never in memory at once.

    Not done by whoever asks: the run of a page would stand still until the former has stopped.
    """
    waits = [] if former is None else [former]

    def wait():
        while waits:
            waits.pop().drain(DRAINING_SECONDS)
            _let_go()

    if former is not None:
        former.drain(timeout=0.0)  # it hears of it now
    return wait


def _let_go():
    """Collect what was kept out of the garbage collection when the former network was loaded."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _source(word: str) -> Source:
    path = Path(word).expanduser()
    looks_like_path = path.is_absolute() or word.startswith((".", "~"))
    return Folder(path) if looks_like_path or path.is_dir() else HubModel(word)


def _checked(source: Source, wait: Callable[[], None]) -> Source:
    """The source, once there is room for it and it is known to be small enough.

    Raises:
        SourceError: too_large, before anything is fetched; or the hub cannot be asked.
    """
    wait()
    n_bytes = _size(source)
    if n_bytes > LARGEST:
        found = f"{n_bytes / 1e9:.1f} GB, at most {LARGEST / 1e9:.1f} GB are loaded"
        raise SourceError("too_large", f"{sources.name_of(source)}: {found}")
    return source


def _size(source: Source) -> int:
    """Bytes of the weights."""
    folder = source.path if isinstance(source, Folder) else hub.already_here(source.repo_id)
    if folder is not None:
        return sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    with hugging_face.explained(source.repo_id):
        return hub.size_of_safe_files(source.repo_id)
