"""The sentence itself as its tokens, shaded by a number for each, any of which can be chosen."""

from collections.abc import Callable
from math import isfinite

import streamlit as st
from jaxtyping import Float
from numpy import ndarray

from core.tokens import Token
from pages.figures import style
from pages.ui.component import component

KEY = "sentence"
_RIBBON = component(
    "ribbon", "ribbon.js", css="ribbon.css", html="<div class='ribbon' role='listbox'></div>"
)


def ribbon(
    tokens: tuple[Token, ...],
    chosen: int,
    *,
    label: str,
    shades: Float[ndarray, " key"] | None = None,
    follows: str | None = None,
    on_click: Callable[[int], None],
) -> None:
    """Show the tokens, each with its shade (0 to 1); those beyond the shades stay blank.

    A token under the pointer shows its row of the figure that the ribbon `follows` instead.
    """
    _RIBBON(
        key=KEY,
        data={
            "label": label,
            "tokens": [token.visible for token in tokens],
            "shades": [] if shades is None else _plain(shades),
            "chosen": chosen,
            "follows": follows,
            "scale": [colour for _, colour in style.WEIGHTS],
            "dark": style.DARK,
        },
        on_click_change=lambda: on_click(int(st.session_state[KEY].click)),
    )


def _plain(shades: Float[ndarray, " key"]) -> list[float | None]:
    """Numbers as JSON knows them, which has no NaN."""
    return [round(float(shade), 4) if isfinite(shade) else None for shade in shades]
