"""Comparison: what changing a word changes, in a head's weights and in the prediction."""

import streamlit as st

from core import comparison
from pages.figures import comparison as figures
from pages.ui import address, cached
from pages.ui.current import choose_head, current_run, measured_on, put_head, run_beside
from pages.ui.page import open_page, show_figure, show_metrics, show_source
from pages.ui.pinned import pinned_sentence

text = open_page("comparison")
b = current_run(text)
a = run_beside(b, pinned_sentence(text), text)
layer, head = choose_head(b, text)

alignment = comparison.align(a, b)
result = comparison.difference(a, b, alignment, layer, head)
layers = comparison.surveyed_layers(alignment, b.model.n_layers, layer)
survey = cached.survey(a, b, alignment, layers)
likely = comparison.next_tokens(a, b, count=8)
tokens = tuple(b.token(int(token_id)) for token_id in likely.token_ids)

labels = figures.joint_labels(alignment, a.tokens, b.tokens)
most_changed = result.largest.query if result.largest else len(labels) - 1
row, choose_row = address.place("joint_row", len(labels), most_changed)
values = {
    "text": b.text,
    "pinned": a.text,
    "layer": layer,
    "head": head,
    "joint_row": row,
    "query": labels[row],
    "aligned": alignment.n_aligned,
    "rows": len(labels),
    "short": comparison.SHORT,
    **figures.in_words(result, survey, (layer, head), labels, text),
    "next_distance": likely.distance,
    "model": measured_on(b, text),
}
left, right = st.columns([3, 2], gap="medium")
with left:
    show_figure(
        "pinned_difference",
        figures.difference(result, labels, row, text),
        text,
        values,
        click=lambda _, clicked: choose_row(clicked),
    )
with right:
    show_figure(
        "pinned_heads",
        figures.heads(survey, layer, head, text),
        text,
        values,
        click=lambda clicked_head, clicked_layer: put_head(clicked_layer, clicked_head),
    )
show_metrics(
    text, ("aligned", "largest", "distance", "furthest" if len(layers) > 1 else "here"), values
)
show_figure(
    "pinned_maps",
    figures.maps(result, labels, row, text),
    text,
    values,
    click=lambda _, clicked: choose_row(clicked),
)
left, right = st.columns(2, gap="medium")
with left:
    show_figure("pinned_row", figures.row(result, labels, row, text), text, values)
with right:
    show_figure("pinned_next", figures.next_tokens(likely, tokens, text), text, values)
show_source(comparison.align, comparison.difference, comparison.distance, text=text)
