"""The app as a real server, for the browser tests, the benchmarks and the pictures."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def serving(script: Path | str = "app.py", **environment: str) -> Iterator[str]:
    """The address of a fresh server that runs a script, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script)]
        + [f"--{name}={value}" for name, value in options.items()],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not answer within a minute")
