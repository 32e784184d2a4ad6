"""Answers about the input embeddings that come with the program, for before the model is there.

They are those of the real model over the default sentence, and over a few words that differ in a
space or a capital, written by `python -m core.model.stored_table`.
"""

import json
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy import ndarray

from core.model.embedding_table import Neighbourhood, Neighbours
from core.model.stored import DEFAULT_TEXT
from core.tokens import Token

FILE = Path(__file__).with_name("stored_table.npz")
WORDS = ("hello", " hello", "Hello", " Hello", " hi", " cat")
ALIKE = 0.98  # a cosine that tokens reach which were used differently in training only by chance
HALVES = ("embeddings", "mean")  # kept with 16 bits a number


@dataclass(frozen=True, eq=False)
class StoredTable:
    """Neighbours of the default sentence's tokens and of WORDS, and the vectors almost alike."""

    sentence: dict[bool, Neighbourhood]  # by is_centred
    words: dict[bool, Neighbourhood]
    alike: tuple[Token, ...]  # of the largest group of tokens with almost one vector
    lowest: float  # the smallest cosine within that group


def load(file: Path = FILE) -> StoredTable:
    """What is stored."""
    with np.load(file, allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        found = {
            name: {
                centred: _read(archive, about, f"{name}_{int(centred)}")
                for centred in (False, True)
            }
            for name in ("sentence", "words")
        }
    return StoredTable(alike=_tokens(about["alike"]), lowest=about["lowest"], **found)


def save(table: StoredTable, file: Path = FILE):
    """Write a file that `load` reads."""
    about = {"alike": _plain(table.alike), "lowest": table.lowest}
    arrays: dict[str, ndarray] = {}
    for name in ("sentence", "words"):
        for centred, found in getattr(table, name).items():
            prefix = f"{name}_{int(centred)}"
            values = {field.name: getattr(found, field.name) for field in fields(found)}
            points = values.pop("points")
            known = {part: one for part, one in values.items() if isinstance(one, ndarray)}
            about[prefix] = {part: one for part, one in values.items() if part not in known}
            about[prefix]["points"] = _plain(points)
            for part, one in known.items():
                kind = np.float16 if part in HALVES else one.dtype
                arrays[f"{prefix}_{part}"] = one.astype(kind)
    np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


def main():
    """Ask the packaged model, and write the file."""
    from core.model import load as loading
    from core.model import run, sources, table_lookup

    model = loading.load(sources.prepare(sources.SMOLLM2))
    sentence = tuple(dict.fromkeys(run.token_ids(model, DEFAULT_TEXT)))
    words = tuple(run.token_ids(model, word)[0] for word in WORDS)

    def ask(ids: tuple[int, ...], n_neighbours: int, is_centred: bool) -> Neighbourhood:
        asked = Neighbours(ids, n_neighbours, is_centred)
        return _last(table_lookup.neighbourhood(model, asked, lambda: False))

    alike, lowest = table_lookup.largest_group(model, ALIKE)
    save(
        StoredTable(
            sentence={c: ask(sentence, Neighbours(()).n_neighbours, c) for c in (False, True)},
            words={centred: ask(words, 0, centred) for centred in (False, True)},
            alike=tuple(Token(number, model.vocabulary[number]) for number in alike),
            lowest=lowest,
        )
    )
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB, {len(alike)} alike\n")


def _last(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _read(archive, about: dict, prefix: str) -> Neighbourhood:
    plain = about[prefix] | {"points": _tokens(about[prefix]["points"])}
    names = [field.name for field in fields(Neighbourhood) if field.name not in plain]
    arrays = {name: archive[f"{prefix}_{name}"] for name in names}
    halves = {name: arrays[name].astype(np.float32) for name in HALVES}
    return Neighbourhood(**plain | arrays | halves)


def _plain(tokens: tuple[Token, ...]) -> list[tuple[int, str]]:
    return [(token.id, token.bytes.hex()) for token in tokens]


def _tokens(plain: list) -> tuple[Token, ...]:
    return tuple(Token(number, bytes.fromhex(spelled)) for number, spelled in plain)


if __name__ == "__main__":
    main()
