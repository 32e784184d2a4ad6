"""The choice of tokenizers: the loaded model's own, those that come with the program, those that
were fetched, and the one that a visitor brought along.
"""

from collections.abc import Callable

import streamlit as st

from core import bpe
from core.model import service
from core.tokenizer import shelf
from core.tokenizer.cut import Card, Cut
from core.tokenizer.library import Tokenizer
from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText
from core.tokens import Token
from pages.text import Text
from pages.ui import address, cached, more_tokenizers, prompt
from pages.ui.current import why_not
from pages.ui.more_tokenizers import BROUGHT, HUB_IDS
from pages.ui.page import as_markdown, choose_from_many, is_lecture

OWN = "model"  # the code of the loaded model's own
USUAL = (OWN, "cl100k_base", "wordpiece", "unigram")
NONE, BETWEEN = "none", ","  # in the address
MOST = 12  # side by side
LONGEST_MERGED = 256  # bytes; the time grows with their square
REFUSALS = (EmptyText, TextTooLong, UnusableText)


def others_at_hand() -> dict[str, Tokenizer]:
    """All but the loaded model's own, by their codes. What a visitor brought is the visitor's."""
    come_along = {code: shelf.packaged(code) for code in shelf.coming_along()}
    return come_along | shelf.fetched() | st.session_state.get(BROUGHT, {})


def choose_tokenizer(
    text: Text, *, suits: Callable[[Card], bool] = lambda card: True, default: str = OWN
) -> Tokenizer:
    """One of those at hand whose card suits the page; the pages that ask share the choice.

    The model's own is offered before it is there; until then another one takes its place.
    """
    model = service.shared()
    others = {code: one for code, one in others_at_hand().items() if suits(one.card)}
    own = model.tokenizer
    names = {
        code: text(f"tokenizer.{one.card.origin}", name=one.card.name)
        for code, one in others.items()
    }
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


def choose_tokenizers(text: Text) -> dict[str, Tokenizer]:
    """Any number of them by their codes, at least one; those to be fetched come in once here."""
    codes = _choose_codes(text)
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.container()
    found, own = {}, service.shared().tokenizer
    if OWN in codes and own is None:
        slot.info(text("tokenizer.own_soon"), icon=":material/hourglass_top:")
    elif OWN in codes:
        found[OWN] = own
    brought = st.session_state.get(BROUGHT, {})
    standings = {code: shelf.look(code) for code in codes if code != OWN and code not in brought}
    found |= {code: brought[code] for code in codes if code in brought}
    found |= {code: one.tokenizer for code, one in standings.items() if one.tokenizer}
    with slot:
        more_tokenizers.say_what_is_missing(standings, text)
    if not found:
        found = {code: shelf.packaged(code) for code in shelf.coming_along()[:1]}
        if not codes:
            slot.info(text("tokenizer.none", name=next(iter(found))), icon=":material/info:")
    return {code: found[code] for code in (*codes, *found) if code in found}


def _choose_codes(text: Text) -> list[str]:
    """The codes that are chosen, in the order of their list; the address holds them."""
    state = st.session_state

    def read(words: str) -> list[str] | None:
        codes = [code for code in words.split(BETWEEN)[:MOST] if code in _known()]
        # A link may bring the name of a model on a hub, which is offered from now on.
        named = [code for code in words.split(BETWEEN)[:MOST] if shelf.source_of(code)]
        state[HUB_IDS] = {**state.get(HUB_IDS, {}), **dict.fromkeys(named)}
        wanted = list(dict.fromkeys((*codes, *named)))
        return wanted if wanted or words == NONE else None

    chosen = address.follow("tokenizers", list(USUAL), read)
    names = {code: _name_of(code) for code in _known()}
    if state.get("offered_tokenizers") != list(names) or not names.keys() >= set(chosen):
        # It is another widget to Streamlit then, and has to be told the value.
        state.tokenizers = [code for code in chosen if code in names]
        state.offered_tokenizers = list(names)
    with st.container(horizontal=True, vertical_alignment="bottom", key="choice_of_tokenizers"):
        st.pills(
            text("tokenizer.several"),
            list(names),
            selection_mode="multi",
            format_func=names.get,
            key="tokenizers",
            help=text("tokenizer.help"),
            on_change=_ask_for_chosen,
            persist_state="session",
            wrap=True,
        )
        if not is_lecture():
            more_tokenizers.menu(text)
    codes = sorted(state.tokenizers, key=list(names).index)
    address.publish("tokenizers", None if codes == list(USUAL) else BETWEEN.join(codes) or NONE)
    return codes


def _known() -> list[str]:
    """All that can be chosen."""
    come_along, state = shelf.coming_along(), st.session_state
    codes = (OWN, *come_along, *shelf.FETCHED, *state.get(HUB_IDS, ()), *state.get(BROUGHT, ()))
    return list(dict.fromkeys(codes))


def _name_of(code: str) -> str:
    if code == OWN:
        return f":material/bolt: {service.shared().wanted}"
    brought = st.session_state.get(BROUGHT, {})
    if code in brought:
        return f":material/attach_file: {as_markdown(brought[code].card.name)}"
    if code in shelf.coming_along():
        return code
    name = shelf.source_of(code).name
    return f":material/cloud_download: {name.split('/')[-1] if code in shelf.FETCHED else name}"


def _ask_for_chosen() -> None:
    """What a visitor chooses is fetched; what a link chooses, only on request."""
    address.touch()
    for code in st.session_state.tokenizers:
        if shelf.source_of(code):
            shelf.request(code)


def cut_or_say(tokenizer: Tokenizer, sentence: str, text: Text) -> Cut | None:
    """The sentence as a tokenizer cuts it, or None with a sentence that says why not."""
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    try:
        return cached.cut(tokenizer, sentence)
    except REFUSALS as problem:
        slot.warning(why_not(problem, text), icon=":material/info:")
        return None


def cuts_or_say(tokenizers: dict[str, Tokenizer], sentence: str, text: Text) -> dict[str, Cut]:
    """The sentence as each of them cuts it, at least one; or another, with a sentence saying why.

    One that alone cannot cut it is left out.
    """
    slot = st.empty()
    cuts, refused = _cuts(tokenizers, sentence, text)
    if not cuts:
        why = next(iter(refused.values()))
        shown = text("tokenizer.meanwhile", shown=prompt.DEFAULT)
        slot.warning(f"{why} {shown}", icon=":material/info:")
        return _cuts(tokenizers, prompt.DEFAULT, text)[0]
    if refused:
        lines = [text("tokenizer.refused", name=name, why=why) for name, why in refused.items()]
        slot.info("  \n".join(lines), icon=":material/info:")
    return cuts


def in_programs(tokenizers: dict[str, Tokenizer]) -> list[str]:
    """What shelf.ready knows them by: the code, or of one brought along the file's name."""
    return [
        one.card.name.rpartition(" ")[0] if one.card.origin == "file" else code
        for code, one in tokenizers.items()
    ]


def merging(tokenizer: Tokenizer, token: Token) -> bpe.Encoding | None:
    """The merges that a token's bytes go through; None where there are none to follow."""
    if not bpe.suits(tokenizer.card) or len(token.bytes) > LONGEST_MERGED:
        return None
    vocabulary = cached.bpe_vocabulary(tokenizer)
    return bpe.encode(token.bytes, vocabulary.rule)


def _cuts(
    tokenizers: dict[str, Tokenizer], sentence: str, text: Text
) -> tuple[dict[str, Cut], dict[str, str]]:
    cuts, refused = {}, {}
    for code, tokenizer in tokenizers.items():
        try:
            cuts[code] = cached.cut(tokenizer, sentence)
        except REFUSALS as problem:
            refused[tokenizer.card.name] = why_not(problem, text)
    return cuts, refused
