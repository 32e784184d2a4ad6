"""Divergence: two texts, temperatures or networks, and how far their predictions are apart."""

import streamlit as st

from core import divergence
from pages.figures import divergence as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import as_markdown, open_page, show_figure, show_metrics, show_source
from pages.ui.sides import compared

text = open_page("divergence")
forward = current_run(text)
found = compared(forward, text)
sides = found.sides
texts, other = (forward.text, sides.text_b), sides.variant or sides.network
names = figures.names_of(sides.kind, texts, sides.temperatures, other, text)
values = {
    "text": forward.text,
    "text_b": sides.text_b,
    "temperature_a": sides.temperatures[0],
    "temperature_b": sides.temperatures[1],
    "variant": sides.variant,
    "stretch": sides.stretch,
    "network": sides.network,
    "name_a": names[0],
    "name_b": names[1],
    "as_if": figures.as_if(sides.variant, text),
    "model": measured_on(forward, text),
}
if found.contrast:
    columns = divergence.columns(found.contrast)
    labels = figures.labels_of(columns, found.contrast, text)
    clicked, choose_column = address.place("aligned", len(labels), columns.furthest)
    aligned = columns.at_or_after(clicked)
    shown = divergence.pair(found.contrast, int(columns.pairs[aligned]))
    tokens = tuple(forward.token(int(number)) for number in shown.ids)
    values |= {"aligned": aligned, "here": labels[aligned], "n_compared": len(columns.compared)}
    values |= figures.in_words(columns, shown, aligned, text)
    show_figure(
        "contrast_ribbons",
        figures.ribbons(columns, found.contrast, labels, aligned, text),
        text,
        values,
        click=lambda column, _: choose_column(column),
    )
    show_metrics(text, ("bits_a", "bits_b", "forward", "backward", "js"), values)
    show_figure("contrast_tokens", figures.tokens(shown, tokens, text), text, values)
    left, right = st.columns(2, gap="medium")
    left.markdown(figures.sums(shown, tokens, text))
    right.markdown(text("rule", **values | {"here": as_markdown(labels[aligned])}))
if found.reads:
    along = divergence.along_bytes(*found.reads)
    values |= figures.bytes_in_words(along)
    st.info(text("no_divergence", **values), icon=":material/info:")
    show_figure(
        "contrast_bytes", figures.along_bytes(along, found.reads, names, text), text, values
    )
    show_metrics(text, ("per_byte_a", "per_byte_b", "per_token_a", "per_token_b"), values)
show_source(divergence.kl, divergence.terms, divergence.js, divergence.align, text=text)
