"""Next token: from logits to the distribution that the next token is drawn from."""

import streamlit as st

from core import sampling
from pages.figures import sampling as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import as_code, open_page, show_figure, show_metrics, show_source

SHOWN, IN_COLUMNS = 20, 10  # of the most likely tokens

text = open_page("sampling")
forward = current_run(text)

with st.container(horizontal=True):
    temperature = st.slider(
        text("control.temperature"), 0.0, 2.0, 1.0, 0.05, key="temperature", bind="query-params"
    )
    top_k = st.slider(text("control.top_k"), 0, 100, 0, key="top_k", bind="query-params")
    top_p = st.slider(text("control.top_p"), 0.0, 1.0, 0.9, 0.01, key="top_p", bind="query-params")
result = sampling.sample_from(forward.logits, temperature, top_k, top_p)
shown = tuple(forward.token(int(token_id)) for token_id in result.ranking[:SHOWN])
rank, choose_rank = address.place("rank", len(shown), 0)
values = {
    "text": forward.text,
    "temperature": temperature,
    "top_k": top_k,
    "top_p": top_p,
    "kept": result.final.n_kept,
    "total": len(forward.logits),
    "removed_mass": result.removed_mass,
    "entropy": result.final.entropy,
    "entropy_before": result.raw.entropy,
    "model": measured_on(forward, text),
}
show_metrics(text, ("kept", "entropy", "entropy_before", "removed_mass"), values)
show_figure(
    "distribution",
    figures.distribution(result, shown, rank, text),
    text,
    values,
    click=lambda clicked, _: choose_rank(clicked),
)
way = result.way_of(shown[rank].id)
st.markdown(text(f"formula.{way.fate}", token=as_code(shown[rank].visible), **vars(way)))
show_figure("columns", figures.columns(result, shown[:IN_COLUMNS], rank, text), text, values)
show_source(sampling.temper, sampling.top_k, sampling.top_p, text=text)
