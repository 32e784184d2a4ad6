"""Position interpolation in the real network, which was not fine-tuned for it."""

import streamlit as st

from core import switched
from core.model.switch import LongLosses, Switched
from pages.figures import switched as figures
from pages.ui.asking import answer_to
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import (
    choose_from_many,
    open_page,
    show_figure,
    show_metrics,
    show_source,
)

STRETCHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
MOST_AT_ONCE = 128  # tokens: longer texts are run with all methods only on request

text = open_page("switched")
forward = current_run(text)
card, n_tokens = forward.model, len(forward.tokens)
with st.container(horizontal=True, vertical_alignment="bottom"):
    layer, head = choose_head(forward, text)
    method = choose_from_many(
        text("control.method"),
        switched.METHODS[1:],
        "linear",
        key="switched_to",
        names=lambda code: text(f"method.{code}"),
    )
    stretch = st.select_slider(
        text("control.stretch"), STRETCHES, 2.0, key="switched_by", bind="query-params"
    )
obstacle = switched.obstacle(card)
other = losses = None
if obstacle:
    st.info(text(f"obstacle.{obstacle}", name=card.name), icon=":material/info:")
elif forward.is_stored:  # another network may be on its way
    st.empty().caption(text("ask.soon"))
else:
    every = switched.methods(card, stretch, n_tokens)
    encodings = tuple(map(switched.switch, every))
    chosen = encodings[switched.METHODS.index(method)]
    other = answer_to(Switched(forward.text, chosen), text, key="switched")
change = switched.change(forward, other, layer, head)
values = {
    "text": forward.text,
    "layer": layer,
    "head": head,
    "switched_to": method,
    "method_name": text(f"method.{method}"),
    "switched_by": stretch,
    "n_tokens": n_tokens,
    "context_length": card.context_length,
    "change": change,
    "model": measured_on(forward, text),
}
shown = figures.maps(change, forward.tokens, values["method_name"], text)
show_figure("switched_maps", shown, text, values)
known = "measured" if other else "unknown"
show_metrics(text, (f"before_{known}", f"after_{known}", f"moved_{known}"), values)
shown = figures.losses(change, forward.tokens, values["method_name"], text)
show_figure("switched_loss", shown, text, values)

st.markdown(text("offer", **values))
if not obstacle and not forward.is_stored:
    asked = LongLosses(forward.text, encodings, n_tokens)
    losses = answer_to(asked, text, key="methods", on_request=n_tokens > MOST_AT_ONCE)
if losses:
    costs = switched.costs(switched.METHODS, losses.surprisals)
    names = [text(f"method.{name}") for name in costs.methods]
    values["order"] = figures.in_words(costs, text)
    show_figure("switched_methods", figures.costs(costs, names, method, text), text, values)
show_source(switched.methods, switched.switch, switched.obstacle, text=text)
