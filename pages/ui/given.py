"""How much of a text is given as a prompt, and from which pair on its pairs are drawn."""

from collections.abc import Callable

import streamlit as st

from pages.text import Text
from pages.ui import address
from pages.ui.page import choose_index

KEY = "n_given"


def choose_given(n_tokens: int, text: Text) -> tuple[int, int, Callable[[int], None]]:
    """The tokens that are given, the first pair that is drawn, and what a click on a pair does.

    A click makes the pair the first one to be learnt. To be called within a row of controls.
    """
    n_given = choose_index(text("control.n_given"), n_tokens, key=KEY, default=0, text=text)
    first = choose_index(
        text("control.first"), n_tokens - 1, key="first_pair", default=0, text=text
    )

    def put(row: int) -> None:
        address.touch()
        # Pair 0 has token 1 as its target.
        st.session_state[KEY] = min(first + row + 1, n_tokens - 1)

    return n_given, first, put
