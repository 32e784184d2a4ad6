"""The stages of one head: from q·k to the output, with the numbers of any cell."""

import streamlit as st

from core import stages
from pages.figures import stages as figures
from pages.ui import address
from pages.ui.cached import stored_run
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import as_code, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("stages")
forward = current_run(text)
if forward.queries is None:
    st.warning(text("no_stages", name=forward.model.name), icon=":material/info:")
    forward = stored_run()
layer, head = choose_head(forward, text)
found = stages.stages(forward, layer, head)
row, choose_row = address.place("row", len(forward.tokens), found.most_selective_query)
key, choose_key = address.place("key", len(forward.tokens), found.strongest_key(row))


def choose_cell(column: int | None, clicked: int) -> None:
    """Put the numbers of the clicked cell into the formula; the output has a row only."""
    choose_row(clicked)
    if column is not None:
        choose_key(column)


ribbon(
    forward.tokens,
    row,
    label=text("ribbon.label"),
    shades=found.attention_weights[row, : row + 1],
    on_click=choose_row,
)
cell = stages.cell(found, row, key)
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "row": row,
    "key": key,
    "query_token": forward.tokens[row].visible,
    "key_token": forward.tokens[key].visible,
    "d_head": forward.model.d_head,
    "scale": found.scale,
    "product": cell.product,
    "denominator": cell.denominator,
    "weight": cell.weight,
    "window": stages.WINDOW,
    "model": measured_on(forward, text),
}
show_figure(
    "stages",
    figures.stages(found, forward.tokens, row, key, text),
    text,
    values,
    click=choose_cell,
)
tokens = {"query": as_code(values["query_token"]), "key": as_code(values["key_token"])}
st.markdown(text("cell.masked" if cell.is_masked else "cell.seen", **tokens))
for line in figures.formula(found, cell, row, key):
    st.latex(line)
left, right = st.columns(2, gap="medium")
with left:
    show_figure("terms", figures.terms(found, cell, row, key, text), text, values)
with right:
    show_figure(
        "exponentials",
        figures.exponentials(cell, forward.tokens, row, key, text),
        text,
        values,
    )
show_source(stages.stages, stages.cell, text=text)
