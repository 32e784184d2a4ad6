"""Vocabulary extension: what Chinese costs in a vocabulary made elsewhere, and what new words save.

A byte-level vocabulary that saw little Chinese writes a character, three bytes of UTF-8, in two or
three tokens; one that saw much has whole words. Llama's was therefore extended by about 20,000
Chinese tokens before it was trained on. Each new token is one more row of the embedding (and of
the output projection), which means nothing until it has been trained.

Cui et al. 2023, "Efficient and Effective Text Encoding for Chinese LLaMA and Alpaca",
arXiv:2304.08177. How large a vocabulary should be: Yang et al. 2023, "Baichuan 2",
arXiv:2309.10305, section 2.2.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core import tokens
from core.tokenizer.cut import Card, Cut
from core.tokenizer.library import Tokenizer

# How a character is written: as part of a longer token, as a token of its own, in two tokens, in
# three or more, not at all ([UNK]), as part of a token that was added; or it is not Chinese.
KINDS = ("shared", "whole", "two", "three", "unknown", "added", "other")
SHARED, WHOLE, TWO, THREE, UNKNOWN, ADDED, OTHER = range(len(KINDS))
LONGEST = 4  # characters of a word: most Chinese words have two, few more than four
SAMPLE = (  # written for this page
    "人们每天都在使用语言模型，可是语言模型读的不是汉字，而是词元。一个汉字有时是一个词元，有时要拆成"
    "两个或三个词元；常用的词语也可能整个就是一个词元。词表收录的词语越多，同一段文字的词元就越少，"
    "语言模型读得越快，能读的文字也越长。可是词表越大，语言模型要学的参数也越多，而很少出现的词元几乎"
    "学不到什么。所以人们扩充词表时，先加入最常用的汉字和词语，再用大量的中文文字继续训练语言模型。"
)


@dataclass(frozen=True, eq=False)
class Writing:
    """How one tokenizer writes the Chinese characters of a text."""

    name: str
    tokens_per_character: float  # tokens that hold a part of one, over their number
    kinds: Int[ndarray, " character"]  # numbers of KINDS

    @property
    def shares(self) -> Float[ndarray, " kind"]:
        """How much of the Chinese characters is of each kind; OTHER is left out."""
        counts = np.bincount(self.kinds, minlength=len(KINDS))[:OTHER]
        return counts / counts.sum()


@dataclass(frozen=True)
class Word:
    """What is added to the vocabulary, and why."""

    text: str
    n_occurrences: int  # that no earlier word has taken
    estimate: float  # of the tokens that it saves


@dataclass(frozen=True, eq=False)
class Extension:
    """A text cut with more and more added words: step k has the first k of them."""

    words: tuple[Word, ...]
    n_characters: int  # Chinese ones
    n_tokens: Int[ndarray, " step"]  # of the whole text
    n_chinese_tokens: Int[ndarray, " step"]  # that hold a part of a Chinese character
    kinds: Int[ndarray, "step character"]  # of the text's beginning, numbers of KINDS

    @property
    def tokens_per_character(self) -> Float[ndarray, " step"]:
        """What a Chinese character costs at each step."""
        return self.n_chinese_tokens / self.n_characters

    @property
    def saved(self) -> Int[ndarray, " word"]:
        """How many tokens each word saves when its turn comes: counted, not estimated."""
        return -np.diff(self.n_tokens)


def suits(card: Card) -> bool:
    """Whether words can be added: what a byte-level tokenizer cuts comes back as it was."""
    return card.is_byte_level


def has_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return bool(tokens.is_chinese(text).any())


def beginning(text: str, most: int) -> str:
    """The text; of one longer than `most` characters, so many from the first Chinese one on."""
    if len(text) <= most:
        return text
    first = int(tokens.is_chinese(text).argmax())
    return text[first : first + most]


def writing(cut: Cut) -> Writing:
    """How a tokenizer writes a text's Chinese characters.

    Raises:
        ValueError: there is none.
    """
    counts = tokens.count(cut.text, cut.starts, cut.stops)
    if not counts.n_chinese:
        raise ValueError(f"there is no Chinese character in {cut.text[:20]!r}")
    return Writing(cut.card.name, counts.tokens_per_chinese_character, kinds(cut))


def kinds(cut: Cut) -> Int[ndarray, " character"]:
    """How each character is written, as numbers of KINDS."""
    holding = covering(cut, np.ones(len(cut), np.int64))
    is_longer = covering(cut, (cut.stops - cut.starts > 1).astype(np.int64)) > 0
    is_unknown = covering(cut, cut.is_unknown.astype(np.int64)) > 0
    one = np.where(is_longer, SHARED, WHOLE)
    found = np.select([holding >= 3, holding == 2], [THREE, TWO], one)
    found = np.where(is_unknown, UNKNOWN, found)
    return np.where(tokens.is_chinese(cut.text), found, OTHER)


def covering(cut: Cut, values: Int[ndarray, " token"]) -> Int[ndarray, " character"]:
    """The sum, for each character, of the values of the tokens that hold a part of it."""
    change = np.zeros(len(cut.text) + 1, np.int64)
    np.add.at(change, cut.starts, values)
    np.add.at(change, cut.stops, -values)
    return np.cumsum(change)[:-1]


def costs(cut: Cut) -> Float[ndarray, " character"]:
    """What each character costs: a token of several characters is shared out among them."""
    lengths = cut.stops - cut.starts
    change = np.zeros(len(cut.text) + 1)
    share = 1 / np.maximum(lengths, 1)
    np.add.at(change, cut.starts, share)
    np.add.at(change, cut.stops, -share)
    return np.cumsum(change)[:-1]


def candidates(text: str) -> dict[str, list[int]]:
    """Where each run of 1 to LONGEST Chinese characters begins.

    Runs stand in for words, which only a dictionary knows. A run of several characters has to
    occur twice: what stands in a text once would make a word of any sentence.
    """
    chinese = tokens.is_chinese(text)
    found = defaultdict(list)
    for length in range(1, LONGEST + 1):
        for start in np.flatnonzero(_all_of(chinese, length)):
            found[text[start : start + length]].append(int(start))
    return {word: places for word, places in found.items() if len(word) == 1 or len(places) > 1}


def _all_of(marks: Bool[ndarray, " character"], length: int) -> Bool[ndarray, " place"]:
    """Where `length` marks follow one another."""
    if len(marks) < length:
        return np.zeros(0, bool)
    return np.lib.stride_tricks.sliding_window_view(marks, length).all(axis=1)


def choose(cut: Cut, n_words: int) -> tuple[Word, ...]:
    """The words to add, one after the other the one that saves most.

    A word saves what its characters cost now, minus the one token that it becomes, each time that
    it occurs; what an earlier word has taken counts no more. Of equal ones the longer is taken,
    then the one that occurs first.
    """
    so_far = np.concatenate([[0], np.cumsum(costs(cut))])
    taken = np.zeros(len(cut.text), bool)
    found = candidates(cut.text)

    def worth(word: str) -> tuple[float, list[int]]:
        free = untaken(found[word], len(word), taken)
        if len(word) > 1 and len(free) < 2:
            return 0.0, []
        saved = [so_far[start + len(word)] - so_far[start] - 1 for start in free]
        return float(np.sum(saved)), free

    # What a word is worth can only shrink: one that is still worth what it was is the best.
    queue = [(-worth(word)[0], -len(word), found[word][0], word) for word in found]
    heapq.heapify(queue)
    chosen = []
    while queue and len(chosen) < n_words:
        promised, *rest, word = heapq.heappop(queue)
        saved, places = worth(word)
        if 1e-9 < saved < -promised:
            heapq.heappush(queue, (-saved, *rest, word))
        elif saved > 1e-9:  # sums of thirds are not exactly 0
            chosen.append(Word(word, len(places), float(saved)))
            for start in places:
                taken[start : start + len(word)] = True
    return tuple(chosen)


def untaken(places: Sequence[int], length: int, taken: Bool[ndarray, " character"]) -> list[int]:
    """Those places of a word that hold nothing that is taken, from the left and side by side."""
    free, stop = [], 0
    for start in places:
        if start >= stop and not taken[start : start + length].any():
            free.append(start)
            stop = start + length
    return free


def extend(tokenizer: Tokenizer, text: str, n_words: int, n_shown: int = 0) -> Extension:
    """The text as it is cut with 0, 1 … up to n_words words added to the tokenizer.

    As by add_tokens of the library tokenizers: added words are taken out of the text first, from
    the left the longest at each place, and what lies between is cut on its own. `n_shown` is the
    number of characters whose kinds are told.

    Raises what tokenizer.cut raises, and:
        ValueError: there is no Chinese character.
    """
    whole = tokenizer.cut(text)
    n_characters = int(tokens.is_chinese(text).sum())
    if not n_characters:
        raise ValueError(f"there is no Chinese character in {text[:20]!r}")
    words = choose(whole, n_words)
    between: dict[str, Part] = {}  # most of what lies between stays from step to step

    def part(words: str) -> Part:
        if words not in between:
            between[words] = Part(tokenizer.cut(words))
        return between[words]

    steps = [
        _step(parts(text, [w.text for w in words[:k]]), part, n_shown)
        for k in range(len(words) + 1)
    ]
    n_tokens, n_chinese, shown = zip(*steps, strict=True)
    return Extension(words, n_characters, np.array(n_tokens), np.array(n_chinese), np.array(shown))


class Part:
    """What lies between two added words, and its tokens."""

    def __init__(self, cut: Cut):
        self.cut = cut
        is_spelled = cut.stops > cut.starts  # not put in by itself, as a start token is
        starts, stops = cut.starts[is_spelled], cut.stops[is_spelled]
        self.n_tokens = len(starts)
        self.n_chinese = tokens.count(cut.text, starts, stops).n_chinese_tokens


def _step(
    cut_up: Sequence[tuple[str, bool]], part: Callable[[str], Part], n_shown: int
) -> tuple[int, int, Int[ndarray, " character"]]:
    """Tokens, those of Chinese characters, and how the text's beginning is written."""
    n_tokens = n_chinese = n_so_far = 0
    shown = []
    for words, is_added in cut_up:
        between = None if is_added else part(words)
        n_tokens += 1 if between is None else between.n_tokens
        n_chinese += 1 if between is None else between.n_chinese
        if n_so_far < n_shown:
            is_part = np.full(len(words), ADDED)
            shown.append(is_part if between is None else kinds(between.cut))
            n_so_far += len(words)
    return n_tokens, n_chinese, np.concatenate([*shown, np.zeros(0, np.int64)])[:n_shown]


def parts(text: str, added: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is one of the added words."""
    if not added:
        return [(text, False)]
    # Of alternatives the first that fits is taken, so the longest stand first.
    longest_first = map(re.escape, sorted(added, key=len, reverse=True))
    found = re.split(f"({'|'.join(longest_first)})", text)
    return [(part, bool(place % 2)) for place, part in enumerate(found) if part]
