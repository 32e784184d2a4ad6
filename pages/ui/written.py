"""What was written, as coloured tokens that say what else could have stood there.

While it is written, the page's run waits, and a component can be given its data only once a run.
So what comes is handed over by another one, which is not seen (news.js).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.model.writing import Writing, Written
from core.tokens import SPACE, Token
from core.writing import Passage
from pages.figures import style
from pages.figures import writing as figures
from pages.text import Text
from pages.ui.cached import words
from pages.ui.component import component

FOLDER = Path(__file__).parent
KEY = "written"
LONGEST_GIVEN = 300  # characters of the text that are seen before what was written
_WRITTEN = component(
    "written",
    "passage.js",
    "written.js",
    css="written.css",
    html="<div class='written'><div class='legend'></div>"
    "<div class='passage' role='group'></div><div class='detail'></div></div>",
)
_NEWS = st.components.v2.component("glassbox_news", js=(FOLDER / "news.js").read_text("utf-8"))
WORDS = (
    "label", "place", "network", "chain", "rank", "bits", "entropy", "by_hand", "drawn", "hint",
    "no_branch", "alternative", "fate", "written", "removed", "branch", "nothing",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """How it is shown."""

    given: str  # the text before it
    shade: str  # one of figures.SHADES
    place: int = 0  # whose alternatives are on screen until another one is pointed at
    forks: tuple[int, ...] = ()  # places where other branches leave
    can_branch: bool = True
    run: str | None = None  # what is being written


@dataclass(frozen=True)
class Underway:
    """What is being written."""

    asked: Writing
    n_known: int = 0  # tokens of it that are on screen already
    chosen_at: int | None = None  # the place of a token that was chosen by hand


def show_written(
    passage: Passage | None,
    view: View,
    text: Text,
    *,
    on_place: Callable[[int], None],
    on_alternative: Callable[[int, int], None],
) -> None:
    """The tokens, and one's alternatives: a place can be chosen, and an alternative of a place."""
    given = view.given
    _WRITTEN(
        key=KEY,
        data={
            "text": given,
            "given": given if len(given) <= LONGEST_GIVEN else "…" + given[-LONGEST_GIVEN:],
            "tokens": [] if passage is None else _of_passage(passage, text),
            "run": view.run,
            "chosen": view.place,
            "forks": list(view.forks),
            "canBranch": view.can_branch,
            "shade": view.shade,
            "bounds": list(figures.BOUNDS[view.shade]),
            "scale": figures.COLOURS,
            "accent": style.ACCENT,
            "second": style.SECOND,
            "dark": style.DARK,
            "words": {word: text(f"written.{word}") for word in WORDS}
            | {
                "shade": text(f"shade.{view.shade}"),
                "classes": figures.classes(view.shade, text),
            },
        },
        on_place_change=lambda: on_place(int(st.session_state[KEY].place)),
        on_alternative_change=lambda: on_alternative(*map(int, st.session_state[KEY].alternative)),
    )


def show_news(slot: DeltaGenerator, underway: Underway, part: Written, text: Text) -> None:
    """Tell the tokens on screen how they go on."""
    asked = underway.asked
    names = ["", *(stage_name(step.name, text) for step in asked.chain)]
    tokens = [
        _token(part, place, [names[n] for n in part.removed_by[place]], place == underway.chosen_at)
        for place in range(underway.n_known, len(part.tokens))
    ]
    with slot:
        _NEWS(
            data={
                "run": run_of(asked),
                "start": underway.n_known,
                "tokens": tokens,
                "speed": speed(part, text),
            }
        )


def stage_name(step: str, text: Text) -> str:
    """A sampling stage in the reader's language."""
    return words("sampling", text.language)(f"stage.{step}")


def run_of(asked: Writing) -> str:
    """A name for what is being written."""
    return f"{hash(asked):x}"


def speed(part: Written, text: Text) -> str:
    """How fast the tokens came; empty where none was drawn."""
    seconds = [one for one in part.seconds if isfinite(one)]
    if not seconds:
        return ""
    took = max(sum(seconds), 1e-9)
    return text("speed", n=len(seconds), seconds=took, per_second=len(seconds) / took)


def readable(token: Token) -> str:
    """The token within a text: with its spaces, so that it reads on; all else as it is seen."""
    holds_the_sign = SPACE.encode() in token.bytes
    seen = token.visible if holds_the_sign else token.visible.replace(SPACE, " ")
    return seen + "\n" if token.bytes.endswith(b"\n") else seen


def _of_passage(passage: Passage, text: Text) -> list[list]:
    names = {name: stage_name(name, text) for row in passage.removers for name in row if name}
    return [
        _token(passage.answer, place, [names.get(name, "") for name in removers], bool(chosen))
        for place, (removers, chosen) in enumerate(
            zip(passage.removers, passage.is_chosen, strict=True)
        )
    ]


def _token(answer: Written, place: int, removers: Sequence[str], is_chosen: bool) -> list:
    """What written.js knows of a token."""
    alternatives = [
        [int(token_id), answer.token(int(token_id)).visible, _short(p), _short(after), remover]
        for token_id, p, after, remover in zip(
            answer.candidates[place],
            answer.candidate_probabilities[place],
            answer.candidate_drawn_with[place],
            removers,
            strict=True,
        )
    ]
    return [
        readable(answer.tokens[place]),
        _short(answer.probabilities[place]),
        _short(answer.drawn_with[place]),
        int(answer.ranks[place]),
        round(float(answer.entropies[place]), 3),
        is_chosen,
        alternatives,
        answer.tokens[place].id,
    ]


def _short(probability: float) -> float:
    return float(f"{probability:.4g}")
