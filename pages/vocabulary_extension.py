"""Vocabulary extension: what Chinese costs in a vocabulary, and what added words save."""

import streamlit as st

from core import vocabulary_extension
from core.model import service
from pages.figures import cells
from pages.figures import vocabulary_extension as figures
from pages.ui import address, cached
from pages.ui.cutting import all_at_hand, usable_sentence
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source
from pages.ui.tokenizers import choose_tokenizer, cuts_or_say

MOST, MOST_WORDS = 4_000, 60  # characters that words are sought in; words

text = open_page("vocabulary_extension")
tokenizers = all_at_hand()
bytewise = [one for one in tokenizers if vocabulary_extension.suits(one.card)]
own = usable_sentence(bytewise, text, instead="")
with st.container(horizontal=True):
    source = choose(
        text("control.chinese"),
        ["own", "sample"],
        key="chinese",
        names=lambda code: text(f"source_of.{code}"),
    )
    tokenizer = choose_tokenizer(text, suits=vocabulary_extension.suits)
if source == "own" and not vocabulary_extension.has_chinese(own):
    source = "instead"
shown = own if source == "own" else vocabulary_extension.SAMPLE
st.caption(text(f"which.{source}"))

cuts = cuts_or_say({one.card.name: one for one in tokenizers}, shown, text)
writings = [vocabulary_extension.writing(cut) for cut in cuts.values()]
values = {
    "chinese": shown,
    "tokenizers": [one.name for one in writings],
    "names": ", ".join(one.name for one in writings),
    **figures.spread(writings),
}
show_figure("chinese_costs", figures.costs(writings, text), text, values)

sought_in = vocabulary_extension.beginning(shown, MOST)
found = cached.extension(tokenizer, sought_in, MOST_WORDS, cells.MOST)
n_words = len(found.words)
n_added, choose_added = address.place("n_added", n_words + 1, figures.usual_step(found))
card = service.shared().status.model or cached.stored_run().model
values = {
    "chinese": sought_in,
    "tokenizer": tokenizer.card.name,
    "n_words": n_words,
    "d_model": card.d_model,
    "network": card.name,
    "longest": vocabulary_extension.LONGEST,
    "most": MOST,
    **figures.sizes(found, n_added, card.d_model),
}
values["rule"] = text("rule.some" if n_words else "rule.none", **values)
others = [one for one in writings if one.name != tokenizer.card.name]
figure = figures.added_words(found, sought_in[: cells.MOST], others, card.d_model, n_added, text)
show_figure("added_words", figure, text, values, step=choose_added)
show_metrics(text, ("before", "after", "rows", "numbers"), values)
st.markdown(text("honest"))
show_source(
    vocabulary_extension.candidates,
    vocabulary_extension.choose,
    vocabulary_extension.extend,
    vocabulary_extension.parts,
    text=text,
)
