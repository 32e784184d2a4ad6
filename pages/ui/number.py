"""Whole numbers that are typed.

Streamlit's own bind="query-params" cannot be used for them: an address with 1e999 in it raises
"cannot convert float infinity to integer" (1.67). So the address is read and written here.
"""

import streamlit as st

from pages.ui import address


def type_number(
    label: str, low: int, high: int, usual: int, *, key: str, width: int | str = "stretch"
) -> int:
    """The number in the field, `usual` until another one is typed or the address holds one."""

    def read(words: str) -> int | None:
        is_number = words.isdecimal() and len(words) <= len(str(high))
        return int(words) if is_number and low <= int(words) <= high else None

    address.follow(key, usual, read)
    number = st.number_input(
        label,
        low,
        high,
        key=key,
        on_change=address.touch,
        persist_state="session",
        width=width,
    )
    address.publish(key, None if number == usual else str(number))
    return number
