"""Texts as tokenizers get them: whole, or another in their place, with a sentence that says why."""

from collections.abc import Iterable

import streamlit as st

from core.model import service
from core.tokenizer.library import Tokenizer
from pages.text import Text
from pages.ui.current import sentence, why_not
from pages.ui.tokenizers import REFUSALS, others_at_hand


def all_at_hand() -> list[Tokenizer]:
    """Every tokenizer that cuts a text now, the loaded model's own before the others."""
    own = service.shared().tokenizer
    return [*([] if own is None else [own]), *others_at_hand().values()]


def usable_sentence(tokenizers: Iterable[Tokenizer], text: Text, instead: str) -> str:
    """The sentence above the pages; `instead` where one of the tokenizers cannot take it."""
    return usable(sentence(), tokenizers, text, instead)


def usable(typed: str, tokenizers: Iterable[Tokenizer], text: Text, instead: str) -> str:
    """What was typed, or `instead` with a sentence that says why."""
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    try:
        for tokenizer in tokenizers:
            tokenizer.ids(typed)
    except REFUSALS as problem:
        slot.warning(why_not(problem, text), icon=":material/info:")
        return instead
    return typed
