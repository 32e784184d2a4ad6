"""RoPE: a position is an angle, and each pair of numbers turns at its own speed."""

import streamlit as st

from core import attention, relative, rope
from pages.figures import rope as figures
from pages.ui import address
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source
from pages.ui.ribbon import ribbon

N_PLANES = 3

text = open_page("rope")
forward = current_run(text)
card = forward.model
if not card.has_pairs:
    st.warning(text("no_pairs", d_head=card.d_head))
    st.stop()

n_tokens, values = len(forward.tokens), {"text": forward.text, "name": card.name}
if relative.is_known(forward):
    with st.container(horizontal=True):
        layer, head = choose_head(forward, text)
        which = choose(
            text("control.planes"),
            ["spread", "strongest"],
            key="which_planes",
            names=lambda code: text(f"which.{code}"),
        )
    looks = attention.head(forward, layer, head)
    row, choose_row = address.place("row", n_tokens, looks.most_selective_query)
else:
    layer = head = row = 0
    st.info(text("no_rope", name=card.name), icon=":material/info:")
position, choose_position = address.place("position", max(n_tokens, card.context_length + 1), row)
stops = figures.stops(row, card.context_length)
step = figures.nearest(stops, position)


def stop_at(step: int) -> None:
    """Keep the position at which one of the figures came to rest; the others follow."""
    choose_position(stops[step].item())


vectors = relative.of_run(forward, layer, head, row, row)
pair, choose_pair = address.place("pair", vectors.n_pairs, vectors.spectrum.middle)
if vectors.is_measured:
    spread = tuple(sorted({0, pair, vectors.n_pairs - 1}))
    pairs = vectors.strongest(N_PLANES) if which == "strongest" else spread
    ribbon(forward.tokens, row, label=text("ribbon.label"), on_click=choose_row)
    values |= {"layer": layer, "head": head, "row": row, "token": forward.tokens[row].visible}
    values |= {"pairs": pairs, "position": position, "model": measured_on(forward, text)}
    turned = rope.planes(vectors.query, vectors.key, vectors.spectrum, pairs, stops)
    show_figure("planes", figures.planes(turned, step, text), text, values, step=stop_at)

base = st.number_input(
    text("control.base"), 2.0, 1e9, card.rope_base or 10_000.0, key="base", bind="query-params"
)
width, context_length = rope.turned_width(card), card.context_length
spectrum = rope.spectrum(width, base)
values |= {"d_head": width, "base": base, "context_length": context_length, "position": position}
values |= {
    "n_pairs": len(spectrum.frequencies),
    "unfinished": spectrum.count_unfinished(context_length),
}
show_metrics(text, ("n_pairs", "context_length", "unfinished"), values)
dials = figures.clock(spectrum, stops, step, context_length, text)
show_figure("clock", dials, text, values, step=stop_at)
show_figure(
    "wavelengths",
    figures.wavelengths(spectrum, context_length, text, pair),
    text,
    values,
    click=lambda clicked, _: choose_pair(clicked),
)
show_source(rope.spectrum, rope.rotate, rope.unrotate, text=text)
