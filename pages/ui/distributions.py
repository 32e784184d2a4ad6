"""Two small distributions: taken from an example, the sentence or the model, dragged, or typed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from jaxtyping import Float
from numpy import ndarray
from streamlit.delta_generator import DeltaGenerator

from core import entropy, sampling, temperature
from core.model.forward_pass import ForwardPass
from core.tokens import Token
from pages.text import Text
from pages.ui import address
from pages.ui.current import measured_on
from pages.ui.number_list import Numbers, Put, type_list
from pages.ui.page import choose, choose_from_many

MOST = 12  # outcomes
FREQUENT = 9  # characters, or tokens, with a bar of their own; the others have one together
LARGEST = 1e6  # of a weight that is typed
FLAT = 2.0  # the temperature of the distribution that the model's own is compared with
FROM_TEXT = ("letters", "next")
UNITS = ("bits", "nats")
NAMES = "ABCDEFGHIJKL"


@dataclass(frozen=True, eq=False)
class Pair:
    """What the page looks at."""

    p: Float[ndarray, " outcome"]
    q: Float[ndarray, " outcome"]
    names: tuple[str, ...]
    unit: str
    drag: Callable[[int, float], None]  # a bar of p, or after them one of q
    origin: str  # a sentence that says where p comes from

    @property
    def values(self) -> dict[str, object]:
        """The fields that name this view in recipes."""
        return {"p": self.p.tolist(), "q": self.q.tolist(), "info_unit": self.unit}


def choose_pair(forward: ForwardPass, text: Text) -> Pair:
    """The example, the unit and a field for each distribution, in one row."""
    row, below = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
    with row:
        example = choose_from_many(
            text("control.example"),
            (*entropy.EXAMPLES, *FROM_TEXT),
            next(iter(entropy.EXAMPLES)),
            key="p_of",
            names=lambda code: text(f"example.{code}"),
        )
        unit = choose(
            text("control.unit"), UNITS, key="info_unit", names=lambda code: text(f"unit.{code}")
        )
        usual, other, names, origin = _from(example, forward, text)
        p, put_p = _typed(f"p_{example}", text("control.p"), usual, (1, MOST), below, text)
        n = len(p)
        if n != len(usual):
            other, names = (1 / n,) * n, tuple(NAMES[:n])
        q, put_q = _typed(f"q_{example}_{n}", text("control.q"), other, (n, n), below, text)

        def start_again() -> None:
            address.touch()
            for key in (f"p_{example}", f"q_{example}_{len(usual)}"):
                st.session_state[key] = None  # the default

        st.button(
            "",
            icon=":material/restart_alt:",
            help=text("control.restart"),
            key="restart_pair",
            on_click=start_again,
        )

    def drag(place: int, share: float) -> None:
        if place < n:
            put_p(entropy.moved(p, place, share))
        elif place < 2 * n:
            put_q(entropy.moved(q, place - n, share))

    return Pair(p, q, names, unit, drag, origin)


def _typed(
    key: str,
    label: str,
    usual: Numbers,
    count: tuple[int, int],
    below: DeltaGenerator,
    text: Text,
) -> tuple[Float[ndarray, " outcome"], Put]:
    """A distribution out of a field; what is typed there are weights."""
    n_least, n_most = count
    numbers, put = type_list(
        key,
        label,
        usual,
        0.0,
        LARGEST,
        n_most,
        text,
        n_least=n_least,
        are_weights=True,
        below=below,
    )
    return entropy.distribution(np.array(numbers)), put


def _from(
    example: str, forward: ForwardPass, text: Text
) -> tuple[Numbers, Numbers, tuple[str, ...], str]:
    """The two distributions of an example, their outcomes' names, and where p comes from."""
    if example in entropy.EXAMPLES:
        names = tuple(text(f"outcomes.{example}").split("|"))
        return *entropy.EXAMPLES[example], names, text("origin.example")
    others = text("outcomes.others")
    if example == "letters":
        found = entropy.alphabet(forward.text, FREQUENT)
        n = len(found.shares)
        names = tuple(Token(0, one.encode("utf-8")).visible for one in found.characters)
        names = (*names, others)[:n]
        counts = {"n": found.n_characters, "shown": len(found.characters), "bits": found.entropy}
        origin = text("origin.letters", length=len(forward.text), **counts)
        return tuple(found.shares.tolist()), (1 / n,) * n, names, origin
    ids = sampling.rank(forward.logits)[:FREQUENT]
    names = (*(forward.token(int(one)).visible for one in ids), others)
    own, flat = (temperature.at(forward.logits, t).probabilities for t in (1.0, FLAT))
    shares = [
        tuple(np.append(one[ids], max(0.0, 1 - one[ids].sum())).tolist()) for one in (own, flat)
    ]
    bits = sampling.stage(forward.logits.astype(np.float64)).entropy
    counts = {"shown": FREQUENT, "n": len(forward.logits), "flat": FLAT, "bits": bits}
    return *shares, names, text("origin.next", model=measured_on(forward, text), **counts)
