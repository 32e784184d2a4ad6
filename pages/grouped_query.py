"""MHA, GQA, MQA: which heads share keys and values, and what memory that saves."""

import streamlit as st

from core import attention, grouped_query
from pages.figures import grouped_query as figures
from pages.ui import address
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.number import type_number
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source
from pages.ui.ribbon import ribbon

MOST = dict(heads=256, kv_heads=256, layers=999, width=999, people=9999, tokens=figures.LONGEST)
NUMBERS = "own", "float32", "float16", "int8"


def typed(name: str, usual: int) -> int:
    """A number of the network's, as it is unless another one is typed."""
    label, most, key = text(f"control.{name}"), MOST[name], f"{network.code}.{name}"
    return type_number(label, 1, most, min(usual, most), key=key)


def number_name(code: str) -> str:
    """A kind of number in the reader's words."""
    return text("number.own", dtype=network.dtype) if code == "own" else code


text = open_page("grouped_query")
forward = current_run(text)
networks = grouped_query.networks(forward.model)
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.selectbox(text("control.network"), networks, key="network", bind="query-params")
    network = networks[name]
    n_heads = typed("heads", network.n_heads)
    wanted = typed("kv_heads", network.n_key_value_heads)
    by_remainder = st.toggle(text("control.remainder"), key="remainder", bind="query-params")
n_key_value_heads = grouped_query.nearest_division(n_heads, wanted)
slot = st.empty()
if n_key_value_heads != wanted:
    slot.warning(text("not_divided", heads=n_heads, wanted=wanted, nearest=n_key_value_heads))
readers = grouped_query.readers(n_heads, n_key_value_heads)
values = {"n_heads": n_heads, "n_key_value_heads": n_key_value_heads, "readers": readers}
show_figure("readers", figures.readers(readers, by_remainder, text), text, values)
st.markdown(text("rule"))

with st.container(horizontal=True, vertical_alignment="bottom"):
    n_layers, d_head = typed("layers", network.n_layers), typed("width", network.d_head)
    n_tokens, n_people = typed("tokens", network.context_length), typed("people", 1)
    kind = choose(text("control.number"), NUMBERS, key="number", names=number_name)
size = grouped_query.BYTES[network.dtype if kind == "own" else kind]
cache = grouped_query.Cache(n_layers, n_heads, n_key_value_heads, d_head, n_tokens, n_people, size)
weights = network.weights_in(size)
values = {**vars(cache), "cache": cache, "name": name, "n_parameters": network.n_parameters}
values["tokens_as_weights"] = cache.tokens_within(weights)
show_figure("cache", figures.cache(cache, text), text, values)
st.markdown(text("formula", **values))
show_figure("growth", figures.growth(cache, weights, name, text), text, values)

st.subheader(text("own.title"), anchor="own")
if forward.keys is None:
    st.info(text("own.no_keys"), icon=":material/info:")
else:
    show_metrics(text, ("kept", "copied", "saved"), {"measured": grouped_query.measured(forward)})
layer, head = choose_head(forward, text)
looks = attention.head(forward, layer, head)
row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)
group = grouped_query.group_of(forward, layer, head, row)
label, shades = text("ribbon.label"), looks.attention_weights[row, : row + 1]
ribbon(forward.tokens, row, label=label, shades=shades, on_click=choose_row)
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "row": row,
    "query": forward.tokens[row].visible,
    "group": group,
    "model": measured_on(forward, text),
}
show_figure("group", figures.group(group, forward.tokens, head, text), text, values)
show_source(attention.key_value_head, grouped_query.Cache, grouped_query.group_of, text=text)
