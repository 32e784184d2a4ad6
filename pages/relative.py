"""Only the distance counts: a score where both stand elsewhere, over distance, and pair by pair."""

import streamlit as st

from core import attention, relative, rope
from pages.figures import relative as figures
from pages.ui import address
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("relative")
forward = current_run(text)
if not forward.model.has_pairs:
    st.warning(text("no_pairs", d_head=forward.model.d_head))
    st.stop()

with st.container(horizontal=True):
    layer, head = choose_head(forward, text)
    span = st.select_slider(
        text("control.span"), figures.SPANS, 256, key="span", bind="query-params"
    )
looks = attention.head(forward, layer, head)
row, choose_row = address.place("row", len(forward.tokens), looks.most_selective_query)
key, choose_key = address.place("key", row + 1, relative.most_read(looks, row))
shift, choose_shift = address.place("shift", figures.N_PLACES, 0)
ribbon(
    forward.tokens,
    row,
    label=text("ribbon.label"),
    shades=looks.attention_weights[row, : row + 1],
    on_click=choose_row,
)
if not relative.is_known(forward):
    st.info(text("no_rope", name=forward.model.name), icon=":material/info:")
vectors = relative.of_run(forward, layer, head, row, key)
distance = vectors.distance
here = relative.by_distance(vectors, figures.distances(distance)[-1:])
course = relative.by_distance(vectors, figures.distances(span))
thin = relative.by_distance(vectors, figures.thinned(span))
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "row": row,
    "key": key,
    "query_token": forward.tokens[row].visible,
    "key_token": forward.tokens[key].visible,
    "distance": distance,
    "span": span,
    "step": thin.step,
    "score": here.scores.item(),
    "most": course.most,
    "slack": course.slack,
    "strongest": here.strongest,
    "strongest_share": here.summands[here.strongest].item(),
    "model": measured_on(forward, text),
}
kind = "real" if vectors.is_measured else "ones"
values |= {part: text(f"{part}.{kind}", **values) for part in ("who", "origin")}
left, right = st.columns([3, 2], gap="medium")
with left:
    drawn = figures.diagonals(vectors, distance, shift, text)
    show_figure("diagonals", drawn, text, values, step=choose_shift)
with right:
    drawn = figures.key_weights(looks, forward.tokens, row, key, text)
    show_figure("key_weights", drawn, text, values, click=lambda clicked, _: choose_key(clicked))
left, right = st.columns(2, gap="medium")
with left:
    drawn = figures.score_by_distance(course, distance, text)
    show_figure("score_by_distance", drawn, text, values)
with right:
    show_figure("decay_bound", figures.decay_bound(course, text), text, values)
left, right = st.columns(2, gap="medium")
with left:
    show_figure("carriers", figures.carriers(here, text), text, values)
with right:
    show_figure("carriers_map", figures.carriers_map(thin, text), text, values)
show_source(rope.summands, relative.by_distance, relative.bounds, text=text)
