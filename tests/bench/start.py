"""A second start: from nothing to the first attention map of the live model.

A new process that asks the service for a run and computes a head's map, against a new process that
imports torch and transformers, reads network and tokenizer from the same folder and runs once. The
weights are on disk for both; an unmeasured start of each has brought the files into memory.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

from core.model import sources
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.server import ROOT

TURNS = 3
OURS = """
import time
from core.model import service
model = service.shared()
while model.status.state != "ready":
    assert model.status.state not in ("failed", "stopped"), model.status
    time.sleep(0.01)
forward = model.forward_pass("The cat sat on the mat because it was tired.")
from core import attention
attention.head(forward, 13, 8)
print("done", flush=True)
"""
PLAIN = """
import sys
import torch, transformers
network = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
batch = tokenizer("The cat sat on the mat because it was tired.", return_tensors="pt")
with torch.inference_mode():
    network(**batch, use_cache=False)
print("done", flush=True)
"""


def rows() -> Iterator[Row]:
    """The ratio of the two."""
    folder = str(sources.prepare(sources.chosen()).folder)
    actions = {
        "ours": lambda: seconds(lambda: _until_done(OURS)),
        "plain": lambda: seconds(lambda: _until_done(PLAIN, folder)),
    }
    in_turns(actions, 1)
    found = in_turns(actions, TURNS)
    yield compared(
        "second start to a live map / import, load, one pass", 1.5, found, "ours", "plain"
    )


def _until_done(program: str, *arguments: str):
    """Until it says so: how an interpreter ends is not part of a start."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        if process.stdout.readline() != "done\n":
            raise RuntimeError("a start failed")
        return
