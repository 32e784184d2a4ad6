"""The choice of a tokenizer: the loaded model's own, or one that comes with the program."""

from collections.abc import Callable

import streamlit as st

from core.model import service
from core.tokenizer import shelf
from core.tokenizer.cut import Card
from core.tokenizer.library import Tokenizer
from pages.text import Text
from pages.ui.page import choose_from_many

OWN = "model"  # the code of the loaded model's own


def choose_tokenizer(
    text: Text, *, suits: Callable[[Card], bool] = lambda card: True, default: str = OWN
) -> Tokenizer:
    """One of those at hand whose card suits the page; the pages that ask share the choice.

    The model's own is offered before it is there; until then another one takes its place.
    """
    model = service.shared()
    others = {code: shelf.packaged(code) for code in shelf.PACKAGED}
    others = {code: one for code, one in others.items() if suits(one.card)}
    own = model.tokenizer
    names = {code: text(f"tokenizer.{one.card.origin}", name=code) for code, one in others.items()}
    if own is None or suits(own.card):
        names = {OWN: text("tokenizer.model", name=model.wanted)} | names
    code = choose_from_many(
        text("tokenizer.label"),
        list(names),
        default if default in names else next(iter(names)),
        key="tokenizer",
        names=names.get,
    )
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    if code in others:
        return others[code]
    if own is None:
        code = next(iter(others))
        slot.info(text("tokenizer.soon", name=code), icon=":material/hourglass_top:")
        return others[code]
    return own
