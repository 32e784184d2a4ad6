"""Surprisal: how many bits each token of a text cost the model, and what it expected."""

import streamlit as st

from core import long_context, surprisal
from pages.figures import surprisal as figures
from pages.ui.current import measured_on
from pages.ui.page import open_page, show_figure, show_metrics, show_source
from pages.ui.predicted import look_at_predictions

text = open_page("surprisal")
look = look_at_predictions(text)
found, place = look.found, look.place
course = surprisal.course(found.surprisals, found.entropies)
spread = surprisal.histogram(found.surprisals)
target = found.target_at(place)
choice = surprisal.guesses(
    found.tokens[place].id,
    float(found.probabilities[target]),
    found.best_ids[target],
    found.best_probabilities[target],
)
guessed = tuple(found.token(int(number)) for number in choice.token_ids)
values = {
    "text": look.own_text,
    "n_most": len(found.tokens),
    "model": measured_on(found, text),
    **figures.in_words(found, course, spread, place),
}
show_metrics(text, ("n_terms", "total", "cross_entropy", "perplexity", "expected", "first"), values)
# Always there: the figure would be built anew if it moved.
window = st.container()
if len(found.tokens) <= figures.EACH:
    figure = figures.bits(course, found.tokens, place, text)
    places = range(1, len(found.tokens))
else:
    width = window.slider(text("control.width"), 1, 512, 64, key="bits_width", bind="query-params")
    windows = long_context.windowed(found.both, width)
    figure = figures.windowed_bits(course, windows, width, place, text)
    places = windows.positions
show_figure(
    "bits", figure, text, values, click=lambda mark, _: look.choose_place(int(places[mark]))
)
left, right = st.columns(2, gap="medium")
left.markdown(figures.lines(course, values, text))
right.markdown(text("traps", **values))
show_figure("guesses", figures.guesses(choice, guessed, values["rank"], text), text, values)
show_figure("bit_counts", figures.bit_counts(spread, text), text, values)
show_source(surprisal.course, surprisal.Course, surprisal.levels, surprisal.histogram, text=text)
