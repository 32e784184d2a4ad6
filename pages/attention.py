"""Attention: where each token of the sentence looks, head by head."""

import streamlit as st

from core import attention
from pages.figures import attention as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import choose_index, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("attention")
forward = current_run(text)

with st.container(horizontal=True):
    # Where the default sentence is told best: "it" looks at "cat".
    layer = choose_index(
        text("control.layer"), forward.model.n_layers, key="layer", default=13, text=text
    )
    head = choose_index(
        text("control.head"), forward.model.n_heads, key="head", default=8, text=text
    )
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
