"""Two tokenizers that the program trains itself: a WordPiece as BERT's, and a Unigram one.

Made by `python -m core.tokenizer.trained`, within seconds, of two texts in the public domain that
come with the program: Shakespeare's "The Winter's Tale" (core/model/long_text.txt), and the "Three
Hundred Tang Poems" (唐诗三百首) that Sun Zhu collected in 1763, in simplified characters
(poems.txt; as in Debian's fortunes-zh 2.98, without its marks for colours). They know what these
texts know: 的 and 们, of which today's Chinese is full, are in none of the poems.
"""

import json
import sys
from pathlib import Path

from core.tokenizer.library import FromTokenizers, from_tokenizers

FOLDER = Path(__file__).parent
ENGLISH = FOLDER.parent / "model/long_text.txt"
CHINESE = FOLDER / "poems.txt"
FILES = {"wordpiece": FOLDER / "wordpiece.json", "unigram": FOLDER / "unigram.json"}
SIZES = {"wordpiece": 5_000, "unigram": 6_000}
ASCII = [chr(code) for code in range(0x21, 0x7F)]  # known, whether or not the texts hold them
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
NEVER_CHOSEN = -100.0  # nats: where a text spells "<0x41>", its six characters stay six characters
LONGEST_PIECE = 16  # characters
# What training leaves open: characters that it had dropped come back a little above the rarest
# piece, each 0.0001 above the one before, in the order of a hash table.
PENALTY = 0.0001


def load(name: str) -> FromTokenizers:
    """One of FILES, ready to cut."""
    from tokenizers import Tokenizer

    return from_tokenizers(Tokenizer.from_file(str(FILES[name])), name, "trained")


def pieces() -> dict[str, float]:
    """The Unigram tokenizer's pieces with the logarithms of their probabilities, without bytes."""
    listed = json.loads(FILES["unigram"].read_text("utf-8"))["model"]["vocab"]
    return {piece: log_p for piece, log_p in listed[1:] if log_p > NEVER_CHOSEN}


def lines() -> list[str]:
    """What they are trained on."""
    return [
        line for file in (ENGLISH, CHINESE) for line in file.read_text("utf-8").splitlines() if line
    ]


def wordpiece(training: list[str], size: int):
    """A WordPiece tokenizer as BERT's ("uncased"): small letters, no accents, and [UNK].

    ⚠ The library's trainer merges the most frequent pair, not the one with the best likelihood.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    small = [letter for letter in ASCII if letter == letter.lower()]
    # Named ahead: the trainer numbers these as it meets them, in the order of a hash table, and of
    # equally frequent pairs it merges the one with the smaller numbers.
    inside = ["##" + letter for letter in small if letter.isalnum()]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*SPECIAL, *inside],
        initial_alphabet=small,
        limit_alphabet=size,
        show_progress=False,
    )
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.normalizer = normalizers.BertNormalizer(lowercase=True)
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    learner.train_from_iterator(training, trainer)
    vocabulary = learner.get_vocab()
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = learner.normalizer, learner.pre_tokenizer
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def unigram(training: list[str], size: int):
    """A Unigram tokenizer as SentencePiece's: "▁" for the space, and bytes for what is unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.Unigram())
    metaspace = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    punctuation = pre_tokenizers.Punctuation("isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([metaspace, punctuation])
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace("▁", prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=size - len(BYTES),
        unk_token="<unk>",
        initial_alphabet=ASCII,
        max_piece_length=LONGEST_PIECE,
        show_progress=False,
    )
    tokenizer.train_from_iterator(training, trainer)
    unknown, *others = settled(json.loads(tokenizer.to_str())["model"]["vocab"])
    bytes_ = [(byte, NEVER_CHOSEN) for byte in BYTES]
    tokenizer.model = models.Unigram([unknown, *bytes_, *others], unk_id=0, byte_fallback=True)
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


def settled(pieces: list[list]) -> list[tuple[str, float]]:
    """The pieces, the likeliest first, without what training leaves to chance. See PENALTY."""
    (unknown, _), *others = pieces
    rarest = min(log_p for _, log_p in others)
    n_characters = sum(len(piece) == 1 for piece, _ in others)
    settled_pieces = []
    for piece, log_p in others:
        is_brought_back = len(piece) == 1 and log_p <= rarest + n_characters * PENALTY
        settled_pieces.append((piece, round(rarest if is_brought_back else log_p, 4)))
    settled_pieces.sort(key=lambda one: (-one[1], one[0]))
    return [(unknown, 0.0), *settled_pieces]


TRAIN = {"wordpiece": wordpiece, "unigram": unigram}


def written(name: str, training: list[str]) -> str:
    """A tokenizer trained anew, as its file holds it."""
    described = json.loads(TRAIN[name](training, SIZES[name]).to_str())
    return json.dumps(described, ensure_ascii=False, indent=None, separators=(",", ":")) + "\n"


def main():
    """Train both, and write their files."""
    for name, file in FILES.items():
        file.write_text(written(name, lines()), "utf-8")
        card = load(name).card
        sys.stdout.write(f"{file}: {card.d_vocab} entries, {file.stat().st_size / 1e3:.0f} kB\n")


if __name__ == "__main__":
    main()
