"""A tree of what the real model wrote after the default sentence, for before the model is there.

Written by `python -m core.model.stored_writing`.
"""

import json
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy import ndarray

from core import writing
from core.model.forward_pass import ForwardPass
from core.model.stored import DEFAULT_TEXT
from core.model.writing import Writing, Written
from core.sampling import Step
from core.tokens import Token
from core.writing import Manner, Tree

FILE = Path(__file__).with_name("stored_writing.npz")
CHAIN = (Step("temperature", 1.0), Step("top_k", 50), Step("top_p", 0.9))
N_NEW, SEEDS = 24, (0, 1)  # of the branches that begin at the text
BRANCHED_AT = (2, 9)  # places of the first branch where the likeliest other token was taken
ROWS = tuple(field.name for field in fields(Written) if "ndarray" in str(field.type))


@dataclass(frozen=True, eq=False)
class StoredWriting:
    """A tree, and the numbers of each of its branches."""

    tree: Tree
    answers: tuple[Written, ...]


def load(forward: ForwardPass, file: Path = FILE) -> StoredWriting:
    """What is stored; the vocabulary is that of the stored run."""
    with np.load(file, allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        tree = writing.from_words(about["tree"])
        answers = tuple(
            Written(
                model=forward.model,
                given=forward.tokens,
                tokens=tuple(Token(one, forward.vocabulary[one]) for one in tree.path(number)),
                n_prefix=len(tree.path(number)),
                vocabulary=forward.vocabulary,
                ending="asked",
                **{name: archive[f"{name}_{number}"] for name in ROWS},
            )
            for number in range(len(tree))
        )
    return StoredWriting(tree, answers)


def save(found: StoredWriting, file: Path = FILE):
    """Write a file that `load` reads."""
    arrays: dict[str, ndarray] = {
        f"{name}_{number}": getattr(answer, name)
        for number, answer in enumerate(found.answers)
        for name in ROWS
    }
    about = {"tree": writing.in_words(found.tree)}
    np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


def main():
    """Have the packaged model write, and write the file."""
    from core.model import load as loading
    from core.model import sources

    model = loading.load(sources.prepare(sources.SMOLLM2))

    def write(manner: Manner, n_new: int, prefix: tuple[int, ...] = ()) -> Written:
        asked = Writing(DEFAULT_TEXT, n_new, manner.chain, manner.seed, prefix)
        return _last(asked.steps(model, lambda: False))

    tree = Tree()
    for seed in SEEDS:
        tree, _ = tree.add(write(Manner(CHAIN, seed), N_NEW).ids, Manner(CHAIN, seed))
    first = write(Manner(CHAIN, SEEDS[0]), N_NEW)
    for place in BRANCHED_AT:
        others = [int(one) for one in first.candidates[place] if int(one) != first.ids[place]]
        prefix = (*first.ids[:place], others[0])
        answer = write(Manner(CHAIN, SEEDS[0]), N_NEW - len(prefix), prefix)
        tree, _ = tree.add(answer.ids, Manner(CHAIN, SEEDS[0]), place)
    answers = tuple(
        write(branch.manner, 0, tree.path(number)) for number, branch in enumerate(tree.branches)
    )
    save(StoredWriting(tree, answers))
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB\n")
    sys.stdout.writelines(f"{answer.text!r}\n" for answer in answers)


def _last(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    main()
