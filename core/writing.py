"""Writing: a text goes on token by token, and may go on in many ways, which form a tree.

At each token the network offers a distribution; one token of it is drawn, and the rest is what
could have been. Whoever takes another one has branched: up to there both texts are the same, and
from there on each goes its own way. A branch remembers how its tokens were drawn, the sampling
steps and the seed, so that changing these changes nothing that is written already.

The bits of a text, −log₂ p summed over its tokens, say how unlikely the network found it: of two
branches of one length that with fewer bits is the likelier text.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core import sampling
from core.model.forward_pass import ForwardPass
from core.model.writing import N_SHOWN, Written
from core.sampling import Step

MOST_BRANCHES = 24
ROOT = -1  # the parent of what begins right after the text


@dataclass(frozen=True)
class Manner:
    """How tokens are drawn."""

    chain: tuple[Step, ...] = ()  # of sampling steps
    seed: int = 0


@dataclass(frozen=True)
class Branch:
    """Tokens that were written after a place of another branch, or after the text."""

    parent: int  # the number of the branch that it leaves; ROOT: the text
    place: int  # so many written tokens stand before its own
    ids: tuple[int, ...]  # its own tokens
    manner: Manner = Manner()
    is_chosen: bool = False  # its first token was chosen by hand

    @property
    def end(self) -> int:
        """How many written tokens there are up to its end."""
        return self.place + len(self.ids)


@dataclass(frozen=True)
class Tree:
    """The branches, each after its parent. No two of them begin with the same tokens.

    Raises:
        ValueError: a branch hangs nowhere, has no tokens, or repeats what is there already; or
            there are more than MOST_BRANCHES.
    """

    branches: tuple[Branch, ...] = ()

    def __post_init__(self):
        if len(self.branches) > MOST_BRANCHES:
            n = len(self.branches)
            raise ValueError(f"a tree has at most {MOST_BRANCHES} branches, got {n}")
        beginnings = set()
        for number, branch in enumerate(self.branches):
            if not (branch.ids and self._hangs(number)):
                raise ValueError(f"branch {number} has no tokens or no place, got {branch}")
            beginning = branch.parent, branch.place, branch.ids[0]
            if beginning in beginnings or self._goes_on_with(beginning):
                raise ValueError(f"branch {number} repeats what is there: {branch}")
            beginnings.add(beginning)

    def _hangs(self, number: int) -> bool:
        branch = self.branches[number]
        if branch.parent == ROOT:
            return branch.place == 0
        if not 0 <= branch.parent < number:
            return False
        parent = self.branches[branch.parent]
        return parent.place < branch.place <= parent.end

    def _goes_on_with(self, beginning: tuple[int, int, int]) -> bool:
        number, place, token_id = beginning
        parent = None if number == ROOT else self.branches[number]
        return bool(parent) and token_id in parent.ids[place - parent.place :][:1]

    def __len__(self) -> int:
        return len(self.branches)

    @property
    def n_tokens(self) -> int:
        """Of all branches, each counted once."""
        return sum(len(branch.ids) for branch in self.branches)

    def line(self, number: int) -> tuple[int, ...]:
        """The branches on the way from the text to the end of one of them, itself included."""
        found = []
        while number != ROOT:
            found.append(number)
            number = self.branches[number].parent
        return tuple(reversed(found))

    def owners(self, number: int) -> tuple[int, ...]:
        """For each token from the text to the end of a branch, the branch that it belongs to."""
        line = self.line(number)
        ends = [self.branches[after].place for after in line[1:]] + [self.branches[number].end]
        found: list[int] = []
        for one, end in zip(line, ends, strict=True):
            found += [one] * (end - len(found))
        return tuple(found)

    def path(self, number: int) -> tuple[int, ...]:
        """All token ids from the text to the end of a branch."""
        return tuple(
            self.branches[owner].ids[place - self.branches[owner].place]
            for place, owner in enumerate(self.owners(number))
        )

    def common(self, one: int, other: int) -> int:
        """How many tokens two branches share, from the text on: there they part."""
        return n_common(self.path(one), self.path(other))

    def nearest(self, ids: Sequence[int]) -> tuple[int, int]:
        """The first branch that shares the most tokens with these, and how many; ROOT if none."""
        shared = [n_common(self.path(number), ids) for number in range(len(self))]
        most = max(shared, default=0)
        return (shared.index(most), most) if most else (ROOT, 0)

    def add(
        self, ids: Sequence[int], manner: Manner, chosen_at: int | None = None
    ) -> tuple["Tree", int]:
        """The tree with a path of tokens in it, and the branch that it ends in.

        What is there already is not written twice: the branch begins where the path leaves the
        tree. A path that goes on behind the end of a branch, drawn in the same manner, makes it
        longer. `chosen_at` is the place of a token that was chosen by hand.

        Raises:
            ValueError: the path is empty, or the tree is full.
        """
        ids = tuple(ids)
        if not ids:
            raise ValueError("a path without tokens is none")
        nearest, n_shared = self.nearest(ids)
        if n_shared == len(ids):
            return self, nearest
        parent = ROOT if nearest == ROOT else self.owners(nearest)[n_shared - 1]
        if self._can_grow(parent, n_shared, manner) and chosen_at != n_shared:
            before = self.branches[parent]
            longer = replace(before, ids=before.ids + ids[n_shared:])
            branches = (*self.branches[:parent], longer, *self.branches[parent + 1 :])
            return Tree(branches), parent
        new = Branch(parent, n_shared, ids[n_shared:], manner, chosen_at == n_shared)
        return Tree((*self.branches, new)), len(self)

    def _can_grow(self, number: int, place: int, manner: Manner) -> bool:
        if number == ROOT or self.branches[number].manner != manner:
            return False
        goes_on = any((b.parent, b.place) == (number, place) for b in self.branches)
        return place == self.branches[number].end and not goes_on

    def without(self, number: int) -> "Tree":
        """The tree without a branch and all that grows on it."""
        kept = [one for one in range(len(self)) if number not in self.line(one)]
        numbers = {ROOT: ROOT} | {old: new for new, old in enumerate(kept)}
        branches = (self.branches[one] for one in kept)
        return Tree(tuple(replace(b, parent=numbers[b.parent]) for b in branches))

    def suits(self, d_vocab: int) -> bool:
        """Whether a network with so many tokens knows all of those in it."""
        biased = [i for b in self.branches for s in b.manner.chain for i, _ in s.biases]
        return all(0 <= i < d_vocab for b in self.branches for i in (*b.ids, *biased))


def n_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common before they part."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


@dataclass(frozen=True, eq=False)
class Passage:
    """All that was written from the text to the end of a branch, and what stood to choose."""

    answer: Written  # its rows are those of the branches that the tokens belong to
    owners: Int[ndarray, " step"]  # the number of the branch
    is_chosen: Bool[ndarray, " step"]  # by hand
    removers: tuple[tuple[str, ...], ...]  # of each candidate, the step that removed it; "": kept

    def __len__(self) -> int:
        return len(self.owners)

    def first(self, n: int) -> "Passage":
        """The first tokens alone."""
        rows = {
            field.name: getattr(self.answer, field.name)[:n]
            for field in fields(Written)
            if isinstance(getattr(self.answer, field.name), ndarray)
        }
        answer = replace(self.answer, tokens=self.answer.tokens[:n], n_prefix=n, **rows)
        return Passage(answer, self.owners[:n], self.is_chosen[:n], self.removers[:n])

    @property
    def bits(self) -> Float[ndarray, " step"]:
        """−log₂ p of each token, by the network's own distribution."""
        with np.errstate(divide="ignore"):
            return -np.log2(self.answer.probabilities)

    @property
    def total(self) -> float:
        """Bits of the whole: minus the logarithm (to base 2) of its probability."""
        return float(self.bits.sum())

    @property
    def per_token(self) -> float:
        """Mean bits; NaN where nothing was written."""
        return float(self.bits.mean()) if len(self) else float("nan")

    @property
    def perplexity(self) -> float:
        """2 to the power of the mean bits: so many equally likely tokens would cost as much."""
        return float(np.exp2(self.per_token))


def passage(tree: Tree, answers: Sequence[Written], number: int) -> Passage:
    """The tokens from the text to the end of a branch, with their numbers.

    `answers` holds one for each branch, of its whole path. Of each, only the branch's own tokens
    are taken: those before it were drawn in their own manner.

    Raises:
        ValueError: an answer is not of its branch.
    """
    line = tree.line(number)
    for one in line:
        if answers[one].ids[: tree.branches[one].end] != tree.path(one):
            raise ValueError(f"the answer is not of branch {one}: {answers[one].ids}")
    owners = np.array(tree.owners(number), np.int64)
    parts = {owner: np.flatnonzero(owners == owner) for owner in line}
    rows = {
        field.name: np.concatenate(
            [getattr(answers[one], field.name)[at] for one, at in parts.items()]
        )
        for field in fields(Written)
        if isinstance(getattr(answers[number], field.name), ndarray)
    }
    whole = answers[number]
    joined = replace(whole, tokens=whole.tokens[: len(owners)], n_prefix=len(owners), **rows)
    begins = [tree.branches[one].place for one in line if tree.branches[one].is_chosen]
    removers = tuple(
        tuple(_remover(tree.branches[owner].manner, int(place)) for place in removed)
        for owner, removed in zip(owners.tolist(), joined.removed_by, strict=True)
    )
    return Passage(joined, owners, np.isin(np.arange(len(owners)), begins), removers)


def _remover(manner: Manner, place: int) -> str:
    return manner.chain[place - 1].name if place else ""


@dataclass(frozen=True, eq=False)
class Choices:
    """What stands to choose before anything is written."""

    token_ids: Int[ndarray, " candidate"]  # the most likely first
    probabilities: Float[ndarray, " candidate"]


def choices(forward: ForwardPass) -> Choices:
    """The tokens that the network finds most likely after a text."""
    now = sampling.stage(forward.logits.astype(np.float64))
    likely = sampling.rank(now.logits)[:N_SHOWN]
    return Choices(likely, now.probabilities[likely])


@dataclass(frozen=True, eq=False)
class Parting:
    """Two branches after the place where they part, as far as the shorter one reaches."""

    place: int  # so many tokens they share
    bits: Float[ndarray, " step"]  # of the one
    other_bits: Float[ndarray, " step"]

    @property
    def difference(self) -> float:
        """How many bits the other costs more, over equally many tokens."""
        return float(self.other_bits.sum() - self.bits.sum())


def parting(one: Passage, other: Passage) -> Parting:
    """Where two passages part, and what each costs from there, aligned by place."""
    place = n_common(one.answer.ids, other.answer.ids)
    end = min(len(one), len(other))
    return Parting(place, one.bits[place:end], other.bits[place:end])


# As words, for an address: 3~m0_t0.8_k50~b0.0.0.AAsAAt~c1.1.0.AB_

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CODES = {
    "bias": "b", "repetition": "r", "presence": "s", "frequency": "f", "no_repeat_ngram": "n",
    "temperature": "t", "top_k": "k", "top_p": "p", "min_p": "m", "typical": "y", "epsilon": "e",
    "eta": "h",
}  # fmt: skip
NAMES = {code: name for name, code in CODES.items()}
LONGEST_NUMBER = 24  # characters; of a seed or a place, 9
WIDEST = 4  # letters of a token id


def in_words(tree: Tree) -> str:
    """The tree in letters that an address takes as they are; token ids in a few letters each."""
    largest = max((number for branch in tree.branches for number in branch.ids), default=0)
    width = next(n for n in range(1, WIDEST + 1) if largest < len(LETTERS) ** n)
    manners = list(dict.fromkeys(branch.manner for branch in tree.branches))
    parts = [str(width), *map(_manner_in_words, manners)]
    for branch in tree.branches:
        ids = "".join(_letters(number, width) for number in branch.ids)
        numbers = branch.parent + 1, branch.place, manners.index(branch.manner)
        kind = "c" if branch.is_chosen else "b"
        parts.append(kind + ".".join([*map(str, numbers), ids]))
    return "~".join(parts)


def from_words(words: str) -> Tree:
    """The tree that `in_words` was given.

    Raises:
        ValueError: it never was given such a tree.
    """
    first, *parts = words.split("~")
    width = _whole(first)
    if not 1 <= width <= WIDEST:
        raise ValueError(f"a token takes 1 to {WIDEST} letters, got {width}")
    manners = [_manner_from_words(part[1:]) for part in parts if part[:1] == "m"]
    branches = []
    for part in parts:
        if part[:1] in ("b", "c"):
            parent, place, manner, ids = part[1:].split(".", 3)
            numbers = _numbers(ids, width)
            of = manners[_whole(manner, len(manners) - 1)]
            branches.append(Branch(_whole(parent) - 1, _whole(place), numbers, of, part[0] == "c"))
    if len(manners) + len(branches) < len(parts):
        raise ValueError(f"neither branches nor manners: {parts}")
    return Tree(tuple(branches))


def _letters(number: int, width: int) -> str:
    places = [len(LETTERS) ** place for place in reversed(range(width))]
    return "".join(LETTERS[number // value % len(LETTERS)] for value in places)


def _numbers(letters: str, width: int) -> tuple[int, ...]:
    if len(letters) % width:
        raise ValueError(f"{len(letters)} letters are no tokens of {width}")
    found = []
    for start in range(0, len(letters), width):
        number = 0
        for letter in letters[start : start + width]:
            number = number * len(LETTERS) + LETTERS.index(letter)
        found.append(number)
    return tuple(found)


def _whole(words: str, most: int = 10**9 - 1) -> int:
    if not (words.isascii() and words.isdecimal() and len(words) <= 9 and int(words) <= most):
        raise ValueError(f"no number from 0 to {most}: {words[:40]!r}")
    return int(words)


def _manner_in_words(manner: Manner) -> str:
    parts = [f"m{manner.seed}"]
    for step in manner.chain:
        parts.append(f"{CODES[step.name]}{step.value!r}")
        parts += [f"i{token_id}v{bias!r}" for token_id, bias in step.biases]
    return "_".join(parts)


def _manner_from_words(words: str) -> Manner:
    seed, *parts = words.split("_")
    chain: list[Step] = []
    for part in parts:
        code, rest = part[:1], part[1:]
        if code == "i" and chain and chain[-1].name == "bias":
            token_id, bias = rest.split("v", 1)
            pair = _whole(token_id), _value(bias)
            chain[-1] = replace(chain[-1], biases=(*chain[-1].biases, pair))
        elif code in NAMES:
            chain.append(Step(NAMES[code], _value(rest)))
        else:
            raise ValueError(f"no step of a chain: {part[:40]!r}")
    return checked(Manner(tuple(chain), _whole(seed)))


def _value(words: str) -> float | int:
    if len(words) > LONGEST_NUMBER:
        raise ValueError(f"no number: {words[:40]!r}")
    is_whole = words.lstrip("-").isdecimal() and words.isascii()
    return int(words) if is_whole else float(words)


def checked(manner: Manner) -> Manner:
    """The manner, if each of its steps can be taken.

    Raises:
        ValueError: a step is unknown, or has an impossible value.
    """
    for step in manner.chain:
        if not np.isfinite(step.value):
            raise ValueError(f"the value of {step.name} must be finite, got {step.value}")
        biases = tuple((0, bias) for _, bias in step.biases)
        with suppress(sampling.NothingLeft):
            sampling.pipeline(np.zeros(2), [replace(step, biases=biases)], sampling.Context((0,)))
    return manner


# As a file


def as_file(tree: Tree, text: str, answers: Sequence[Written]) -> str:
    """The tree with its text as JSON, each token with its number and as it is seen."""
    branches = [
        {
            "parent": branch.parent,
            "place": branch.place,
            "is_chosen": branch.is_chosen,
            "seed": branch.manner.seed,
            "chain": [
                {"step": s.name, "value": s.value, "biases": [[i, str(b)] for i, b in s.biases]}
                for s in branch.manner.chain
            ],
            "ids": branch.ids,
            "tokens": [token.visible for token in answer.tokens[branch.place : branch.end]],
            "probabilities": answer.probabilities[branch.place : branch.end].tolist(),
        }
        for branch, answer in zip(tree.branches, answers, strict=True)
    ]
    model = answers[0].model.name if answers else None
    about = {"glassbox_tree": 1, "model": model, "text": text, "branches": branches}
    return json.dumps(about, ensure_ascii=False, indent=1)


def from_file(words: str) -> tuple[str, Tree]:
    """The text and the tree of a file that `as_file` has made.

    Raises:
        ValueError: it is no such file.
    """
    try:
        about = json.loads(words)
        text, branches = about["text"], [_branch_from_file(one) for one in about["branches"]]
        text.encode("utf-8")  # refuses half of a character, which JSON lets pass
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a tree: {error!r}") from error
    return text, Tree(tuple(branches))


def _branch_from_file(about: dict) -> Branch:
    chain = tuple(
        Step(
            one["step"],
            _value(str(one["value"])),
            tuple((_whole(str(token_id)), _value(bias)) for token_id, bias in one["biases"]),
        )
        for one in about["chain"]
    )
    manner = checked(Manner(chain, _whole(str(about["seed"]))))
    ids = tuple(_whole(str(number)) for number in about["ids"])
    parent, place = _whole(str(about["parent"] + 1)) - 1, _whole(str(about["place"]))
    return Branch(parent, place, ids, manner, bool(about["is_chosen"]))
