"""Languages: what the same paragraph costs in each of them, for several tokenizers.

A vocabulary holds what was frequent in the text that it was made of. What was not is written in
short pieces, at worst byte by byte, and UTF-8 gives a Latin letter one byte, an Arabic or Cyrillic
one two, a Chinese or Hindi one three. A network that is paid, timed and limited by the token then
asks more of some languages than of others for the same words.

Petrov et al. 2023, "Language Model Tokenizers Introduce Unfairness Between Languages",
arXiv:2305.15425; Ahia et al. 2023, "Do All Languages Cost the Same?", arXiv:2305.13707.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core.tokenizer.paragraphs import Cutting

REFERENCE = "en"
OWN = "own"  # in the place of a language: the visitor's sentence
MEASURES = ("relative", "tokens", "tokens_per_character", "characters_per_token", "bytes_per_token")


@dataclass(frozen=True, eq=False)
class Costs:
    """The sizes of texts before they are cut, and the numbers of tokens after."""

    languages: tuple[str, ...]  # OWN is the one that is no translation
    tokenizers: tuple[str, ...]
    is_live: tuple[bool, ...]  # of each tokenizer: cut now, not read from a file
    n_characters: Float[ndarray, " language"]  # Unicode code points
    n_bytes: Float[ndarray, " language"]  # in UTF-8
    n_tokens: Float[ndarray, "language tokenizer"]  # NaN where not cut, or not without loss

    def of(self, measure: str) -> Float[ndarray, "language tokenizer"]:
        """One of MEASURES, NaN where it is not known.

        Raises:
            ValueError: it is none of them.
        """
        characters, n_bytes = self.n_characters[:, None], self.n_bytes[:, None]
        match measure:
            case "relative":
                return self._relative(self.n_tokens)
            case "tokens":
                return self.n_tokens
            case "tokens_per_character":
                return self.n_tokens / characters
            case "characters_per_token":
                return characters / self.n_tokens
            case "bytes_per_token":
                return n_bytes / self.n_tokens
        raise ValueError(f"measure must be one of {', '.join(MEASURES)}, got {measure!r}")

    def shares(self, tokenizer: int) -> Float[ndarray, "3 language"]:
        """Characters, bytes and tokens of one tokenizer, each relative to English."""
        sizes = np.stack([self.n_characters, self.n_bytes, self.n_tokens[:, tokenizer]], axis=1)
        return self._relative(sizes).T

    def _relative(self, sizes: Float[ndarray, "language kind"]) -> Float[ndarray, "language kind"]:
        relative = sizes / sizes[self.languages.index(REFERENCE)]
        # A sentence of one's own says something else than the paragraph: no price can be compared.
        relative[[language == OWN for language in self.languages]] = np.nan
        return relative


def costs(texts: Mapping[str, str], cuttings: Sequence[Cutting]) -> Costs:
    """What each text costs in each tokenizer that has cut it.

    Raises:
        ValueError: there is no English text to compare with.
    """
    if REFERENCE not in texts:
        raise ValueError(f"texts must have {REFERENCE!r} among them, got {list(texts)}")
    n_tokens = [[_count(one, language) for one in cuttings] for language in texts]
    return Costs(
        languages=tuple(texts),
        tokenizers=tuple(one.name for one in cuttings),
        is_live=tuple(one.is_live for one in cuttings),
        n_characters=np.array([len(text) for text in texts.values()], np.float64),
        n_bytes=np.array([len(text.encode("utf-8")) for text in texts.values()], np.float64),
        n_tokens=np.array(n_tokens, np.float64).reshape(len(texts), len(cuttings)),
    )


def _count(cutting: Cutting, language: str) -> float:
    """Tokens of a text; NaN for one with unknown words, which would seem to cost little."""
    is_whole = language in cutting.cuts and language not in cutting.unwritable
    return float(len(cutting.cuts[language])) if is_whole else np.nan
