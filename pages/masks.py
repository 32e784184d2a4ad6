"""Masks: which keys a query may look at, and what that does to the weights of a real head."""

import streamlit as st

from core import masks
from pages.figures import masks as figures
from pages.ui import address
from pages.ui.cached import stored_run
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

USUAL = {"prefix": 5, "window": 4, "padding": 2, "cache": 3}  # sizes; the others have none

text = open_page("masks")
forward = current_run(text)
slot = st.empty()
if forward.queries is None:
    slot.info(text("no_scores", name=forward.model.name), icon=":material/info:")
    forward = stored_run()

n_tokens = len(forward.tokens)
with st.container(horizontal=True):
    kind = choose(
        text("control.mask"), masks.KINDS, key="mask", names=lambda code: text(f"mask.{code}")
    )
    sizes = masks.sizes(kind, n_tokens)
    size, side = sizes[0], masks.SIDES[0]
    if len(sizes) > 1:
        usual = min(USUAL[kind], sizes[-1])
        size = st.slider(
            text(f"control.{kind}"), sizes[0], sizes[-1], usual, key=kind, bind="query-params"
        )
    else:  # the place is kept, so that nothing moves when another mask is chosen
        st.slider(text("control.no_size"), 0, 1, 0, key="no_size", disabled=True)
    if kind == "padding":
        side = choose(
            text("control.side"), masks.SIDES, key="side", names=lambda code: text(f"side.{code}")
        )
layer, head = choose_head(forward, text)
result = masks.under(forward, layer, head, masks.of_kind(kind, n_tokens, size, side))
row, choose_row = address.place("row", n_tokens, result.most_changed)
row = result.position(result.row(row))  # of the queries in a cache nothing is computed

values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "mask": kind,
    "size": size,
    "side": side,
    "row": row,
    "query": forward.tokens[row].visible,
    "name": text(f"mask.{kind}"),
    "about": text(f"about.{kind}", size=size, side=text(f"side.{side}")),
    "n_allowed": result.n_allowed,
    "n_cells": result.allowed.size,
    "share": result.share_allowed,
    "n_seen": result.n_seen(row),
    "n_causal": row + 1,
    "n_blank": result.n_blank,
    "entropy": result.mean_entropy,
    "causal_entropy": result.mean_causal_entropy,
    "model": measured_on(forward, text),
}
show_figure(
    "masked",
    figures.masked(result, forward.tokens, row, text),
    text,
    values,
    click=lambda _, clicked: choose_row(result.position(clicked)),
)
show_metrics(text, ("allowed", "seen", "entropy", "causal_entropy", "blank"), values)
show_figure("mask_row", figures.mask_row(result, forward.tokens, row, text), text, values)
show_source(masks.under, masks.masked_softmax, masks.of_kind, masks.prefix, masks.causal,
            masks.sliding_window, masks.padding, text=text)  # fmt: skip
