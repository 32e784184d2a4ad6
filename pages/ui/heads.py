"""Several heads, chosen by their codes: L13H8 is head 8 of layer 13. All count from 0."""

import streamlit as st

from core.model.forward_pass import ForwardPass
from pages.text import Text
from pages.ui import address

Head = tuple[int, int]  # layer, head
NONE, BETWEEN = "none", "."  # in the address, where no sign needs to be escaped


def code_of(layer: int, head: int) -> str:
    """The code of a head, in every language."""
    return f"L{layer}H{head}"


def choose_heads(
    forward: ForwardPass, text: Text, *, key: str, default: tuple[Head, ...]
) -> tuple[Head, ...]:
    """Any number of the model's heads, in their order; the address holds their codes."""
    card = forward.model
    heads = {
        code_of(layer, head): (layer, head)
        for layer in range(card.n_layers)
        for head in range(card.n_heads)
    }
    usual = [code for code in (code_of(*head) for head in default) if code in heads] or [*heads][:1]

    def read(words: str) -> list[str] | None:
        codes = [] if words == NONE else words.split(BETWEEN)
        return codes if all(code in heads for code in codes) else None

    chosen = address.follow(key, usual, read)
    # The next model may have fewer heads.
    st.session_state[key] = [code for code in dict.fromkeys(chosen) if code in heads]
    st.multiselect(
        text(f"control.{key}"),
        list(heads),
        key=key,
        placeholder=text(f"control.{key}_placeholder"),
        on_change=address.touch,
        persist_state="session",
    )
    chosen = sorted(st.session_state[key], key=heads.get)
    address.publish(key, None if chosen == sorted(usual) else BETWEEN.join(chosen) or NONE)
    return tuple(heads[code] for code in chosen)


def put_heads(key: str, *heads: Head) -> None:
    """Choose heads from elsewhere than their list."""
    address.touch()
    st.session_state[key] = [code_of(*head) for head in heads]
