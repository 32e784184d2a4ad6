"""Why √d: what the scale of the scores does to the softmax and to its gradient."""

import streamlit as st

from core import attention, scaling
from pages.figures import scaling as figures
from pages.ui import address
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.number import type_number
from pages.ui.page import open_page, show_figure, show_metrics, show_source
from pages.ui.ribbon import ribbon

WIDTH, N_KEYS, LAST_SEED = 64, 32, 999

text = open_page("scaling")
forward = current_run(text)

with st.container(horizontal=True):
    width = st.select_slider(
        text("control.width"), scaling.WIDTHS, WIDTH, key="d_k", bind="query-params"
    )
    n_keys = st.slider(
        text("control.n_keys"), 2, scaling.MOST_KEYS, N_KEYS, key="n_keys", bind="query-params"
    )
    seed = type_number(text("control.seed"), 0, LAST_SEED, 0, key="seed", width=160)
course = scaling.course(n_keys, seed)
products = scaling.dot_products(width, seed)
compared = scaling.compare(width, n_keys, seed)
values = {
    "d_head": width,
    "n_keys": n_keys,
    "seed": seed,
    "n_queries": scaling.N_QUERIES,
    "variance": products.var(),
    "deviation": products.std(),
    **vars(compared),
}
show_figure("spread", figures.spread(course, width, text), text, values)
st.markdown(text("derivation"))
show_figure("saturation", figures.saturation(compared, text), text, values)
st.markdown(text("summary", **values))
show_figure("gradient", figures.gradient(course, width, text), text, values)
st.markdown(text("jacobian"))

st.subheader(text("own.title"), anchor="own")
if forward.queries is None:
    st.info(text("own.no_queries"), icon=":material/info:")
else:
    layer, head = choose_head(forward, text)
    own = scaling.compare_head(forward, layer, head)
    looks = attention.HeadAttention(own.by_root.attention_weights)
    row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)
    ribbon(
        forward.tokens,
        row,
        label=text("ribbon.label"),
        shades=own.by_root.attention_weights[row, : row + 1],
        on_click=choose_row,
    )
    values = {
        "text": forward.text,
        "layer": layer,
        "head": head,
        "row": row,
        "query": forward.tokens[row].visible,
        "d_head": forward.model.d_head,
        "model": measured_on(forward, text),
        **vars(own),
    }
    show_metrics(text, ("unscaled", "by_root", "by_width"), values)
    show_figure("real", figures.real(own, forward.tokens, row, text), text, values)
show_source(scaling.dot_products, scaling.weigh, scaling.compare_head, text=text)
