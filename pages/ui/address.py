"""The view in the address bar, where a widget cannot keep it there by itself.

Numbers and switches use Streamlit's own bind="query-params". It would write the translated name
of a choice, though, and a text of any length; a place that was clicked is no widget; and what a
link brought would be lost on the way to the next page, which layer and head are to reach. These
are kept here: under their own names, checked when they come back.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
LONGEST_NUMBER = 9  # digits
LANGUAGE = "lang"  # always in the address, so that an address without it is not one of ours


def begin() -> None:
    """Once at the start of each run: remember what the address says, before it is rewritten."""
    st.session_state.linked = dict(st.query_params)
    # When a click or a keystroke caused this run, the address may still lag behind it.
    st.session_state.follows_address = not st.session_state.pop("touched", False)
    st.session_state.setdefault("published", {})
    st.session_state.setdefault("followed_on", {})


def touch() -> None:
    """To be called from the callback of each input kept here: the visitor wins over the address."""
    st.session_state.touched = True


def follow(key: str, default: T, read: Callable[[str], T | None], extent: object = None) -> T:
    """The value under a key, after going back, forward or to a link; `default` if it is nonsense.

    `read` turns the address's words into a value, or into None. `extent` is what the widget under
    the key offers.
    """
    state, linked = st.session_state, st.session_state.linked
    is_new = key not in state
    moved = LANGUAGE in linked and linked.get(key) != state.published.get(key)
    widget = state.get("page"), extent
    if is_new or (moved and state.follows_address):
        value = read(linked[key]) if key in linked else None
        state[key] = default if value is None else value
    elif state.followed_on.get(key) != widget:
        # On another page, or offering something else, it is a new widget to Streamlit: it has to
        # be told the value.
        state[key] = state[key]
    state.followed_on[key] = widget
    return state[key]


def publish(key: str, words: str | None) -> None:
    """Write a value into the address, or take it out."""
    if words is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != words:
        st.query_params[key] = words
    st.session_state.published[key] = words


def _number(words: str) -> int | None:
    """A number out of the address. One of thousands of digits is not even read."""
    return int(words) if words.isdecimal() and len(words) <= LONGEST_NUMBER else None


def index(key: str, count: int, default: int) -> int:
    """The number of one of `count` things, for the widget that will choose it under the key."""

    def read(words: str) -> int | None:
        number = _number(words)
        return number if number is not None and number < count else None

    if follow(key, default, read, count) >= count:  # it was chosen for a larger network
        st.session_state[key] = default
    return st.session_state[key]


def place(key: str, count: int, default: int) -> tuple[int, Callable[[int], None]]:
    """A place that is chosen by clicking, 0 … count − 1, and the function that chooses one.

    One beyond the end stays in the address: until the model is loaded, another text is on screen.
    """

    def put(chosen: int) -> None:
        touch()
        st.session_state[key] = chosen

    # None stands for the default, which may lie elsewhere for the next text.
    chosen = follow(key, None, _number)
    publish(key, None if chosen in (None, default) else str(chosen))
    return default if chosen is None or chosen >= count else chosen, put


def several(
    key: str, count: int, default: tuple[int, ...]
) -> tuple[tuple[int, ...], Callable[[Iterable[int]], None]]:
    """Several of 0 … count − 1, at least one, and the function that chooses them."""

    def read(words: str) -> tuple[int, ...] | None:
        numbers = {_number(part) for part in words.split(",")}
        if None in numbers or max(numbers) >= count:
            return None
        return tuple(sorted(numbers))

    def put(chosen: Iterable[int]) -> None:
        touch()
        st.session_state[key] = tuple(sorted(set(chosen)))

    chosen = follow(key, None, read)
    if not chosen or max(chosen) >= count:
        chosen = default
    publish(key, None if chosen == default else ",".join(map(str, chosen)))
    return chosen, put
