"""Beam search: what is kept, what is dropped, and what the likeliest text would have been."""

import streamlit as st

from core import beam_search
from core.model.beams import Beams, Likeliest
from core.model.writing import Writing
from core.sampling import Step
from pages.figures import beam_search as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_source

WORLDS = "sentence", "greedy", "wider"
TABLES = {"greedy": beam_search.GREEDY_IS_WORSE, "wider": beam_search.WIDER_IS_WORSE}
WIDTHS = 1, 2, 3, 4, 5, 6, 8
MOST_READ = 400  # beginnings, in the search for certain

text = open_page("beam_search")
forward = current_run(text)
with st.container(horizontal=True, vertical_alignment="bottom"):
    world = choose(
        text("control.world"), WORLDS, key="world", names=lambda code: text(f"world.{code}")
    )
    is_real = world == "sentence"
    n_beams = st.slider(text("control.n_beams"), 1, 8, 3, key="n_beams", bind="query-params")
    n_new = st.slider(text("control.n_steps"), 2, 12, 6, key="n_steps", bind="query-params")
    penalty = st.slider(
        text("control.length_penalty"),
        0.0,
        2.0,
        1.0,
        0.1,
        key="length_penalty",
        bind="query-params",
    )
values = {"text": forward.text, "model": measured_on(forward, text), "shown": figures.SHOWN}
values |= {"world": world, "n_beams": n_beams, "n_steps": n_new, "length_penalty": penalty}
answer = None
if is_real and forward.is_stored:
    st.empty().caption(text("ask.soon"))
elif is_real:
    answer = answer_to(Beams(forward.text, n_beams, n_new, penalty), text, key="beams")
if answer is None:  # a made-up world, or the first of them until the network has answered
    table = TABLES.get(world, TABLES["greedy"])
    names, n_new = figures.of_table(table), table.n_new
    searches = beam_search.all_widths(table, WIDTHS, penalty)
    found = beam_search.search(table.read, n_beams, n_new, length_penalty=penalty)
    certain = beam_search.optimum(table.read, n_new, MOST_READ)
    values["said"] = text("made_up", probabilities=figures.in_words(table))
else:
    names, found, searches, certain = figures.of_vocabulary(answer), answer.search, {}, None
    values["said"] = text("from_network", model=values["model"])
values |= {"found": found, "best": names(found.best.tokens), "bits": found.best_bits}
show_figure("beam_tree", figures.tree(found, names, text), text, values)
show_figure("beam_finished", figures.finished(found, names, text), text, values)

st.subheader(text("certain"), anchor=False)
if answer and st.toggle(text("control.certain"), key="certain", bind="query-params"):
    for width in WIDTHS:
        one = answer_to(Beams(forward.text, width, n_new, 0.0), text, key=f"width_{width}")
        searches |= {width: one.search} if one else {}
    likeliest = answer_to(Likeliest(forward.text, n_new, MOST_READ), text, key="likeliest")
    certain = likeliest and likeliest.optimum
with st.container():
    if searches:
        widths = beam_search.compared(searches, certain)
        values |= figures.verdict(widths, names, text)
        shown = figures.widths(widths, n_beams, text)
        show_figure("beam_widths", shown, text, values)
if answer:
    likeliest_next = (Step("temperature", 0.0),)
    greedy = answer_to(Writing(forward.text, n_new, likeliest_next), text, key="beside_greedy")
    drawn = answer_to(Writing(forward.text, n_new), text, key="beside_drawn")
    if greedy and drawn:
        shown = figures.beside(found, names, {"greedy": greedy, "drawn": drawn}, text)
        show_figure("beam_beside", shown, text, values)
st.markdown(text("others"))
show_source(beam_search.searching, beam_search.likeliest_first, text=text)
