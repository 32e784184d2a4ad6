"""The sentence that is pinned, so that the one above the pages can be compared with it."""

import streamlit as st

from pages.text import Text
from pages.ui import address
from pages.ui.page import is_lecture
from pages.ui.prompt import LONGEST_IN_ADDRESS

DEFAULT = "The cats slept all day because it was very"  # "it" can no longer be the cat


def pinned_sentence(text: Text) -> str:
    """The sentence; its box and button are not shown in a lecture."""
    address.follow("pinned", DEFAULT, str)
    if not is_lecture():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_area(
                text("pinned.label"),
                key="pinned",
                height=68,
                on_change=address.touch,
                persist_state="session",
            )
            st.button(text("pinned.pin"), key="pin", icon=":material/keep:", on_click=pin)
    pinned = st.session_state.pinned
    fits = len(pinned) <= LONGEST_IN_ADDRESS
    address.publish("pinned", pinned if fits and pinned != DEFAULT else None)
    return pinned


def pin() -> None:
    """Pin the sentence above the pages."""
    address.touch()
    st.session_state.pinned = st.session_state.prompt
    st.session_state.published["pinned"] = None  # the address does not hold this one yet
