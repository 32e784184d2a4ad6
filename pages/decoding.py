"""Attention while it writes: where the network looks each time that it adds a token."""

import streamlit as st

from core import decoding
from core.model.questions import Continuation
from pages.figures import decoding as figures
from pages.ui import address
from pages.ui.asking import answer_to
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import as_passage, choose, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

text = open_page("decoding")
forward = current_run(text)
controls = st.container(horizontal=True)
with controls:
    n_new = st.slider(text("control.n_new"), 4, 60, 16, key="n_new", bind="query-params")
answer = answer_to(Continuation(forward.text, n_new), text, key="continuation")
shown = forward if answer is None else answer.forward
with controls:
    layer, head = choose_head(shown, text)
    written_by = choose(
        text("control.written_by"),
        ["head", "layer"],
        key="written_by",
        names=lambda code: text(f"written_by.{code}"),
    )
looking = head if written_by == "head" else None
found = (
    decoding.next_step(forward, layer, looking)
    if answer is None
    else decoding.trace(answer, layer, looking)
)
# Counted by what was asked for: a link to a step holds while its text is still to be written.
chosen, choose_step = address.place("step", n_new, found.n_steps - 1)
step = min(chosen, found.n_steps - 1)
query = found.query_of(step)


def choose_query(_: int, clicked: int) -> None:
    """Turn to the step of the clicked row."""
    choose_step(found.step_of(clicked))


values = {
    "text": forward.text,
    "n_new": n_new,
    "layer": layer,
    "head": head,
    "written_by": written_by,
    "step": step,
    "n_given": found.n_given,
    "n_written": found.n_written,
    "n_steps": found.n_steps,
    **dict(zip(decoding.PARTS, found.mean_shares, strict=True)),
    "who": text(f"who.{written_by}", layer=layer, head=head),
    "model": measured_on(shown, text),
}
show_figure("writing", figures.writing(found, step, text), text, values, step=choose_step)
with st.container(border=True):
    st.markdown(as_passage(forward.text, found.written))
    st.caption(text(f"outcome.{decoding.outcome(answer, n_new)}", **values))
ribbon(
    shown.tokens,
    query,
    label=text("ribbon.label"),
    shades=found.looks.attention_weights[query, : query + 1],
    follows="written_map",
    on_click=lambda clicked: choose_query(0, clicked),
)
show_figure("written_map", figures.written_map(found, step, text), text, values, click=choose_query)
show_figure(
    "written_shares",
    figures.written_shares(found, step, text),
    text,
    values,
    click=lambda clicked, _: choose_step(clicked),
)
show_source(decoding.trace, decoding.next_step, decoding.weights, decoding.Trace, text=text)
