"""WordPiece: training by likelihood, and cutting a word by its longest beginnings."""

import streamlit as st

from core import wordpiece
from core.tokens import Token
from pages.figures import wordpiece as figures
from pages.ui import address
from pages.ui.cached import long_text, wordpiece_training, wordpiece_vocabulary
from pages.ui.cutting import all_at_hand, usable_sentence
from pages.ui.page import choose, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon
from pages.ui.tokenizers import choose_tokenizer

MOST, FIRST_SHOWN, MOST_WORDS = 10_000, 40, 200  # trained on; merges at first; to choose from
CORPORA = ["sample", "own"]
SAMPLE = slice(149, None)  # after the names of the acts and persons
IMPOSSIBLE = "snow☃man"

text = open_page("wordpiece")
own = usable_sentence([one for one in all_at_hand() if wordpiece.suits(one.card)], text, instead="")
with st.container(horizontal=True):
    corpus = choose(
        text("control.corpus"), CORPORA, key="wordpiece_corpus", names=lambda c: text(f"corpus.{c}")
    )
    criterion = choose(
        text("control.criterion"),
        wordpiece.CRITERIA,
        key="criterion",
        names=lambda c: text(f"criterion.{c}"),
    )
    n_merges = st.slider(
        text("control.n_merges"), 5, 200, 60, 5, key="wordpiece_merges", bind="query-params"
    )
own = own if wordpiece.words(own) else ""
corpus = corpus if own else "sample"
trained_on = (own if corpus == "own" else long_text()[SAMPLE])[:MOST]
found = {name: wordpiece_training(trained_on, name, n_merges) for name in wordpiece.CRITERIA}
training = found[criterion]
n_steps = len(training.steps)
made, choose_made = address.place("wordpiece_merged", n_steps + 1, min(FIRST_SHOWN, n_steps))
values = {
    "text": trained_on,
    "criterion": criterion,
    "n_merges": n_merges,
    "n_steps": n_steps,
    "corpus": text(f"told.{corpus}", most=MOST),
    "merges": text(f"merges_by.{criterion}"),
    **figures.sizes(found, text),
}
in_order = wordpiece.words(trained_on, split_ideographs=False)
figure = figures.likelihood(training, in_order, made, text)
show_figure("likelihood", figure, text, values, step=choose_made)
show_figure("criteria", figures.criteria(found, criterion, text), text, values)

st.subheader(text("encoding.title"), anchor="encoding")
tokenizer = choose_tokenizer(text, suits=wordpiece.suits, default="wordpiece")
vocabulary = wordpiece_vocabulary(tokenizer.card, tokenizer)
shown = wordpiece.words(own or long_text()[SAMPLE][:MOST], lower=vocabulary.is_lower)[:MOST_WORDS]
telling = wordpiece.most_telling(shown, vocabulary.entries)
chosen, choose_word = address.place("wordpiece_word", len(shown), telling)
ribbon(
    tuple(Token(place, word.encode("utf-8")) for place, word in enumerate(shown)),
    chosen,
    label=text("ribbon.label"),
    on_click=choose_word,
)
search = wordpiece.search(shown[chosen], vocabulary.entries)
values = {"tokenizer": tokenizer.card.name, **figures.told(search, text)}
show_figure("prefixes", figures.prefixes(search, text), text, values)

typed = st.text_input(
    text("control.impossible"), IMPOSSIBLE, 200, "impossible", placeholder=IMPOSSIBLE,
    bind="query-params",
)  # fmt: skip
word = wordpiece.first_word(typed, IMPOSSIBLE, lower=vocabulary.is_lower)
search = wordpiece.search(word, vocabulary.entries)
values = {"tokenizer": tokenizer.card.name, **figures.told(search, text)}
show_figure("unknown_word", figures.prefixes(search, text), text, values)
show_source(wordpiece.train, wordpiece.Tally, wordpiece.search, wordpiece.Search, text=text)
