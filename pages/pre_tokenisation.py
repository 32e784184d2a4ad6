"""Pre-tokenisation: the pieces that are cut before any token is looked for."""

import streamlit as st

from core import pre_tokenisation
from pages.figures import pre_tokenisation as figures
from pages.ui import prompt
from pages.ui.cutting import usable, usable_sentence
from pages.ui.number import type_number
from pages.ui.page import as_code, open_page, show_figure, show_source
from pages.ui.tokenizers import choose_tokenizer

SAMPLE = "I'm 12345.67 years OLD, isn't it?\n\n   Don't  pay $1234!"
WORD, NUMBER, LARGEST = "hello", 1_234_567, 1_000_000_000_000_000

text = open_page("pre_tokenisation")
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button(
        text("control.sample"), key="sample", icon=":material/science:",
        on_click=prompt.put, args=(SAMPLE,),
    )  # fmt: skip
    tokenizer = choose_tokenizer(text)
sentence = usable_sentence([tokenizer], text, instead=SAMPLE)
found = pre_tokenisation.through(sentence, tokenizer)
cut = tokenizer.cut(sentence)
last = found[-1]
values = {
    "text": sentence,
    "tokenizer": tokenizer.card.name,
    "n_pieces": len(last),
    "n_tokens": len(cut),
    "n_characters": len(sentence),
    "drawn": figures.drawn_characters(found, cut),
}
show_figure("steps", figures.steps(found, cut, text), text, values)
if last.alternatives:
    show_figure("alternatives", figures.alternatives(last, text), text, values)
else:
    st.markdown(text("no_pattern", tokenizer=as_code(tokenizer.card.name)))
with st.container(horizontal=True, vertical_alignment="bottom"):
    number = str(type_number(text("control.number"), 0, LARGEST, NUMBER, key="integer", width=220))
    typed = st.text_input(
        text("control.word"), WORD, key="spaced", bind="query-params", max_chars=24, width=220
    )
groups = pre_tokenisation.digit_groups(number)
word = usable(typed.strip() or WORD, [tokenizer], text, instead=WORD)
forms = pre_tokenisation.variants(word)
more = {"number": number, "word": word, "tokenizer": tokenizer.card.name}
show_figure("digits", figures.digits(number, groups, text), text, more)
show_figure("forms", figures.forms([tokenizer.cut(form) for form in forms], text), text, more)
show_source(
    pre_tokenisation.Alternative, pre_tokenisation.pieces, pre_tokenisation.through,
    pre_tokenisation.digit_groups, text=text,
)  # fmt: skip
