"""Long context: what happens beyond the trained length, with and without another encoding."""

import streamlit as st

from core import long_context, switched
from core.model import long_run
from core.model.switch import LongLosses, Needles
from pages.figures import long_context as figures
from pages.ui.asking import answer_to
from pages.ui.cached import long_text, stored_long_run
from pages.ui.current import current_run, measured_on, sentence
from pages.ui.page import choose, open_page, show_figure, show_source

text = open_page("long_context")
stored, play = stored_long_run(), long_text()
trained, methods = stored.context_length, long_run.METHODS
names = {method: text(f"method.{method}") for method in methods}
shown = [names[method] for method in stored.methods]
width = st.slider(text("control.width"), 16, 2048, 512, 16, key="width", bind="query-params")
values = {
    "width": width,
    "title": long_run.TITLE,
    "n_tokens": stored.n_tokens,
    "trained": trained,
    "stretch": stored.stretch,
    "model": stored.model_name,
}
windowed = long_context.windowed(stored.surprisals, width)
show_figure("long_losses", figures.losses(windowed, shown, trained, text), text, values)
st.markdown(figures.table(long_context.sides(stored.surprisals, trained), shown, text))
growing = long_context.perplexities(stored.surprisals)
show_figure("long_perplexity", figures.perplexity(growing, shown, trained, text), text, values)

st.subheader(text("live"), anchor=False)
forward = current_run(text)
card = forward.model
if switched.obstacle(card):
    st.info(text("no_rope", name=card.name), icon=":material/info:")
    st.stop()
with st.container(horizontal=True):
    source = choose(
        text("control.source"),
        ["play", "sentence"],
        key="hay",
        names=lambda code: text(f"hay.{code}"),
    )
    stretch = st.slider(
        text("control.stretch"), 1.0, 8.0, 2.0, 0.5, key="stretch", bind="query-params"
    )
    longest = st.slider(
        text("control.longest"), 256, 16_384, 1_024, 256, key="longest", bind="query-params"
    )
own = sentence() if source == "sentence" else None
switches = long_run.switches(card, stretch)
values |= {"text": own, "stretch": stretch, "longest": longest}
values |= {"model": measured_on(forward, text)}
losses = answer_to(
    LongLosses(own or play, switches, longest),
    text,
    key="live",
    on_request=True,
)
if losses is not None and losses.surprisals.size:
    values["width"] = long_context.fitting(losses.surprisals, width)
    windowed = long_context.windowed(losses.surprisals, values["width"])
    figure = figures.losses(windowed, [*names.values()], card.context_length, text)
    show_figure("live_losses", figure, text, values)
method = choose(text("control.method"), methods, key="needle", names=names.__getitem__)
lengths = long_context.lengths_up_to(longest)
needles = Needles(play, lengths, long_context.DEPTHS, switches[methods.index(method)])
found = answer_to(needles, text, key="needles_asked", on_request=True)
if found is not None:
    values |= {
        "method": names[method],
        "needle_method": method,
        "needle": needles.sentence,
        "question": needles.question,
    }
    show_figure("needles", figures.needles(found.probabilities, needles, text), text, values)
show_source(long_context.windowed, long_context.perplexities, text=text)
