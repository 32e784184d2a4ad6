"""Attention: where each token of the sentence looks, head by head."""

import streamlit as st

from core import attention
from pages.figures import attention as figures
from pages.ui import address
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("attention")
forward = current_run(text)

layer, head = choose_head(forward, text)
looks = attention.head(forward, layer, head)
row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)

ribbon(
    "sentence",
    forward.tokens,
    row,
    label=text("ribbon.label"),
    shades=looks.attention_weights[row, : row + 1],
    on_click=choose_row,
)
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "row": row,
    "query": forward.tokens[row].visible,
    "model": measured_on(forward, text),
}
left, right = st.columns([3, 2], gap="medium")
with left:
    show_figure(
        "weights",
        figures.weights(looks, forward.tokens, row, text),
        text,
        values,
        on_click=lambda _, clicked: choose_row(clicked),
    )
with right:
    show_figure("row", figures.row(looks, forward.tokens, row, text), text, values)
show_source(attention.head, attention.scores, attention.causal_softmax, text=text)
