"""The predictions of the stored run, to be shown before the model is there.

Written by `python -m core.model.stored_predictions`.
"""

import sys
from pathlib import Path

import numpy as np

from core.model.forward_pass import ForwardPass
from core.model.predictions import Predicted, Predictions
from core.model.stored import DEFAULT_TEXT

FILE = Path(__file__).with_name("stored_predictions.npz")
ROWS = ("surprisals", "entropies", "ranks", "best_ids", "best_probabilities")


def load(forward: ForwardPass, file: Path = FILE) -> Predicted:
    """What is stored; tokens and vocabulary are those of the stored run."""
    with np.load(file, allow_pickle=False) as archive:
        rows = {name: archive[name] for name in ROWS}
    return Predicted(
        model=forward.model,
        text=forward.text,
        tokens=forward.tokens,
        n_all=len(forward.tokens),
        vocabulary=forward.vocabulary,
        is_stored=True,
        **rows,
    )


def save(found: Predicted, file: Path = FILE):
    """Write a file that `load` reads."""
    np.savez_compressed(file, **{name: getattr(found, name) for name in ROWS})


def main():
    """Have the packaged model predict the default sentence, and write the file."""
    from core.model import load as loading
    from core.model import sources

    model = loading.load(sources.prepare(sources.SMOLLM2))
    steps = Predictions(DEFAULT_TEXT).steps(model, lambda: False)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        save(end.value)
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e3:.1f} kB\n")


if __name__ == "__main__":
    main()
