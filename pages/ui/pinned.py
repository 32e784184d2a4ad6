"""The sentence that is pinned, so that the one above the pages can be compared with it."""

import streamlit as st

from pages.text import Text
from pages.ui import address
from pages.ui.page import is_lecture
from pages.ui.text_box import type_text

DEFAULT = "The cats slept all day because it was very"  # "it" can no longer be the cat


def pinned_sentence(text: Text) -> str:
    """The sentence; its box and button are not shown in a lecture."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pinned = type_text(text("pinned.label"), DEFAULT, key="pinned")
        if not is_lecture():
            st.button(text("pinned.pin"), key="pin", icon=":material/keep:", on_click=pin)
    return pinned


def pin() -> None:
    """Pin the sentence above the pages."""
    address.touch()
    st.session_state.pinned = st.session_state.prompt
    st.session_state.published["pinned"] = None  # the address does not hold this one yet
