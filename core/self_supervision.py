"""Self-supervision: the text itself says what is right, so nobody has to label it.

In a text of n tokens every token after the first is the label of those before it: n − 1 pairs. The
loss of a pair is −ln p of its target, and training makes the mean over the pairs small. The causal
mask lets no position see what comes after it, so one pass over the text gives all n − 1 predictions
(teacher forcing: each is made after the true tokens, whatever was predicted before).

Radford et al. 2018 (GPT), eq. 1. Masked language models make other pairs out of the same text:
Devlin et al. 2018 (BERT, arXiv:1810.04805), sec. 3.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from core.tokens import Token

IGNORED = -100  # the label of a position that does not count, in PyTorch and transformers
END, EMPTY = -1, -2  # in a packed row, beside the numbers of the texts


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a text teaches: of target t, which is token t + 1, all tokens up to t are the prefix."""

    losses: Float[ndarray, " target"]  # nats
    counts: Bool[ndarray, " target"]  # False where the target's label is IGNORED

    @property
    def n_counted(self) -> int:
        """Pairs that the mean is taken over."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """The loss of the text in nats, as a training log has it; NaN where no pair counts."""
        return float(self.losses[self.counts].mean()) if self.counts.any() else float("nan")

    @property
    def bits(self) -> float:
        """The mean in bits per token."""
        return float(self.mean / np.log(2))

    @property
    def perplexity(self) -> float:
        """e^mean."""
        return float(np.exp(self.mean))

    @property
    def n_read_in_one(self) -> int:
        """Tokens that one pass over the text reads."""
        return len(self.losses) + 1

    @property
    def n_read_apart(self) -> int:
        """Tokens that as many passes as there are pairs would read: 1 + 2 + … + (n − 1)."""
        return len(self.losses) * (len(self.losses) + 1) // 2


def lesson(surprisals: Float[ndarray, " target"], n_given: int) -> Lesson:
    """The pairs of a text of which the first n_given tokens, a prompt, are not to be learnt.

    They are still read. 0 and 1 are the same, because the first token is no target anyway.

    Raises:
        ValueError: the prompt is longer than the text, or a surprisal is no number from 0 up.
    """
    bits = np.asarray(surprisals, np.float64)
    if not 0 <= n_given <= len(bits) + 1:
        raise ValueError(f"of {len(bits) + 1} tokens 0 to all can be given, got {n_given}")
    if not (bits >= 0).all():
        raise ValueError(f"surprisals must be 0 or more, got {bits[~(bits >= 0)][0]}")
    return Lesson(bits * np.log(2), np.arange(1, len(bits) + 1) >= n_given)


@dataclass(frozen=True, eq=False)
class Shift:
    """What transformers is given, and what the model makes of it. All by position of the text."""

    inputs: Int[ndarray, " position"]  # input_ids
    labels: Int[ndarray, " position"]  # the same numbers, IGNORED within the prompt
    targets: Int[ndarray, " position"]  # what each position is to predict: labels, one to the left
    twice: Int[ndarray, " position"]  # the same if the labels were shifted before: a bug


def shift(ids: Sequence[int], n_given: int) -> Shift:
    """labels = input_ids, with −100 in the prompt; the model itself shifts them by one.

    transformers' ForCausalLMLoss. Position i is scored on token i + 1, so the first label is never
    used, and the last position is scored on nothing. Whoever shifts the labels as well trains the
    model to predict the token after the next.
    """
    labels = np.where(np.arange(len(ids)) < n_given, IGNORED, ids)
    once = np.append(labels[1:], IGNORED)
    return Shift(np.asarray(ids), labels, once, np.append(once[1:], IGNORED))


def characters(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """First token, the one after the last, and the text, where tokens only together can be read."""
    found, start, raw = [], 0, b""
    for place, token in enumerate(tokens):
        raw += token.bytes
        is_over = len(raw) > 3 and place > start  # a character has at most four bytes
        words = _readable(raw)
        if words is None and not is_over:
            continue
        if words and place > start:
            found.append((start, place + 1, words))
        start, raw = place + 1, b""
    return found


def _readable(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


# Several texts in one row


def packed(lengths: Sequence[int], width: int) -> Int[ndarray, "step position"]:
    """Texts one after the other, an END after each, cut into rows of one width.

    The numbers of the texts, END, and EMPTY behind the last one. A text may go on in the next row.

    Raises:
        ValueError: a text or a row is empty.
    """
    _check_lengths(lengths, width)
    line = [one for text, n in enumerate(lengths) for one in [*[text] * n, END]]
    line += [EMPTY] * (-len(line) % width)
    return np.array(line).reshape(-1, width)


def padded(lengths: Sequence[int], width: int) -> Int[ndarray, "step position"]:
    """Each text in a row of its own, with its END: what is too long is cut off, the rest EMPTY."""
    _check_lengths(lengths, width)
    rows = np.full((len(lengths), width), EMPTY)
    for text, n in enumerate(lengths):
        rows[text, : min(n, width)] = text
        rows[text, n : n + 1] = END
    return rows


def share_empty(rows: Int[ndarray, "step position"]) -> float:
    """The share of the positions that are computed for nothing."""
    return float((rows == EMPTY).mean())


# Masked language models


@dataclass(frozen=True, eq=False)
class Masked:
    """A text as BERT would be trained on it: some tokens are hidden, and those are the labels."""

    fates: tuple[str, ...]  # kept; or, for those that are labels: masked, replaced, left
    shown: Int[ndarray, " position"]  # the ids that are read; IGNORED where the mask stands

    @property
    def n_labels(self) -> int:
        """How many positions are predicted."""
        return sum(fate != "kept" for fate in self.fates)


def masked(ids: Sequence[int], d_vocab: int, share: float = 0.15, seed: int = 0) -> Masked:
    """Positions drawn at random, at least one; of these 80 % masked, 10 % another token, 10 % left.

    Another token is drawn from the whole vocabulary. All three have the true token as label, which
    keeps the network from trusting the tokens that it sees: BERT's create_pretraining_data.py.

    Raises:
        ValueError: the share is no number above 0 and up to 1, or there is no token.
    """
    if not 0 < share <= 1:
        raise ValueError(f"the share must be above 0 and up to 1, got {share}")
    if not len(ids):
        raise ValueError("there must be a token to mask, got none")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(ids))[: max(1, round(share * len(ids)))]
    fates, shown = ["kept"] * len(ids), np.array(ids)
    for place in chosen:
        draw = rng.random()
        fates[place] = "masked" if draw < 0.8 else "replaced" if draw < 0.9 else "left"
        if fates[place] != "left":
            shown[place] = IGNORED if draw < 0.8 else rng.integers(d_vocab)
    return Masked(tuple(fates), shown)


def _check_lengths(lengths: Sequence[int], width: int):
    if width < 1 or not all(n > 0 for n in lengths):
        raise ValueError(f"rows and texts need a position at least, got {width}, {lengths}")
