"""What the pages show of two sides before the model is there, made with the real one.

Written by `python -m core.model.stored_contrast`.
"""

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np

from core import divergence
from core.model.contrast import Contrast, Contrasted, Side
from core.model.forward_pass import ForwardPass, ModelCard
from core.model.stored import DEFAULT_TEXT
from core.tokens import Token

FILE = Path(__file__).with_name("stored_contrast.npz")
SECOND_TEXT = "The cats slept all day because it was very"  # "it" can no longer be the cat
TEMPERATURES = 1.0, 0.5
VARIANT, STRETCH = divergence.VARIANTS[0], 2.0
KINDS = ("texts", "temperatures", "models")  # what A and B are
TOKENS = ("tokens_a", "tokens_b")


def sides(kind: str, card: ModelCard) -> tuple[Side, Side]:
    """A and B of each of KINDS, as they are before anybody has chosen."""
    a = Side(DEFAULT_TEXT)
    if kind == "texts":
        return a, Side(SECOND_TEXT)
    if kind == "temperatures":
        return Side(DEFAULT_TEXT, TEMPERATURES[0]), Side(DEFAULT_TEXT, TEMPERATURES[1])
    return a, Side(DEFAULT_TEXT, switch=divergence.switch(card, VARIANT, STRETCH))


def load(forward: ForwardPass, file: Path = FILE) -> dict[str, Contrasted]:
    """What is stored, by kind; the vocabulary is that of the stored run."""
    stored = {}
    with np.load(file, allow_pickle=False) as archive:
        for kind in KINDS:
            arrays = {field.name: archive[f"{kind}.{field.name}"] for field in fields(Contrasted)}
            tokens = {name: tuple(map(forward.token, arrays[name].tolist())) for name in TOKENS}
            stored[kind] = Contrasted(**arrays | tokens)
    return stored


def save(found: dict[str, Contrasted], file: Path = FILE):
    """Write contrasts into a file that `load` reads."""
    arrays = {}
    for kind, one in found.items():
        for field in fields(Contrasted):
            value = getattr(one, field.name)
            arrays[f"{kind}.{field.name}"] = _numbers(value) if field.name in TOKENS else value
    np.savez_compressed(file, **arrays)


def _numbers(tokens: tuple[Token, ...]) -> np.ndarray:
    return np.array([token.id for token in tokens], np.int64)


def main():
    """Run the packaged model for all KINDS and write the file."""
    from core.model import load as loading
    from core.model import sources

    model = loading.load(sources.prepare(sources.SMOLLM2))
    found = {}
    for kind in KINDS:
        steps = Contrast(*sides(kind, model.card)).steps(model, lambda: False)
        try:
            while True:
                next(steps)
        except StopIteration as end:
            found[kind] = end.value
    save(found)
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
