"""A few logits and the label: typed, dragged, or those of the model's likeliest tokens."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from jaxtyping import Float
from numpy import ndarray
from streamlit.delta_generator import DeltaGenerator

from core import sampling
from core.model.forward_pass import ForwardPass
from pages.text import Text
from pages.ui import address
from pages.ui.current import measured_on
from pages.ui.number_list import Numbers, type_list
from pages.ui.page import choose, choose_from_many

USUAL = 2.0, 1.0, 0.5, -1.0
MOST, SHOWN = 8, 6
LOWEST, HIGHEST = -50.0, 50.0
NAMES = "ABCDEFGH"
SOURCES = ("own", "model")


@dataclass(frozen=True, eq=False)
class Chosen:
    """What the page looks at."""

    logits: Float[ndarray, " outcome"]
    names: tuple[str, ...]
    label: int
    drag: Callable[[int, float], None]
    click: Callable[[int | None, int], None]  # chooses the label
    origin: str  # a sentence that says where the logits come from

    @property
    def values(self) -> dict[str, object]:
        """The fields that name this view in recipes."""
        return {"z": self.logits.tolist(), "answer": self.label}


def choose_logits(forward: ForwardPass, below: DeltaGenerator, text: Text) -> Chosen:
    """Where they come from, a field for them, and the label; what is wrong with them goes below."""
    source = choose(
        text("control.source"), SOURCES, key="z_of", names=lambda code: text(f"source_of.{code}")
    )
    usual, names, origin = _from(source, forward, text)
    numbers, put = type_list(
        f"z_{source}",
        text("control.logits"),
        usual,
        LOWEST,
        HIGHEST,
        MOST,
        text,
        n_least=2,
        below=below,
    )
    n = len(numbers)
    if n != len(usual):
        names, origin = tuple(NAMES[:n]), text("origin.own")
    codes = tuple(map(str, range(n)))
    label = choose_from_many(
        text("control.label"),
        codes,
        codes[0],
        key="answer",
        names=lambda code: names[int(code)],
    )

    def drag(place: int, logit: float) -> None:
        if place < n:
            put((*numbers[:place], logit, *numbers[place + 1 :]))

    def click(place: int | None, _: int) -> None:
        if place is not None and place < n:
            address.touch()
            st.session_state.answer = str(place)

    return Chosen(np.array(numbers), names, int(label), drag, click, origin)


def _from(source: str, forward: ForwardPass, text: Text) -> tuple[Numbers, tuple[str, ...], str]:
    """Logits to begin with, the names of their outcomes, and where they come from."""
    if source == "own":
        return USUAL, tuple(NAMES[: len(USUAL)]), text("origin.own")
    ids = sampling.rank(forward.logits)[:SHOWN]
    logits = tuple(round(float(forward.logits[one]), 2) for one in ids)
    names = tuple(forward.token(int(one)).visible for one in ids)
    said = {"shown": len(ids), "n": len(forward.logits), "model": measured_on(forward, text)}
    return logits, names, text("origin.model", **said)
