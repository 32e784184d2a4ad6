"""A long run that comes with the program: what each token of half a play costs, method by method.

Made with the real model by `python -m core.model.long_run`: 16,384 tokens of Shakespeare's
"The Winter's Tale" (public domain), twice what the network was trained on. On a processor it takes
a quarter of an hour for each method, on a GPU seconds.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core import interpolation, switched
from core.model.forward_pass import ModelCard
from core.model.switch import LongLosses, Switch

FOLDER = Path(__file__).parent
TEXT_FILE = FOLDER / "long_text.txt"
FILE = FOLDER / "long_run.npz"
TITLE = "The Winter's Tale"
N_TOKENS = 16_384
STRETCH = 2.0  # s, of every method
METHODS = ("none", "yarn", "ntk", "linear")


@dataclass(frozen=True, eq=False)
class LongRun:
    """The stored losses of a long text."""

    model_name: str
    context_length: int  # trained, in positions
    stretch: float
    methods: tuple[str, ...]
    surprisals: Float[ndarray, "method target"]  # bits, of tokens 1 … n−1

    @property
    def n_tokens(self) -> int:
        """Tokens of the text, the first one included."""
        return self.surprisals.shape[1] + 1


def text() -> str:
    """The long text."""
    return TEXT_FILE.read_text("utf-8")


def load(file: Path = FILE) -> LongRun:
    """The stored run."""
    with np.load(file, allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        surprisals = archive["surprisals"].astype(np.float32)
    surprisals.setflags(write=False)
    return LongRun(surprisals=surprisals, **about | {"methods": tuple(about["methods"])})


def save(found: LongRun, file: Path = FILE):
    """Write a run into a file that `load` reads; bits to three digits."""
    about = {
        "model_name": found.model_name,
        "context_length": found.context_length,
        "stretch": found.stretch,
        "methods": found.methods,
    }
    np.savez_compressed(
        file, about=np.array(json.dumps(about)), surprisals=found.surprisals.astype(np.float16)
    )


def switches(card: ModelCard, stretch: float = STRETCH) -> tuple[Switch | None, ...]:
    """METHODS as the network is asked to use them; None for the network as it is."""
    plan, trained = interpolation.Plan(s=stretch), interpolation.trained(card)
    return tuple(switched.switch(interpolation.scaled(method, trained, plan)) for method in METHODS)


def main():
    """Run the packaged model with each method, and write the file after each."""
    from core.model import load as loading
    from core.model import sources, switching

    model = loading.load(sources.prepare(sources.SMOLLM2))
    rows: list[ndarray] = []
    for method, switch in zip(METHODS, switches(model.card), strict=True):
        asked = LongLosses(text(), (switch,), N_TOKENS)
        steps = switching.long_losses(model, asked, lambda: False)
        try:
            while True:
                sys.stdout.write(f"\r{method}: {next(steps):.0%}")
                sys.stdout.flush()
        except StopIteration as end:
            rows.append(end.value.surprisals[0])
        done = LongRun(
            model.card.name,
            model.card.context_length,
            STRETCH,
            METHODS[: len(rows)],
            np.stack(rows),
        )
        save(done)
        sys.stdout.write(f"\r{method}: {rows[-1].mean():.3f} bits per token\n")


if __name__ == "__main__":
    main()
