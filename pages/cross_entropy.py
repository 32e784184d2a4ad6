"""Cross-entropy: from logits and labels to the loss, as PyTorch computes it."""

import streamlit as st

from core import cross_entropy
from pages.figures import cross_entropy as figures
from pages.ui.current import current_run, measured_on
from pages.ui.loss_input import choose_batch
from pages.ui.page import is_lecture, open_page, show_figure, show_metrics, show_source

N_STEPS, RATE = 100, 1.0  # of the descent

text = open_page("cross_entropy")
forward = current_run(text)
batch = choose_batch(forward, text)
found, sample = batch.found, batch.sample
bug = cross_entropy.twice(found)
values = (
    batch.values
    | figures.told(found, bug, sample, text)
    | figures.told_of_likeliest(batch.likeliest, batch.stand_in, forward.model.d_vocab)
    | {"model": measured_on(forward, text)}
)
kind = "own" if batch.is_own else "typed"
values |= {key: text(f"{key}.{kind}", **values) for key in ("about", "origin")}
show_figure(
    "loss_steps",
    figures.steps(found, sample, batch.names, text),
    text,
    values,
    drag=batch.drag,
    click=batch.choose_label,
)
st.markdown(text(f"walk.{batch.kind}", **values))
show_metrics(text, ("mean", "bits", "perplexity", "twice"), values)
show_figure(
    "loss_samples",
    figures.samples(found, sample, text),
    text,
    values,
    click=lambda row, _: batch.choose_sample(row),
)
st.markdown(text(f"reduced.{batch.reduction}", **values))

row, label = batch.row, batch.stand_in
descents = tuple(
    cross_entropy.descend(row, label, N_STEPS, RATE, is_twice=is_twice)
    for is_twice in (False, True)
)
values |= {"label": label, "n_steps": N_STEPS, "rate": RATE}
values |= figures.told_of_bug(descents, len(row), forward.model.d_vocab)
figure = figures.softmax_twice(
    cross_entropy.course(row, label),
    cross_entropy.lead(row, label),
    descents,
    cross_entropy.lowest_twice(len(row)),
    text,
)
show_figure("softmax_twice", figure, text, values)
if not is_lecture():
    st.subheader(text("torch.title"), anchor="torch")
    st.markdown(text("torch.about", **values))
    st.code(cross_entropy.as_torch(found), language="python")
show_source(
    cross_entropy.loss,
    cross_entropy.Loss,
    cross_entropy.smoothed,
    cross_entropy.descend,
    text=text,
)
