"""A run that comes with the program, to be shown before the model is there.

It is a run of the real model over one sentence, written by `python -m core.model.stored`.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.model.forward_pass import ForwardPass, ModelCard
from core.tokens import Token

DEFAULT_TEXT = "The cat slept all day because it was very"
FILE = Path(__file__).with_name("stored.npz")
ARRAYS = ("logits", "surprisals", "queries", "keys", "values", "output_norms")


def load(file: Path = FILE) -> ForwardPass:
    """The stored run over DEFAULT_TEXT, with `is_stored` set."""
    with np.load(file, allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        vocabulary = _cut(archive["vocabulary"].tobytes(), archive["token_lengths"])
        arrays = {name: archive[name] for name in ARRAYS}
    return ForwardPass(
        model=_card(about["model"]),
        text=about["text"],
        tokens=tuple(Token(number, vocabulary[number]) for number in about["token_ids"]),
        vocabulary=vocabulary,
        scale=about["scale"],
        attention_weights=None,
        is_stored=True,
        **arrays,
    )


def save(forward: ForwardPass, file: Path = FILE):
    """Write a run into a file that `load` reads.

    Raises:
        ValueError: the run has no queries and keys.
    """
    if forward.queries is None:
        raise ValueError(f"{forward.model.name} has no queries and keys to be stored")
    about = {
        "model": asdict(forward.model),
        "text": forward.text,
        "token_ids": [token.id for token in forward.tokens],
        "scale": forward.scale,
    }
    np.savez_compressed(
        file,
        about=np.array(json.dumps(about)),
        vocabulary=np.frombuffer(b"".join(forward.vocabulary), np.uint8),
        token_lengths=np.array([len(token) for token in forward.vocabulary], np.uint16),
        **{name: getattr(forward, name) for name in ARRAYS},
    )


def main():
    """Run the packaged model over DEFAULT_TEXT and write the file."""
    from core.model import load as loading
    from core.model import run, sources

    model = loading.load(sources.prepare(sources.SMOLLM2))
    save(run.run_one(model, DEFAULT_TEXT))
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB\n")


def _card(fields: dict) -> ModelCard:
    frequencies = fields["rope_frequencies"]  # JSON knows no tuples
    return ModelCard(**fields | {"rope_frequencies": frequencies and tuple(frequencies)})


def _cut(joined: bytes, lengths) -> tuple[bytes, ...]:
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    starts = [0, *ends[:-1]]
    return tuple(joined[start:end] for start, end in zip(starts, ends, strict=True))


if __name__ == "__main__":
    main()
