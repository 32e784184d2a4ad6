"""Embedding: the vector of a token, its neighbours, and how all vectors lie."""

import streamlit as st

from core import embedding
from core.model.embedding_table import N_NEIGHBOURS
from pages.figures import embedding as figures
from pages.ui.cached import stored_table
from pages.ui.embeddings import looked_up, type_words
from pages.ui.page import choose, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

DRAWN, IN_STRIP = 6, 2

text = open_page("embedding")
with st.container(horizontal=True, vertical_alignment="bottom"):
    n = st.slider(
        text("control.n"), 1, N_NEIGHBOURS, DRAWN, key="n_neighbours", bind="query-params"
    )
    space = choose(
        text("control.space"), ["2", "3"], key="axes", names=lambda code: text(f"space.{code}")
    )
    is_centred = st.toggle(text("control.centred"), key="centred", bind="query-params")
looked = looked_up(text, is_centred=is_centred)
ribbon(looked.tokens, looked.chosen, label=text("ribbon.label"), on_click=looked.choose)
st.caption(looked.told(text))
found, place = looked.found, looked.place
near = embedding.nearest(found, place, n)
placed = embedding.token_map(found, n, int(space))
strip = embedding.rows(found, place, min(n, IN_STRIP))
values = {
    "text": looked.text,
    "chosen": looked.chosen,
    "n_neighbours": n,
    "n_axes": int(space),
    "is_centred": is_centred,
    "token": found.points[place].visible,
    "token_id": found.points[place].id,
    "first": found.points[near.points[0]].visible,
    "cosine": near.cosines[0],
    "baseline": found.mean_cosine,
    "usual": found.mean_cosines[place],
    "n_rows": found.n_rows,
    "n_points": len(placed.points),
    "held": placed.axes.shares.sum(),
    "faithful": placed.faithful,
    "d_model": len(found.mean),
    "norm": found.norms[place],
    "mean_norm": found.mean_norm,
    "smaller": found.smaller[place],
    "measure": text("measure.centred" if is_centred else "measure.plain"),
    "model": looked.source(text),
}
show_figure("nearest", figures.nearest(found, near, text), text, values)
show_figure(
    "token_map",
    figures.token_map(found, placed, place, text),
    text,
    values,
    click=lambda clicked, _: looked.choose_point(placed.owners[clicked]),
)
names = [*(found.points[at].visible for at in strip.points), text("vector_strip.mean")]
show_figure("vector_strip", figures.vector_strip(strip, names, text), text, values)
st.markdown(text("output.tied" if found.is_tied else "output.own", name=looked.model.name))
show_figure("whole_table", figures.whole_table(found, place, text), text, values)

st.subheader(text("words.title"), anchor="words")
typed = type_words(text, is_centred=is_centred)
values |= {"words": typed.words, "model": typed.source(text)}
cosines = embedding.among(typed.found)
show_figure("word_cosines", figures.word_cosines(typed.labels, cosines, text), text, values)
alike = stored_table()
st.markdown(text("words.alike", n=len(alike.alike), lowest=alike.lowest))
show_source(embedding.cosines, embedding.mean_cosine, embedding.principal_axes, text=text)
