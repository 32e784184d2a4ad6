"""A text of a page's own, beside the sentence: typed, and in the address while it fits there."""

from collections.abc import Callable

import streamlit as st

from pages.ui import address
from pages.ui.page import is_lecture
from pages.ui.prompt import LONGEST_IN_ADDRESS


def type_text(
    label: str,
    default: str,
    *,
    key: str,
    height: int = 68,
    read: Callable[[str], str | None] = str,
) -> str:
    """The text; its box is not shown in a lecture. `read` checks one that comes by a link."""
    address.follow(key, default, read)
    if not is_lecture():
        st.text_area(
            label, key=key, height=height, on_change=address.touch, persist_state="session"
        )
    typed = st.session_state[key]
    fits = len(typed) <= LONGEST_IN_ADDRESS
    address.publish(key, typed if fits and typed != default else None)
    return typed
