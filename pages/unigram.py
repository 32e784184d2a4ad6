"""Unigram: training by pruning, the lattice of a word, and cuts drawn at random."""

import streamlit as st

from core import unigram
from core.tokens import Token
from pages.figures import unigram as figures
from pages.ui import address
from pages.ui.cached import long_text, unigram_training, unigram_vocabulary
from pages.ui.cutting import all_at_hand, usable_sentence
from pages.ui.number import type_number
from pages.ui.page import choose, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon

MOST, MOST_WORDS, MOST_LETTERS = 10_000, 200, 32  # trained on; of the text; of a word
CORPORA = ["sample", "own"]
SAMPLE = slice(149, None)  # after the names of the acts and persons
N_DRAWN, LAST_SEED = 1_000, 999

text = open_page("unigram")
own = usable_sentence([one for one in all_at_hand() if unigram.suits(one.card)], text, instead="")
with st.container(horizontal=True):
    corpus = choose(
        text("control.corpus"), CORPORA, key="unigram_corpus", names=lambda c: text(f"corpus.{c}")
    )
    asked = st.slider(
        text("control.n_vocab"), 60, 600, 200, 20, key="unigram_size", bind="query-params"
    )
own = own if unigram.words(own) else ""
corpus = corpus if own else "sample"
trained_on = (own if corpus == "own" else long_text()[SAMPLE])[:MOST]
in_order = unigram.words(trained_on)
n_vocab = max(asked, unigram.least_vocab(in_order))
training = unigram_training(trained_on, n_vocab)
n_steps = len(training.steps)
gone, choose_gone = address.place("unigram_rounds", n_steps + 1, min(1, n_steps))
values = {
    "text": trained_on,
    "n_vocab": n_vocab,
    "n_steps": n_steps,
    "corpus": text(f"told.{corpus}", most=MOST),
    **figures.sizes(training, asked, text),
}
figure = figures.pruning(training, in_order, gone, text)
show_figure("pruning", figure, text, values, step=choose_gone)

st.subheader(text("encoding.title"), anchor="encoding")
vocabulary = unigram_vocabulary()
words = unigram.words(own or long_text()[SAMPLE][:MOST])[:MOST_WORDS]
telling = unigram.most_telling(words, vocabulary, MOST_LETTERS)
chosen, choose_word = address.place("unigram_word", len(words), telling)
ribbon(
    tuple(Token(place, word.encode("utf-8")) for place, word in enumerate(words)),
    chosen,
    label=text("ribbon.label"),
    on_click=choose_word,
)
with st.container(horizontal=True):
    alpha = st.slider(
        text("control.smoothing"), 0.0, 1.5, 0.5, 0.05, key="smoothing", bind="query-params"
    )
    seed = type_number(text("control.seed"), 0, LAST_SEED, 0, key="seed", width=160)
word = words[chosen][:MOST_LETTERS]
lattice = unigram.lattice(word, vocabulary)
marginals = unigram.marginals(lattice, alpha)
best = unigram.n_best(lattice, figures.BEST)
drawn = unigram.sample(marginals, N_DRAWN, seed)
values = {
    "piece": word,
    "smoothing": alpha,
    "seed": seed,
    "n_drawn": N_DRAWN,
    **figures.told(marginals, best, words[chosen], text),
}
show_figure("lattice", figures.lattice(marginals, best, text), text, values)
show_figure("cuts", figures.cuts(marginals, best, drawn, text), text, values)
show_source(
    unigram.train, unigram.costs, unigram.expect, unigram.maximise, unigram.lattice,
    unigram.viterbi, unigram.marginals, unigram.sample, text=text,
)  # fmt: skip
