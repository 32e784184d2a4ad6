"""What a visitor costs the server, in megabytes of its resident memory.

Forty sessions are opened on the attention page and left open. Then one session runs its page again
and again with a slider that moves; what the memory has grown by should not be much.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from tests.bench.measure import Row
from tests.bench.visitor import Visitor
from tests.server import serving

IDLE = 40
RERUNS = 1_000
MEGABYTE = 1e6


def rows() -> Iterator[Row]:
    """Per idle visitor, and over many reruns."""
    if not sys.platform.startswith("linux"):
        yield Row("memory: is read from /proc, which only Linux has", 0, None, "")
        return
    with serving() as app, ExitStack() as doors:
        server = _server(app)
        mover = doors.enter_context(Visitor(app, "sampling"))
        mover.wait_for_model()
        for _ in range(10):  # what is set up once is not a visitor's
            doors.enter_context(Visitor(app, "attention"))
        _move(mover, 100)
        before = _resident(server)
        for _ in range(IDLE):
            doors.enter_context(Visitor(app, "attention"))
        after = _resident(server)
        each = (after - before) / IDLE
        raw = f"{before:.0f} MB, with {IDLE} more sessions {after:.0f} MB"
        yield Row("memory per idle visitor", each, 3, raw, unit=" MB")
        before = _resident(server)
        _move(mover, RERUNS)
        after = _resident(server)
        raw = f"{before:.0f} MB, then {after:.0f} MB"
        yield Row(f"memory after {RERUNS:,} more reruns", after - before, 20, raw, unit=" MB")


def _move(visitor: Visitor, times: int):
    for _, place in zip(range(times), cycle((0.5, 0.75, 1.0, 1.25)), strict=False):
        visitor.move("temperature", place)


def _server(address: str) -> Path:
    """Our child that listens there, as /proc knows it."""
    port = f"--server.port={address.rsplit(':', 1)[1]}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and port in (process / "cmdline").read_bytes():
                return process
        except OSError:  # it has ended meanwhile
            continue
    raise RuntimeError(f"there is no server at {address}")


def _resident(process: Path) -> float:
    """Megabytes in memory, after a moment in which what was let go is given back."""
    time.sleep(2)
    pages = int((process / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
