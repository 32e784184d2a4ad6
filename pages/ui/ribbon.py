"""The sentence itself as its tokens, shaded by a number for each, any of which can be chosen."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from jaxtyping import Float
from numpy import ndarray

from core.tokens import Token
from pages.figures import style

FOLDER = Path(__file__).parent
_RIBBON = st.components.v2.component(
    "glassbox_ribbon",
    html="<div class='ribbon' role='listbox'></div>",
    css=(FOLDER / "ribbon.css").read_text("utf-8"),
    js=(FOLDER / "ribbon.js").read_text("utf-8"),
)


def ribbon(
    name: str,
    tokens: tuple[Token, ...],
    chosen: int,
    *,
    label: str,
    shades: Float[ndarray, " key"] | None = None,
    on_click: Callable[[int], None],
) -> None:
    """Show the tokens, each with its shade (0 to 1); those beyond the shades stay blank."""
    _RIBBON(
        key=name,
        data={
            "label": label,
            "tokens": [token.visible for token in tokens],
            "shades": [] if shades is None else [round(float(shade), 4) for shade in shades],
            "chosen": chosen,
            "scale": [colour for _, colour in style.WEIGHTS],
            "dark": style.DARK,
        },
        on_click_change=lambda: on_click(int(st.session_state[name].click)),
    )
