"""One paragraph in twelve languages, and how tokenizers cut it, kept for those not at hand.

Article 1 of the Universal Declaration of Human Rights. The stored cuts are made by
`python -m core.tokenizer.paragraphs`, which needs the model's tokenizer and, for r50k_base and
o200k_base, the ranks that tiktoken fetches (or finds in TIKTOKEN_CACHE_DIR) and checks against
their SHA-256. A cut is kept as the number of bytes of each token: what spells the text is known.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.tokenizer import shelf
from core.tokenizer.cut import Cut
from core.tokenizer.library import Tokenizer, from_tiktoken
from core.tokenizer.refusals import EmptyText, UnusableText

FOLDER = Path(__file__).parent
TEXTS, CUTS = FOLDER / "paragraphs.toml", FOLDER / "paragraph_cuts.json"
FETCHED = ("r50k_base", "o200k_base")  # by tiktoken, from its makers
Cuts = Mapping[str, tuple[bytes, ...]]  # by language, what each token spells


@dataclass(frozen=True)
class Cutting:
    """The paragraph in every language as one tokenizer cuts it."""

    name: str  # of the tokenizer
    is_live: bool  # cut now; otherwise read from the file that comes with the program
    cuts: Cuts
    unwritable: frozenset[str] = frozenset()  # languages with words that the vocabulary lacks


def texts() -> dict[str, str]:
    """The paragraph by language, under the code of each language (ISO 639-1)."""
    return tomllib.loads(TEXTS.read_text("utf-8"))


def live(tokenizer: Tokenizer, of: Mapping[str, str]) -> Cutting:
    """Texts as a tokenizer cuts them now."""
    found = {language: _cut(tokenizer, text) for language, text in of.items()}
    unwritable = (code for code, cut in found.items() if cut is None or cut.is_unknown.any())
    return Cutting(
        name=tokenizer.card.name,
        is_live=True,
        cuts={
            language: tuple(token.bytes for token in cut.tokens) if cut else ()
            for language, cut in found.items()
        },
        unwritable=frozenset(unwritable),
    )


def stored() -> tuple[Cutting, ...]:
    """The cuts that come with the program."""
    raw = {language: text.encode("utf-8") for language, text in texts().items()}
    found = json.loads(CUTS.read_text("utf-8"))
    return tuple(
        Cutting(name, False, {code: _parted(raw[code], sizes) for code, sizes in cuts.items()})
        for name, cuts in found.items()
    )


def known(at_hand: Iterable[Tokenizer], of: Mapping[str, str]) -> tuple[Cutting, ...]:
    """Of each tokenizer one cutting: live where it is at hand, else the stored one."""
    now = {one.name: one for one in (live(tokenizer, of) for tokenizer in at_hand)}
    kept = [now.pop(cutting.name, cutting) for cutting in stored()]
    return (*kept, *now.values())


def save(cuttings: Iterable[Cutting], file: Path = CUTS):
    """Write cuttings into the file that `stored` reads: the number of bytes of each token."""
    sizes = {
        one.name: {code: [len(part) for part in parts] for code, parts in one.cuts.items()}
        for one in cuttings
    }
    lines = [f"{json.dumps(name)}: {_in_lines(cuts)}" for name, cuts in sizes.items()]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _in_lines(cuts: Mapping[str, list[int]]) -> str:
    """A language per line."""
    lines = [f"  {json.dumps(code)}: {json.dumps(sizes)}" for code, sizes in cuts.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _cut(tokenizer: Tokenizer, text: str) -> Cut | None:
    """The text's tokens; None where the tokenizer finds none, as some do in white space."""
    try:
        return tokenizer.cut(text)
    except (EmptyText, UnusableText):
        return None


def _parted(raw: bytes, sizes: Iterable[int]) -> tuple[bytes, ...]:
    parts, start = [], 0
    for size in sizes:
        parts.append(raw[start : start + size])
        start += size
    return tuple(parts)


def main():
    """Cut the paragraphs with the packaged model's tokenizer and three of tiktoken's."""
    import tiktoken

    from core.model import load, sources

    prepared = sources.prepare(sources.SMOLLM2)
    own = load.from_tokenizers(load.read_tokenizer(prepared.folder), prepared.name, "model")
    fetched = {name: from_tiktoken(tiktoken.get_encoding(name), name, "hub") for name in FETCHED}
    order = (fetched["r50k_base"], own, shelf.packaged("cl100k_base"), fetched["o200k_base"])
    made = [live(tokenizer, texts()) for tokenizer in order]
    save(made)
    for one in made:
        counts = {language: len(parts) for language, parts in one.cuts.items()}
        sys.stdout.write(f"{one.name}: {counts}\n")


if __name__ == "__main__":
    main()
