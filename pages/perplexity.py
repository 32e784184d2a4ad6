"""Perplexity, honestly: what it counts, and what it hides."""

import streamlit as st

from core import perplexity
from core.model.windows import TextCosts
from pages.figures import perplexity as figures
from pages.ui import address
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.texts import other_texts

text = open_page("perplexity")
forward = current_run(text, at_least=2)
tokens = forward.tokens
found = perplexity.branching(forward.surprisals)
place, choose_place = address.place("rare", found.n_terms, found.rarest)
values = {"text": forward.text, "place": place, "model": measured_on(forward, text)}
values |= figures.in_words(found, tokens, place, text)
show_figure(
    "branching",
    figures.branching(found, tokens, place, text),
    text,
    values,
    click=lambda clicked, _: choose_place(clicked),
)
st.markdown(figures.bases(found, text))
prefixes = perplexity.prefixes(forward.surprisals)
figure = figures.text_probability(prefixes, tokens, text)
show_figure("text_probability", figure, text, values)
st.markdown(text("counted", **values))
rarity = perplexity.impossible(forward.surprisals, place)
stop, choose_stop = address.place("rare_stop", len(perplexity.STOPS), rarity.nearest_stop)
figure = figures.impossible_token(rarity, stop, text)
show_figure("impossible_token", figure, text, values, step=choose_stop)

st.subheader(text("several"), anchor=False)
others = other_texts(text)
costs = answer_to(TextCosts(others), text, key="other_costs")
texts = (forward.text, *others) if costs else (forward.text,)
corpus = perplexity.corpus([forward.surprisals, *(costs.each if costs else ())])
values |= {"others": texts[1:], **figures.corpus_in_words(corpus, text)}
show_figure("weighted_texts", figures.weighted_texts(corpus, texts, text), text, values)
st.markdown(figures.corpus_lines(corpus, text))
functions = (perplexity.branching, perplexity.prefixes, perplexity.impossible, perplexity.corpus)
show_source(*functions, text=text)
