"""Cross attention: a small encoder–decoder, made for this page, writes a word backwards."""

import streamlit as st

from core import cross_attention
from core.model.reverser_weights import LONGEST
from pages.figures import cross_attention as figures
from pages.ui.cached import reverser
from pages.ui.current import current_run
from pages.ui.page import as_code, choose_index, open_page, show_figure, show_metrics, show_source

DEFAULT = "stressed"
SHARPEST = 1, 0  # the layer and head that look most at the mirrored letter

text = open_page("cross_attention")
decoder_only = current_run(text).model
network = reverser()

with st.container(horizontal=True, vertical_alignment="bottom"):
    typed = st.text_input(
        text("control.word"), DEFAULT, key="word", bind="query-params", max_chars=40, width=200
    )
    layer = choose_index(
        text("control.layer"),
        len(network.decoder),
        key="cross_layer",
        default=SHARPEST[0],
        text=text,
    )
    head = choose_index(
        text("control.head"), network.n_heads, key="cross_head", default=SHARPEST[1], text=text
    )
    is_mean = st.toggle(text("control.mean"), key="cross_mean", bind="query-params")
slot = st.empty()
word = typed.strip().lower()
problem = cross_attention.problem(word)
if problem:
    slot.info(
        text(f"problem.{problem}", longest=LONGEST, n_letters=len(word), shown=DEFAULT),
        icon=":material/info:",
    )
    word = DEFAULT
shown_head = None if is_mean else head
writing = cross_attention.write(network, word)
maps = writing.of_head(layer, shown_head)
values = {
    "word": word,
    "written": writing.written,
    "verdict": text("verdict.right" if writing.is_correct else "verdict.wrong"),
    "cross_layer": layer,
    "cross_head": shown_head,
    "which": text("which.mean" if is_mean else "which.head", layer=layer, head=head),
    "mirrored": writing.mirrored_weight(layer, shown_head),
    "least": writing.least_probability,
    "accuracy": network.accuracy,
    "n_held_out": network.n_held_out,
    "n_parameters": network.n_parameters,
    "name": decoder_only.name,
}
show_figure("cross", figures.cross(maps, writing, text), text, values)
show_metrics(text, ("written", "least", "mirrored", "accuracy"), values)
letters = " · ".join(
    text("letters.one", letter=as_code(letter), probability=probability)
    for letter, probability in zip(
        (*writing.written, text("label.end")), writing.probabilities, strict=False
    )
)
st.markdown(text("letters.all", letters=letters))
show_figure("three", figures.three(maps, writing, text), text, values)
show_source(cross_attention.write, cross_attention.encode, cross_attention.decode,
            cross_attention.attend, text=text)  # fmt: skip
