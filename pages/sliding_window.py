"""Long texts, window by window: what the window and the stride make of the perplexity."""

import streamlit as st

from core import sliding_window
from pages.figures import sliding_window as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.texts import choose_windows

text = open_page("sliding_window")
forward = current_run(text)
own, asked = choose_windows(forward.model.context_length, text)
plan = sliding_window.plan(asked.n_most, asked.width, asked.strides[-1])
values = {"model": measured_on(forward, text), **figures.plan_in_words(plan)}
show_figure("sliding_windows", figures.sliding_windows(plan, text), text, values)
bits = answer_to(asked, text, key="window_bits", on_request=True)
if bits is not None and bits.n_tokens > 1:
    slid = sliding_window.all_slid(
        bits.n_tokens, asked.width, asked.strides, bits.starts, bits.bits
    )
    values |= {"long_text": own, "strides": asked.strides, **figures.slid_in_words(slid)}
    show_figure("strides", figures.strides(slid, text), text, values)
    groups = sliding_window.by_context(bits.bits)
    show_figure("contexts", figures.contexts(groups, text), text, values)
elif bits is not None:
    st.info(text("refused.one_token"), icon=":material/info:")
show_source(
    sliding_window.plan,
    sliding_window.slid,
    sliding_window.Slid,
    sliding_window.by_context,
    text=text,
)
