"""Chat templates: a conversation becomes one text, and that text tokens.

A network goes on with a text; that somebody asks and somebody answers is a way of writing, learnt
in training. The template writes the marks between the turns, among them special tokens that no
ordinary text becomes. But a mark that somebody types is read as the same token (prompt injection).

In supervised fine-tuning only what the assistant wrote counts in the loss: the network learns to
answer, not to ask. Which tokens those are is told here by the template itself, or else by rendering
the turns before an answer with the prompt for one: what comes after it is the answer.

https://huggingface.co/docs/transformers/chat_templating; Ouyang et al. 2022, arXiv:2203.02155.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from core.tokenizer.cut import Cut

ROLES = ("system", "user", "assistant")
Span = tuple[int, int]  # first character, and the one after the last
MARKER, TEMPLATE, INJECTED = "marker", "template", "injected"
KINDS = (*ROLES, TEMPLATE, MARKER, INJECTED)


class TemplateRefuses(ValueError):
    """The template does not take this conversation; its own words, or the error in it."""


@dataclass(frozen=True)
class Turn:
    """What one of the speakers said."""

    role: str  # one of ROLES
    content: str


Render = Callable[[Sequence[Turn], bool], str]  # the second: with the prompt for an answer


@dataclass(frozen=True)
class Rendered:
    """A conversation as one text, and where in it the turns are."""

    turns: tuple[Turn, ...]
    text: str
    contents: tuple[Span | None, ...]  # of each turn; None where it is not once in the text
    answers: tuple[Span, ...]  # what the assistant wrote, without the marks after it
    told_by: str  # how the answers were found: template, prompt, content or nothing


@dataclass(frozen=True, eq=False)
class Marked:
    """The tokens of a rendered conversation, and who wrote each."""

    rendered: Rendered
    cut: Cut
    kinds: tuple[str, ...]  # one of KINDS for each token
    turns: Int[ndarray, " token"]  # whose content it is; −1: the template's
    in_loss: Bool[ndarray, " token"]  # counts in supervised fine-tuning

    @property
    def counts(self) -> dict[str, int]:
        """How many tokens there are of each kind."""
        return {kind: self.kinds.count(kind) for kind in KINDS}

    @property
    def n_in_loss(self) -> int:
        """How many tokens count in supervised fine-tuning."""
        return int(self.in_loss.sum())

    @property
    def preface(self) -> str:
        """What the template writes before the first turn, a system message of its own included."""
        first = self.rendered.contents[0]
        return self.rendered.text[: first[0]] if first else ""


def rendered(
    render: Render, turns: Sequence[Turn], prompted: bool, marked: Sequence[Span] = ()
) -> Rendered:
    """The conversation as the template writes it. `marked`: the answers, if it says where they are.

    Raises:
        TemplateRefuses: it does not take this conversation.
    """
    text = render(turns, prompted)
    contents = tuple(place_of(render, turns, prompted, number) for number in range(len(turns)))
    if marked:
        return Rendered(tuple(turns), text, contents, tuple(marked), "template")
    answers, begin_at_prompt = [], []
    for number, (turn, span) in enumerate(zip(turns, contents, strict=True)):
        if turn.role == "assistant" and span is not None:
            answers.append(span)
            begin_at_prompt.append(_prompt_before(render, turns[:number], text) == span[0])
    told_by = "prompt" if all(begin_at_prompt) else "content"
    told_by = told_by if answers else "nothing"
    return Rendered(tuple(turns), text, contents, tuple(answers), told_by)


def place_of(render: Render, turns: Sequence[Turn], prompted: bool, number: int) -> Span | None:
    """Where the content of a turn stands in the text; None where the template moves or drops it.

    The conversation is written once more with a mark in the content's place: what stands before
    and after the mark stands before and after the content.
    """
    text, turn = render(turns, prompted), turns[number]
    mark = "\ue000"  # from the area for private use; longer if somebody has typed it
    while any(mark in one.content for one in turns):
        mark += "\ue000"
    changed = [*turns[:number], Turn(turn.role, mark), *turns[number + 1 :]]
    try:
        before, found, after = render(changed, prompted).partition(mark)
    except TemplateRefuses:
        return None
    is_once = found and mark not in after and text.startswith(before) and text.endswith(after)
    if not is_once or len(before) + len(after) > len(text):
        return None
    return len(before), len(text) - len(after)


def injection(render: Render) -> str | None:
    """What ends a question and begins an answer: typed inside a question, it forges an answer."""
    turns = (Turn("user", "?"), Turn("assistant", "!"))
    try:
        found = rendered(render, turns, False)
    except TemplateRefuses:
        return None
    asked, answered = found.contents
    return found.text[asked[1] : answered[0]] if asked and answered else None


def marked(found: Rendered, cut: Cut, special: Sequence[Span]) -> Marked:
    """Who wrote each token. `special`: where tokens were found as they are in the text.

    A token that begins in one part of the text and ends in the next belongs to the first.
    """
    whole = np.isin(cut.starts, [start for start, _ in special])
    turns = np.full(len(cut), -1)
    for number, span in enumerate(found.contents):
        if span is not None:
            turns[_within(cut, span)] = number
    in_loss = np.zeros(len(cut), bool)
    for span in found.answers:
        inside = _within(cut, span)
        # The mark that ends the answer is learnt too: without it the network would not stop.
        ends = whole & (cut.starts == span[1]) if found.told_by != "template" else False
        in_loss |= inside | ends
    kinds = tuple(
        _kind(found.turns[turn].role if turn >= 0 else TEMPLATE, bool(is_special))
        for turn, is_special in zip(turns, whole, strict=True)
    )
    return Marked(found, cut, kinds, turns, in_loss)


def _kind(writer: str, is_special: bool) -> str:
    if not is_special:
        return writer
    return MARKER if writer == TEMPLATE else INJECTED


def _within(cut: Cut, span: Span) -> Bool[ndarray, " token"]:
    return (cut.starts >= span[0]) & (cut.starts < span[1])


def _prompt_before(render: Render, turns: Sequence[Turn], text: str) -> int | None:
    """Where the prompt for an answer ends, if the text goes on from it."""
    try:
        prompt = render(turns, True)
    except TemplateRefuses:
        return None
    return len(prompt) if text.startswith(prompt) else None
