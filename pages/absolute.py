"""Positions before RoPE: sines and cosines, learned tables, and a text without any."""

import streamlit as st

from core import absolute
from core.model.position_table import PositionTable
from pages.figures import absolute as figures
from pages.ui.asking import answer_to
from pages.ui.cached import reverser, stored_run
from pages.ui.current import TOLD_BEST, current_run, measured_on
from pages.ui.number import type_number
from pages.ui.page import choose_index, open_page, show_figure, show_metrics, show_source

LENGTH, MOST_LENGTH, LAST_SEED = 128, 512, 999
WIDTH, WIDTHS = 128, [2, 4, 8, 16, 32, 64, 128, 256, 512]

text = open_page("absolute")
forward = current_run(text)
with st.container(horizontal=True):
    length = st.slider(
        text("control.length"), 2, MOST_LENGTH, LENGTH, key="pe_length", bind="query-params"
    )
    width = st.select_slider(
        text("control.width"), WIDTHS, WIDTH, key="pe_width", bind="query-params"
    )
table = absolute.table(length, width)
values = {"n_positions": length, "d_model": width, "table": table}
show_figure("sinusoidal", figures.sinusoidal(table, text), text, values)
show_figure("sinusoidal_products", figures.products(table, text), text, values)

st.subheader(text("learned.title"), anchor="learned")
has_rope = forward.model.rope_frequencies is not None
st.markdown(text("learned.table"))
own = answer_to(PositionTable(), text, key="position_table")
is_own = own is not None and own.rows is not None
learned = absolute.learned(own.rows if is_own else reverser().encoder_positions)
values = figures.learned_in_words(learned, own, text)
st.markdown(text(f"learned.{values['kind']}", **values))
show_figure("learned_rows", figures.learned_rows(learned, text), text, values)
show_figure("learned_cosines", figures.learned_cosines(learned, text), text, values)

st.subheader(text("order.title"), anchor="order")
st.markdown(text("order.offer"))
slot = st.empty()
if not has_rope:
    slot.info(text("order.no_rotation", name=forward.model.name), icon=":material/info:")
    forward = stored_run()
with st.container(horizontal=True, vertical_alignment="bottom"):
    head = choose_index(
        text("choose.head"), forward.model.n_heads, key="head", default=TOLD_BEST[1], text=text
    )
    seed = type_number(text("control.seed"), 0, LAST_SEED, 0, key="seed", width=160)
    is_rotated = st.toggle(text("control.rotated"), key="rotated", bind="query-params")
    is_causal = st.toggle(text("control.causal"), key="causal", bind="query-params")
order = absolute.order(len(forward.tokens), seed)
every = absolute.every_way(forward, head, order)
found = every[is_rotated, is_causal]
values = {
    "text": forward.text,
    "head": head,
    "seed": seed,
    "rotated": is_rotated,
    "causal": is_causal,
    "neither": every[False, False].largest_change,
    "masked": every[False, True].largest_change,
    "turned": every[True, False].largest_change,
    "both": every[True, True].largest_change,
    "largest": found.largest_change,
    "shown": figures.in_order(found, forward.tokens),
    "model": measured_on(forward, text),
}
values["verdict"] = text("verdict.seen" if found.notices_order else "verdict.unseen", **values)
show_figure("shuffled", figures.shuffled(found, forward.tokens, text), text, values)
show_metrics(text, ("neither", "masked", "turned", "both"), values)
st.markdown(text("order.caution"))
show_source(absolute.sinusoidal, absolute.table, absolute.learned, absolute.shuffled, text=text)
