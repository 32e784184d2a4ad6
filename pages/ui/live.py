"""The sentence while it is being typed, for pages quick enough to follow each key.

The box above the pages hands its text over when one leaves it, because most pages run a network
on it. A listener in the browser sends what stands in the box meanwhile. Nothing is ever written
into the box: text, caret and focus are the visitor's. After a pause the box is told to hand its
text over itself, so that the address and the other pages have it too.
"""

import streamlit as st

from pages.ui import address
from pages.ui.component import component
from pages.ui.page import is_lecture
from pages.ui.prompt import TYPED

KEY = "typing"
_TYPING = component("typing", "live.js", html="<span></span>")


def sentence() -> str:
    """What stands in the box."""
    handed_over = st.session_state.prompt
    since, words = st.session_state.get(TYPED, (None, ""))
    # Going back brings another sentence, which counts for more than what was typed before.
    return words if since == handed_over else handed_over


def listen(shown: str) -> None:
    """Hear what is typed. To be called below what follows it: then the next may come.

    `shown` is the sentence that the page has followed.
    """
    if not is_lecture():  # which has no box
        _TYPING(key=KEY, data={"shown": shown}, height=1, on_words_change=_take)


def _take() -> None:
    address.touch()
    words = st.session_state[KEY].words
    st.session_state[TYPED] = st.session_state.prompt, words
