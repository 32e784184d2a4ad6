"""Decoding: where a network looks each time that it writes a token.

Greedy decoding appends the most likely token, again and again. It is predicted at the place of the
last token so far, so the row n − 1 of the attention weights belongs to the writing of token n. The
causal mask leaves a row as it is whatever is written after it: one run over the finished text
holds the rows of all steps, and what a KV cache saves is to compute them anew at each step.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import attention
from core.model.forward_pass import ForwardPass
from core.model.questions import Continued

PARTS = ("first", "given", "written")  # of the text: its first token, the rest of it, what is new
N_CANDIDATES = 10


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps in which a text was continued; the one step to come where nothing was written."""

    forward: ForwardPass  # over the text with all that was written
    n_given: int  # tokens
    looks: attention.HeadAttention
    candidates: Int[ndarray, "step candidate"]  # token ids, the most likely one first
    probabilities: Float[ndarray, "step candidate"]

    @property
    def n_steps(self) -> int:
        """How many steps there are to look at, at least one."""
        return len(self.candidates)

    @property
    def n_written(self) -> int:
        """How many tokens were written."""
        return len(self.forward.tokens) - self.n_given

    @property
    def written(self) -> str:
        """What was written; "�" where its last character is not complete."""
        new = self.forward.tokens[self.n_given :]
        return b"".join(token.bytes for token in new).decode("utf-8", "replace")

    @property
    def attention_weights(self) -> Float[ndarray, "step key"]:
        """The weights of the query of each step; NaN for keys still to be written."""
        rows = self.looks.attention_weights[self.query_of(0) : self.query_of(self.n_steps)]
        is_there = np.tri(*rows.shape, k=self.query_of(0), dtype=bool)
        return np.where(is_there, rows, np.float32(np.nan))

    @property
    def shares(self) -> Float[ndarray, "step part"]:
        """How much of the weights the first token takes, the other given ones, and the written."""
        rows = np.nan_to_num(self.attention_weights)
        first, given, written = np.split(rows, [1, self.n_given], axis=-1)
        return np.stack([part.sum(axis=-1) for part in (first, given, written)], axis=-1)

    @property
    def mean_shares(self) -> Float[ndarray, " part"]:
        """The mean of the shares over the steps."""
        return self.shares.mean(axis=0)

    def query_of(self, step: int) -> int:
        """The position of a step's query: the last token so far, where the next is predicted."""
        return self.n_given - 1 + step

    def step_of(self, query: int) -> int:
        """The step of a query, or the nearest one."""
        return min(max(query - self.n_given + 1, 0), self.n_steps - 1)


def trace(continued: Continued, layer: int, head: int | None) -> Trace:
    """The weights and candidates of each step; with None for a head, the mean over the layer's.

    Raises:
        ValueError: the network has no such layer or head.
    """
    if not continued.candidates:  # the network ended the text at once
        return next_step(continued.forward, layer, head)
    return Trace(
        continued.forward,
        continued.n_given,
        attention.HeadAttention(weights(continued.forward, layer, head)),
        np.array(continued.candidates),
        continued.probabilities,
    )


def next_step(forward: ForwardPass, layer: int, head: int | None) -> Trace:
    """The step to come after a text: where its last token looks. Raises what `trace` raises."""
    looks = attention.HeadAttention(weights(forward, layer, head))
    likely = np.argsort(-forward.logits, kind="stable")[:N_CANDIDATES]
    exponentials = np.exp(forward.logits.astype(np.float64) - forward.logits[likely[0]])
    probabilities = exponentials[likely] / exponentials.sum()
    return Trace(forward, len(forward.tokens), looks, likely[None], probabilities[None])


def weights(forward: ForwardPass, layer: int, head: int | None) -> Float[ndarray, "query key"]:
    """The attention weights of one head, or the mean over all heads of the layer."""
    heads = range(forward.model.n_heads) if head is None else (head,)
    return sum(attention.weights_of(forward, layer, one) for one in heads) / len(heads)


def outcome(continued: Continued | None, n_asked: int) -> str:
    """Why no more was written: waiting, nothing, ended, asked or full.

    Raises:
        ValueError: more was written than was asked for.
    """
    if continued is None:
        return "waiting"
    n_written = len(continued.candidates)
    if n_written > n_asked:
        raise ValueError(f"{n_asked} tokens were asked for, got {n_written}")
    if continued.has_ended:
        return "ended" if n_written else "nothing"
    return "asked" if n_written == n_asked else "full"
