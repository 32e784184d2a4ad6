"""Tokens: how several tokenizers cut one text, and what it costs in each."""

import streamlit as st

from core import tokens
from core.tokens import Token
from pages.figures import tokens as figures
from pages.ui import live
from pages.ui.number import type_number
from pages.ui.page import choose, open_page, show_figure, show_source
from pages.ui.splits import splits
from pages.ui.tokenizers import choose_tokenizers, cuts_or_say, in_programs, merging

text = open_page("tokens")
tokenizers = choose_tokenizers(text)
typed = live.sentence()
cuts = cuts_or_say(tokenizers, typed, text)
names = {code: tokenizers[code].card.name for code in cuts}
code, place = splits(cuts, names, text)
live.listen(typed)

cut, card = cuts[code], cuts[code].card
token, encoding = cut.tokens[place], merging(tokenizers[code], cut.tokens[place])
around = [Token(n, tokenizers[code].bytes_of(n)) for n in tokens.neighbours(token.id, card.d_vocab)]
counts = {one: tokens.count(found.text, found.starts, found.stops) for one, found in cuts.items()}
named = [(names[one], found) for one, found in counts.items()]
values = {
    "text": cut.text,
    "tokenizers": in_programs({one: tokenizers[one] for one in cuts}),
    "tokenizer": in_programs({code: tokenizers[code]})[0],
    "tokenizer_name": card.name,
    "token": token.visible,
    "token_id": token.id,
    "bytes": token.bytes.hex(" ").upper() or "–",
    "n_bytes": len(token.bytes),
    "rank": figures.rank(encoding),
    "how": text(f"how.{figures.how(encoding, card)}"),
    "vocabulary": card.d_vocab,
    "n_tokenizers": len(cuts),
    "n_characters": counts[code].n_characters,
    "listed": figures.listed(named),
}
left, right = st.columns([3, 2], gap="large")
with left:
    show_figure("making", figures.making(token, encoding, text), text, values)
with right:
    show_figure("neighbours", figures.neighbours(around, token.id, text), text, values)
metric = choose(
    text("control.metric"), tokens.METRICS, key="metric", names=lambda one: text(f"metric.{one}")
)
values |= {"metric": metric, "metric_name": text(f"metric.{metric}")}
values |= {"told": figures.told(counts[code], metric, text)}
show_figure("totals", figures.totals(named, metric, text), text, values)
with st.container(horizontal=True, vertical_alignment="bottom"):
    price = st.number_input(
        text("control.price"), 0.0, 1e6, 0.5, 0.1, key="price", bind="query-params"
    )
    n_texts = type_number(text("control.n_texts"), 1, 1_000_000_000, 1_000_000, key="n_texts")
values |= {"price": price, "n_texts": n_texts}
show_figure("bill", figures.bill(named, price, n_texts, text), text, values)
show_source(tokens.Counts, tokens.count, tokens.words, tokens.groups, text=text)
