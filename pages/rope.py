"""RoPE: a position is an angle, and each pair of numbers turns at its own speed."""

import streamlit as st

from core import rope
from pages.figures import rope as figures
from pages.ui.current import current_run
from pages.ui.page import open_page, show_figure, show_metrics, show_source

text = open_page("rope")
card = current_run(text).model
if not card.has_pairs:
    st.warning(text("no_pairs", d_head=card.d_head))
    st.stop()

base = st.number_input(
    text("control.base"), 2.0, 1e9, card.rope_base or 10_000.0, key="base", bind="query-params"
)
spectrum = rope.spectrum(card.d_head, base)
values = {
    "d_head": card.d_head,
    "base": base,
    "context_length": card.context_length,
    "n_pairs": len(spectrum.frequencies),
    "unfinished": spectrum.count_unfinished(card.context_length),
    "name": card.name,
}
show_metrics(text, ("n_pairs", "context_length", "unfinished"), values)
show_figure("wavelengths", figures.wavelengths(spectrum, card.context_length, text), text, values)
show_source(rope.spectrum, rope.rotate, text=text)
