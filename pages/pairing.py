"""Two pairings, and the base: what happens to weights that were trained with another one."""

import streamlit as st

from core import pairing, relative, rope
from core.model.switch import Switch, Switched
from pages.figures import pairing as figures
from pages.figures.rope import nearest, stops
from pages.ui import address
from pages.ui.asking import answer_to
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import open_page, show_figure, show_metrics, show_source

text = open_page("pairing")
forward = current_run(text)
card, n_tokens = forward.model, len(forward.tokens)
if not card.has_pairs:
    st.warning(text("no_pairs", d_head=card.d_head))
    st.stop()


def run_with(switch: Switch, key: str) -> pairing.Change:
    """The chosen head and the loss under a switch, as far as it could be run."""
    if forward.is_stored:  # another network may be on its way
        st.empty().caption(text("ask.soon"))
        return pairing.change(forward, None, layer, head)
    answer = answer_to(Switched(forward.text, switch), text, key=key)
    return pairing.change(forward, answer, layer, head)


with st.container(horizontal=True):
    layer, head = choose_head(forward, text)
    chosen_base = st.select_slider(
        text("control.new_base"),
        figures.BASES,
        pairing.another_base(card.rope_base),
        key="new_base",
        bind="query-params",
    )
    base = float(chosen_base)
row, _ = address.place("row", n_tokens, n_tokens - 1)
position, choose_position = address.place("position", max(n_tokens, card.context_length + 1), row)
vectors = relative.of_run(forward, layer, head, row, row)
pair, choose_pair = address.place("pair", vectors.n_pairs, vectors.spectrum.middle)
places = stops(row, card.context_length)
step = nearest(places, position)
values = {"text": forward.text, "name": card.name, "layer": layer, "head": head, "row": row}
values |= {"token": forward.tokens[row].visible, "pair": pair, "position": position, "base": base}
values |= {"d_head": rope.turned_width(card), "context_length": card.context_length}
values |= {"trained_base": card.rope_base or 0.0, "model": measured_on(forward, text)}
kind = "real" if vectors.is_measured else "ones"
values |= {part: text(f"{part}.{kind}", **values) for part in ("who", "origin")}
both = pairing.both(vectors.query, vectors.spectrum, places)
drawn = figures.two_pairings(both, pair, vectors.n_pairs, step, text)
show_figure("two_pairings", drawn, text, values, step=lambda at: choose_position(places[at].item()))

other = rope.spectrum(rope.turned_width(card), base)
if relative.is_known(forward):
    names = text("side.trained"), text("side.wrong")
    wrong = run_with(Switch(card.rope_frequencies, card.rope_factor, "neighbours"), "wrong")
    values |= figures.in_words(wrong)
    show_metrics(text, ("before", "after", "moved"), values)
    show_figure("wrong_maps", figures.maps(wrong, forward.tokens, names, text), text, values)
    show_figure("wrong_loss", figures.losses(wrong, forward.tokens, names, text), text, values)
else:
    st.info(text("no_rope", name=card.name), icon=":material/info:")
trained = vectors.spectrum if vectors.is_measured else None
drawn = figures.base_spectrum(trained, other, card.context_length, text)
show_figure("base_spectrum", drawn, text, values, click=lambda clicked, _: choose_pair(clicked))
if relative.is_known(forward):
    names = text("side.trained"), text("side.base")
    speeds = tuple(other.frequencies.tolist())
    turned = run_with(Switch(speeds, card.rope_factor), "turned")
    values |= figures.in_words(turned)
    show_metrics(text, ("before", "after", "moved"), values)
    show_figure("base_maps", figures.maps(turned, forward.tokens, names, text), text, values)
    show_figure("base_loss", figures.losses(turned, forward.tokens, names, text), text, values)
show_source(pairing.rotate_neighbours, pairing.order, rope.rotate, text=text)
