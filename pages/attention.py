"""Attention: where each token of the sentence looks, head by head."""

import streamlit as st

from core import attention
from pages.figures import attention as figures
from pages.ui import address
from pages.ui.current import choose_head, choose_lens, current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("attention")
forward = current_run(text)

with st.container(horizontal=True):
    layer, head = choose_head(forward, text)
    lens = choose_lens(forward, text)
looks = attention.through(lens, forward, layer, head)
row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)

ribbon(
    forward.tokens,
    row,
    label=text("ribbon.label"),
    shades=looks.attention_weights[row, : row + 1],
    follows="weights",
    on_click=choose_row,
)
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "lens": lens,
    "row": row,
    "query": forward.tokens[row].visible,
    "what": text(f"why.{lens}"),
    "model": measured_on(forward, text),
}
left, right = st.columns([3, 2], gap="medium")
with left:
    show_figure(
        "weights",
        figures.weights(looks, forward.tokens, row, text),
        text,
        values,
        click=lambda _, clicked: choose_row(clicked),
    )
with right:
    show_figure("row", figures.row(looks, forward.tokens, row, text), text, values)
carried = attention.carried(forward, layer, head)
if carried is None:
    st.info(text("no_values", name=forward.model.name), icon=":material/info:")
else:
    values |= {
        "first": carried.first_norm,
        "others": carried.other_norm,
        "sink_weight": carried.sink_weight,
        "sink_output": carried.sink_output,
    }
    show_figure("lengths", figures.lengths(carried, forward.tokens, text), text, values)
show_source(attention.through, attention.factors, attention.causal_softmax, text=text)
