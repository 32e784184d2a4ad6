"""Self-supervision: the pairs that a sentence gives, and what each of them costs the model."""

import streamlit as st

from core import self_supervision
from core.tokenizer import shelf
from pages.figures import self_supervision as figures
from pages.ui import prompt
from pages.ui.cached import cut
from pages.ui.current import current_run, measured_on
from pages.ui.given import choose_given
from pages.ui.number import type_number
from pages.ui.page import open_page, show_figure, show_metrics, show_source

EXAMPLE = "今天天气真好。"
OTHER = "cl100k_base"  # a tokenizer that comes along
MADE_UP = (7, 21, 4, 12)  # lengths of texts, to be packed with the sentence
MOST = 40  # of its tokens that are packed

text = open_page("self_supervision")
forward = current_run(text, at_least=2)
tokens = forward.tokens
ids = tuple(token.id for token in tokens)
with st.container(horizontal=True, vertical_alignment="bottom"):
    n_given, first, give = choose_given(len(tokens), text)
    st.button(
        text("control.example"), key="four_targets", icon=":material/format_quote:",
        on_click=prompt.put, args=(EXAMPLE,),
    )  # fmt: skip
lesson = self_supervision.lesson(forward.surprisals, n_given)
n_other = len(cut(shelf.packaged(OTHER), forward.text))
values = {
    "text": forward.text,
    "n_given": n_given,
    "n_tokens": len(tokens),
    "n_pairs": len(lesson.losses),
    "n_counted": lesson.n_counted,
    "n_apart": lesson.n_read_apart,
    "mean": lesson.mean,
    "bits": lesson.bits,
    "perplexity": lesson.perplexity,
    "name": forward.model.name,
    "other": OTHER,
    "n_other": n_other,
    "n_other_pairs": n_other - 1,
    "model": measured_on(forward, text),
}
values["about"] = text("about.example" if forward.text == EXAMPLE else "about.other", **values)
show_figure(
    "prefix_pairs",
    figures.pairs(lesson, tokens, first, text),
    text,
    values,
    click=lambda row, _: give(row),
)
show_metrics(text, ("counted", "nats", "bits", "perplexity"), values)
st.markdown(text("forcing", **values))
shift = self_supervision.shift(ids, n_given)
show_figure("label_shift", figures.shifted(shift, tokens, first, text), text, values)

with st.container(horizontal=True, vertical_alignment="bottom"):
    share = st.slider(
        text("control.share"), 0.05, 0.5, 0.15, 0.05, key="masked_share", bind="query-params"
    )
    seed = type_number(text("control.seed"), 0, 999, 0, key="seed", width=160)
masked = self_supervision.masked(ids, forward.model.d_vocab, share, seed)
values |= {"masked_share": share, "seed": seed, "n_labels": masked.n_labels}
figure = figures.masked(masked, tokens, forward.vocabulary, text)
show_figure("masked_words", figure, text, values)

width = st.slider(text("control.width"), 8, 32, 16, key="row_width", bind="query-params")
lengths = (min(len(tokens), MOST), *MADE_UP)
values |= {"lengths": lengths, "row_width": width, "most": MOST} | figures.told(lengths, width)
show_figure("packed_rows", figures.packing(lengths, width, text), text, values)
show_source(
    self_supervision.lesson, self_supervision.shift, self_supervision.masked,
    self_supervision.packed, text=text,
)  # fmt: skip
