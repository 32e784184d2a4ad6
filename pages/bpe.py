"""BPE: training by counting neighbours, and the merges of a word in a real vocabulary."""

import streamlit as st

from core import bpe
from core.tokens import Token
from pages.figures import bpe as figures
from pages.ui import address
from pages.ui.cached import bpe_training, bpe_vocabulary, long_text
from pages.ui.cutting import all_at_hand, usable_sentence
from pages.ui.page import choose, open_page, show_figure, show_source
from pages.ui.ribbon import ribbon
from pages.ui.tokenizers import choose_tokenizer

MOST, FIRST_SHOWN = 10_000, 5  # characters that are trained on; merges at first
SAMPLE = slice(149, None)  # after the names of the acts and persons
MOST_PIECES, MOST_BYTES = 200, 32  # of the text, and of each

text = open_page("bpe")
own = usable_sentence([one for one in all_at_hand() if bpe.suits(one.card)], text, instead="")
with st.container(horizontal=True):
    corpus = choose(
        text("control.corpus"),
        ["sample", "own"],
        key="bpe_corpus",
        names=lambda c: text(f"corpus.{c}"),
    )
    unit = choose(
        text("control.unit"), bpe.UNITS, key="bpe_unit", names=lambda c: text(f"unit.{c}")
    )
    n_merges = st.slider(
        text("control.n_merges"), 5, 100, 60, 5, key="bpe_merges", bind="query-params"
    )
corpus = corpus if own else "sample"
trained_on = (own if corpus == "own" else long_text()[SAMPLE])[:MOST]
found = bpe_training(trained_on, unit, n_merges)
n_steps = len(found.steps)
made, choose_made = address.place("bpe_merged", n_steps + 1, min(FIRST_SHOWN, n_steps))
values = {
    "text": trained_on,
    "unit": unit,
    "n_merges": n_merges,
    "n_steps": n_steps,
    "corpus": text(f"told.{corpus}", most=MOST),
    "alphabet": text(f"told.{unit}"),
    "ending": text(f"ending.{found.ending(n_merges)}", n_steps=n_steps),
    **figures.sizes(found),
}
figure = figures.training(found, bpe.words(trained_on, unit), made, text)
show_figure("merges", figure, text, values, step=choose_made)

st.subheader(text("encoding.title"), anchor="encoding")
tokenizer = choose_tokenizer(text, suits=bpe.suits)
vocabulary = bpe_vocabulary(tokenizer)
pieces = bpe.pieces(tokenizer, own or long_text()[SAMPLE], vocabulary, MOST_PIECES, MOST_BYTES)
chosen, choose_piece = address.place("bpe_piece", len(pieces.words), pieces.most_telling)
ribbon(
    tuple(Token(place, word) for place, word in enumerate(pieces.words)),
    chosen,
    label=text("ribbon.label"),
    shades=pieces.differs,
    on_click=choose_piece,
)
both = bpe.both_ways(pieces.words[chosen], vocabulary, tokenizer)
n_joints = len(both.encoding.merges)
joined, choose_joined = address.place("bpe_joined", n_joints + 1, n_joints)
values = {
    "tokenizer": tokenizer.card.name,
    "piece": pieces.words[chosen].decode("utf-8"),
    **figures.told(both, pieces, text),
}
figure = figures.tree(both, vocabulary, joined, text)
show_figure("merge_tree", figure, text, values, step=choose_joined)
show_source(bpe.train, bpe.most_frequent, bpe.merged, bpe.encode, bpe.longest_match, text=text)
