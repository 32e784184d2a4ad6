"""Next token: from logits, stage by stage, to what the next token is drawn from."""

import streamlit as st

from core import sampling
from pages.figures import sampling as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import as_code, open_page, show_figure, show_source
from pages.ui.sampler import choose_chain, through

SHOWN, IN_COLUMNS, PENALISED = 20, 10, 40  # tokens

text = open_page("sampling")
forward = current_run(text)
result = through(choose_chain(forward, text), forward, text)
shown = tuple(forward.token(int(token_id)) for token_id in result.watched(SHOWN))
rank, choose_rank = address.place("rank", len(shown), 0)
moved = result.moved(PENALISED)
values = {
    "text": forward.text,
    "steps": tuple((step.name, step.value, step.biases) for step in result.steps),
    "n_written": len(result.context.written),
    "n_stages": len(result.steps),
    "kept": result.final.n_kept,
    "total": len(forward.logits),
    "removed_mass": result.removed_mass,
    "entropy": result.final.entropy,
    "entropy_before": result.raw.entropy,
    "choices": result.final.n_choices,
    "choices_before": result.raw.n_choices,
    "divergence": result.final.divergence,
    "n_moved": len(moved.ids),
    "model": measured_on(forward, text),
}
show_figure(
    "distribution",
    figures.distribution(result, shown, rank, text),
    text,
    values,
    click=lambda clicked, _: choose_rank(clicked),
)
way = result.way_of(shown[rank].id)
st.markdown(
    text(
        f"formula.{way.fate}",
        token=as_code(shown[rank].visible),
        stage=text(f"stage.{way.removed_by or 'raw'}"),
        **vars(way),
    )
)
show_figure("flow", figures.flow(result, shown, text), text, values)
show_figure("measures", figures.measures(result, text), text, values)
show_figure("columns", figures.columns(result, shown[:IN_COLUMNS], rank, text), text, values)
if len(moved.ids):
    tokens = tuple(forward.token(int(token_id)) for token_id in moved.ids)
    show_figure("penalised", figures.penalised(moved, tokens, text), text, values)
functions = (sampling.FUNCTIONS[step.name] for step in result.steps)
show_source(sampling.pipeline, *functions, text=text)
