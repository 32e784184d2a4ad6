"""Repetition: the loop that greedy decoding falls into, and what breaks it."""

import streamlit as st

from core import repetition, sampling
from core.model.writing import Writing
from core.sampling import Step
from pages.figures import repetition as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

WAYS = ("greedy", "penalty", "ngram")
GRAM = 3  # tokens of what counts as repeated
SHOWN = 16  # tokens of the sentence

text = open_page("repetition")
forward = current_run(text)
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = choose(text("control.way"), WAYS, key="way", names=lambda code: text(f"way.{code}"))
    penalty = st.slider(
        text("control.penalty"), 1.0, 2.0, 1.2, 0.05, key="penalty", bind="query-params"
    )
    ngram = st.slider(text("control.ngram"), 1, 6, 3, key="ngram", bind="query-params")
    n_new = st.slider(text("control.n_long"), 20, 120, 60, 10, key="n_long", bind="query-params")
greedy = Step("temperature", 0.0)
chains = {
    "greedy": (greedy,),
    "penalty": (Step("repetition", penalty), greedy),
    "ngram": (Step("no_repeat_ngram", ngram), greedy),
}
values = {
    "text": forward.text,
    "way": way,
    "penalty": penalty,
    "ngram": ngram,
    "n_long": n_new,
    "gram": GRAM,
    "model": measured_on(forward, text),
}
written = {}
if forward.is_stored:
    st.empty().caption(text("ask.soon"))
else:
    for code, chain in chains.items():
        asked = Writing(forward.text, n_new, chain)
        written[code] = answer_to(asked, text, key=f"loop_{code}")
trials = [repetition.trial(code, one, GRAM) for code, one in written.items() if one]
# Always there, filled or not: what follows would be built anew if it moved down.
with st.container():
    for one in trials:
        if one.name == way:
            values["trial"], values["wrote"] = one, text(f"way.{way}")
            known = "loop" if one.loop else "no_loop"
            values["verdict"] = text(f"verdict.{known}", loop=one.loop, n=len(one.repeats))
            show_figure("loop_text", figures.words(one, text), text, values)
    if trials:
        show_figure("loop_course", figures.course(trials, way, text), text, values)
        show_metrics(text, [f"{one.name}_share" for one in trials], {"trials": trials})
    rounds = repetition.rounds(trials[0]) if trials else None
    if rounds:
        values["rounds"] = rounds
        show_figure("loop_rounds", figures.rounds(trials[0], rounds, text), text, values)
penalised = repetition.penalised(forward, penalty, SHOWN)
values["penalised"] = penalised
tokens = [forward.token(int(number)) for number in penalised.ids]
show_figure("penalty_signs", figures.penalised(penalised, tokens, text), text, values)
show_source(repetition.loop, sampling.penalise_repetition, sampling.ban_ngrams, text=text)
