"""The softmax and its gradient: logits to drag, what pulls at them, and where they go."""

import streamlit as st

from core import softmax
from pages.figures import softmax as figures
from pages.ui import address
from pages.ui.current import current_run
from pages.ui.logits import choose_logits
from pages.ui.page import open_page, show_figure, show_source

N_STEPS = 40

text = open_page("softmax")
forward = current_run(text)
row, below = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
with row:
    chosen = choose_logits(forward, below, text)
    rate = st.slider(
        text("control.rate"), 0.1, 10.0, 1.0, 0.1, key="learning_rate", bind="query-params"
    )
found = softmax.gradient(chosen.logits, chosen.label)
values = {
    **chosen.values,
    "text": forward.text,
    "label": chosen.names[chosen.label],
    "n": len(chosen.names),
    "p": found.probabilities[chosen.label],
    "loss": found.loss,
    "pull": found.pull,
    "learning_rate": rate,
    "n_descent": N_STEPS,
}
show_figure(
    "pulls",
    figures.pulls(found, chosen.names, text),
    text,
    values,
    drag=chosen.drag,
    click=chosen.click,
)
st.latex(figures.worked(found))
st.caption(chosen.origin)

course = softmax.descend(chosen.logits, chosen.label, rate, N_STEPS)
step, choose_step = address.place("descent_step", len(course.losses), 0)
values |= {"first": course.losses[0], "last": course.losses[-1]}
show_figure(
    "descent",
    figures.descent(course, chosen.names, step, text),
    text,
    values,
    step=choose_step,
)
show_figure(
    "jacobian", figures.jacobian(softmax.jacobian(chosen.logits), chosen.names, text), text, values
)
ends = softmax.saturation(chosen.logits, chosen.label)
show_figure("flat_ends", figures.flat_ends(ends, found, text), text, values)
shifts = softmax.shifts(chosen.logits)
show_figure("overflow", figures.overflow(shifts, chosen.names, text), text, values)
show_source(
    softmax.softmax,
    softmax.jacobian,
    softmax.gradient,
    softmax.descend,
    softmax.saturation,
    softmax.naive,
    text=text,
)
