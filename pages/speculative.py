"""Speculative decoding: the text proposes what comes next, the network accepts or corrects."""

import streamlit as st

from core import speculative
from core.model.writing import Speculation, Writing
from core.sampling import Step
from pages.figures import speculative as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

text = open_page("speculative")
forward = current_run(text)
with st.container(horizontal=True, vertical_alignment="bottom"):
    manner = choose(
        text("control.manner"),
        ["greedy", "drawn"],
        key="manner",
        names=lambda code: text(f"manner.{code}"),
    )
    n_ahead = st.slider(text("control.n_ahead"), 1, 12, 5, key="n_ahead", bind="query-params")
    n_new = st.slider(
        text("control.n_speculated"), 20, 120, 60, 10, key="n_speculated", bind="query-params"
    )
chain = (Step("temperature", 0.0),) if manner == "greedy" else ()
values = {
    "text": forward.text,
    "manner": manner,
    "n_ahead": n_ahead,
    "n_speculated": n_new,
    "model": measured_on(forward, text),
}
found = alone = None
if forward.is_stored:
    st.empty().caption(text("ask.soon"))
else:
    asked = Speculation(forward.text, n_new, n_ahead, chain)
    found = answer_to(asked, text, key="speculation")
    alone = answer_to(Writing(forward.text, n_new, chain), text, key="written_alone")
proposed = speculative.example(tuple(token.id for token in forward.tokens), n_ahead)
values["proposal"] = figures.in_words(forward, proposed, text)
with st.container():
    if found and alone:
        account = speculative.Account(found)
        values["account"], values["alone"] = account, speculative.seconds_of(alone)
        kind = figures.agreement(account, alone, manner)
        values["agreement"] = text(f"agreement.{kind}")
        show_figure("speculated", figures.words(account, text), text, values)
        show_metrics(text, ("per_pass", "acceptance", "time", "time_alone"), values)
        show_figure("passes", figures.passes(account, text), text, values)
shown = figures.proposal(forward.tokens, proposed, text)
show_figure("proposal", shown, text, values)
show_source(speculative.look_up, speculative.verify, speculative.left_over, text=text)
