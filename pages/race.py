"""Race: BPE, WordPiece and Unigram trained on the same words, at the same vocabulary size."""

import streamlit as st

from core import race
from pages.figures import race as figures
from pages.ui import address
from pages.ui.page import choose, is_lecture, open_page, show_figure, show_source
from pages.ui.racing import run_race

LENGTHS, LENGTH = [500, 1000, 1500, 2000, 3000, 4000], 1500  # characters of the sample

text = open_page("race")
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = choose(
        text("control.corpus"),
        race.CORPORA,
        key="corpus",
        names=lambda code: text(f"corpus.{code}"),
    )
    length = st.select_slider(
        text("control.length"), LENGTHS, LENGTH, key="race_length", bind="query-params"
    )
typed, found = run_race(kind, length, text)
stop, choose_stop = address.place("entries", len(found.sizes), found.usual_stop)
ahead = found.leader(stop)
values = {
    "text": typed,
    "corpus": kind,
    "race_length": length,
    "entries": stop,
    "size": found.sizes[stop],
    "n_characters": found.n_characters,
    "n_words": found.n_words,
    **found.tokens_at(stop),
    "leader": text("race.leads", name=text(f"name.{ahead}")) if ahead else text("race.level"),
}
figure = figures.race(found, stop, text, n_lines=1 if is_lecture() else 2)
show_figure("race", figure, text, values, step=choose_stop)
show_figure("race_choices", figures.race_choices(found, stop, text), text, values, step=choose_stop)
st.markdown(text("same_words"))
show_source(race.race, race.merged, race.pruned, race.stops, text=text)
