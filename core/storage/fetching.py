"""What every way of fetching shares: its progress, its one error, and folders written whole.

A folder appears under its name only when all of it is written: it is made beside its
place, described by a manifest, and moved in one step. Whatever a killed process leaves behind is
never taken for one, and is removed by the next attempt.
"""

import errno
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

MANIFEST = "glassbox.json"
POLL_SECONDS = 0.1
FORMAT = 1  # of what we write; a folder of another format is made again

REASONS = (
    "no_network",  # the index, hub or server cannot be reached
    "not_found",  # it was reached and has no such thing, or keeps it private
    "wrong_hash",  # what arrived is not what was expected: truncated or altered
    "disk_full",
    "not_writable",  # the cache folder cannot be made or written
    "no_pip",  # this Python has no pip
    "no_safetensors",  # the model comes only in formats that can run code
    "bad_folder",  # the files are incomplete or do not fit together
    "failed",  # anything else; see the detail
)


@dataclass(frozen=True)
class Progress:
    """How far the way from nothing to what is loaded has come."""

    stage: str  # waiting, fetching, checking, converting or loading
    done_bytes: int = 0
    total_bytes: int = 0  # 0: not known


class SourceError(Exception):
    """What was wanted cannot be had. `reason` is one of REASONS, `detail` a technical text."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Stopped(Exception):
    """The program is ending, or nobody waits any more."""


@dataclass(frozen=True)
class Watch:
    """The two ways in which long work stays in touch with whoever waits for it."""

    report: Callable[[Progress], None] = lambda progress: None
    is_stopped: Callable[[], bool] = lambda: False

    def tell(self, stage: str, done_bytes: int = 0, total_bytes: int = 0):
        """Report progress.

        Raises:
            Stopped: nobody waits any more.
        """
        if self.is_stopped():
            raise Stopped
        self.report(Progress(stage, done_bytes, total_bytes))


def home() -> Path:
    """The folder for what is prepared: GLASSBOX_HOME, or "glassbox" in the user's cache folder."""
    if "GLASSBOX_HOME" in os.environ:
        return Path(os.environ["GLASSBOX_HOME"]).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "glassbox"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "glassbox"
    chosen_folder = os.environ.get("XDG_CACHE_HOME")
    return (Path(chosen_folder) if chosen_folder else Path.home() / ".cache") / "glassbox"


@contextmanager
def explained() -> Iterator[None]:
    """Turn the operating system's errors of the block into a SourceError with their reason.

    Raises:
        SourceError: instead of the OSError.
    """
    try:
        yield
    except OSError as error:
        raise SourceError(reason_of(error), f"{type(error).__name__}: {error}") from error


def reason_of(error: OSError) -> str:
    """Which of REASONS an error of the operating system is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk_full"
    # ENOTDIR and EEXIST: a file stands where the cache folder should be.
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        return "not_writable"
    return "failed"


def need_space(folder: Path, n_bytes: int):
    """Refuse early what cannot fit.

    Raises:
        SourceError: disk_full.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        megabytes = f"{n_bytes / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free"
        raise SourceError("disk_full", f"{megabytes} in {folder}")


@contextmanager
def alone(lock_file: Path, watch: Watch) -> Iterator[None]:
    """Of several processes, one at a time is in the block; the others wait.

    Raises:
        Stopped: nobody waits any more.
    """
    lock = FileLock(lock_file)
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            watch.tell("waiting")
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """An empty folder beside the target that is gone afterwards, whatever happens."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, target: Path, description: dict[str, str]):
    """Write the manifest into a finished folder and move the folder to its place in one step."""
    sizes = {file.name: file.stat().st_size for file in sorted(made.iterdir())}
    manifest = {"format": FORMAT, **description, "sizes": sizes}
    text = json.dumps(manifest, indent=2) + "\n"
    (made / MANIFEST).write_text(text, encoding="utf-8")
    for file in made.iterdir():
        file.chmod(0o644)  # safetensors writes files that only their owner can read
        _flush_to_disk(file)
    if target.exists():
        shutil.rmtree(target)
    made.replace(target)


def manifest_of(folder: Path) -> dict | None:
    """The manifest, if the folder holds all that its manifest says; otherwise None."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sizes = manifest["sizes"]
        whole = all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole and manifest.get("format") == FORMAT else None


def _flush_to_disk(file: Path):
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())
