"""The atlas: what every head of the network does with the sentence, at a glance."""

import streamlit as st

from core import atlas, attention
from core.model.questions import RepeatedTokens
from pages.figures import atlas as figures
from pages.figures import attention as attention_figures
from pages.ui.asking import answer_to
from pages.ui.cached import whole_atlas, words
from pages.ui.current import choose_head, current_run, measured_on, put_head
from pages.ui.page import choose_from_many, go_to, open_page, show_figure, show_source

text = open_page("atlas")
forward = current_run(text)
card = forward.model
with st.container(horizontal=True):
    sort = choose_from_many(
        text("control.sort"),
        ["layer", *atlas.METRICS],
        "layer",
        key="sort",
        names=lambda code: text(f"sort.{code}"),
    )
    colour = choose_from_many(
        text("control.colour"),
        ["none", *atlas.METRICS],
        "previous",
        key="colour",
        names=lambda code: text(f"metric.{code}"),
    )
repeated = answer_to(RepeatedTokens(), text, key="repeated")
whole = whole_atlas(forward, repeated)
places = figures.order(whole, card, sort)


def open_head(column: int, row: int) -> None:
    """Show the clicked head below."""
    put_head(*map(int, places[row][column]))


values = {
    "text": forward.text,
    "model": measured_on(forward, text),
    "sort": sort,
    "colour": colour,
    "n_layers": card.n_layers,
    "n_heads": card.n_heads,
    "n_groups": card.n_key_value_heads,
    "pooled": whole.tiles.n_pooled,
}
show_figure("maps", figures.maps(whole, card, sort, colour, text), text, values, click=open_head)
st.markdown("\n".join(f"- {figures.named(whole, name, text)}" for name in atlas.SHARES))

layer, head = choose_head(forward, text)
looks = attention.head(forward, layer, head)
values |= {"layer": layer, "head": head}
show_figure(
    "opened",
    attention_figures.weights(
        looks, forward.tokens, looks.most_selective_query, words("attention", text.language)
    ),
    text,
    values,
)
st.button(text("control.open"), icon=":material/open_in_full:", on_click=go_to, args=("attention",))

metrics = {"options": atlas.METRICS, "names": lambda code: text(f"metric.{code}")}
with st.container(horizontal=True):
    x = choose_from_many(text("control.across"), default="sink", key="across", **metrics)
    y = choose_from_many(text("control.up"), default="previous", key="up", **metrics)
values |= {"across": x, "up": y, "x": text(f"metric.{x}"), "y": text(f"metric.{y}")}
show_figure(
    "scatter",
    figures.scatter(whole, card, x, y, text),
    text,
    values,
    click=lambda place, _: put_head(*divmod(place, card.n_heads)),
)
show_source(atlas.portrait, atlas.row_sums, atlas.induction, text=text)
