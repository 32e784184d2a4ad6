"""Lines: where several heads of a layer look, from every query to its keys."""

import streamlit as st

from core import attention, lines
from pages.figures import attention as attention_figures
from pages.figures import lines as figures
from pages.ui import address
from pages.ui.cached import words
from pages.ui.current import choose_layer, choose_lens, current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("lines")
forward = current_run(text)
with st.container(horizontal=True):
    layer, head = choose_layer(forward, text)
    lens = choose_lens(forward, text)
shown, show = address.several("heads", forward.model.n_heads, (head,))
looks = lines.mean_of_heads(forward, layer, shown, lens)
row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)

ribbon(
    forward.tokens,
    row,
    label=text("ribbon.label"),
    shades=looks.attention_weights[row, : row + 1],
    follows="mean_of_heads",
    on_click=choose_row,
)
found = lines.lines(forward, layer, lens)
values = {
    "text": forward.text,
    "layer": layer,
    "lens": lens,
    "heads": shown,
    "names": ", ".join(map(str, shown)),
    "faintest": lines.FAINTEST,
    "most": lines.MOST,
    "drawn": min(found[place].share_drawn for place in shown),
    "model": measured_on(forward, text),
}
show_figure(
    "lines",
    figures.lines(found, shown, forward.tokens, row, text),
    text,
    values,
    legend=lambda *names: show(map(int, names)),
)
show_figure(
    "mean_of_heads",
    attention_figures.weights(looks, forward.tokens, row, words("attention", text.language)),
    text,
    values,
    click=lambda _, clicked: choose_row(clicked),
)
show_source(lines.of_head, lines.mean_of_heads, attention.through, text=text)
