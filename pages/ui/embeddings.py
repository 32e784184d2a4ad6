"""What the page on embeddings looks at: the sentence's tokens, and the answers about their rows."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core import embedding
from core.model import service
from core.model.embedding_table import Neighbourhood, Neighbours
from core.model.forward_pass import ModelCard
from core.model.refusals import TextTooLong
from core.tokens import Token
from pages.text import Text
from pages.ui import address
from pages.ui.asking import answer_to
from pages.ui.cached import stored_run, stored_table
from pages.ui.current import REFUSALS, sentence, why_not

MOST_TOKENS = 1024  # of a sentence that can be chosen from
MOST_SHOWN = 24  # different ones, with their neighbours
MOST_WORDS, LONGEST = 8, 200
USUAL = 1  # a word with a space in front, in the default sentence
EXAMPLES = {
    "spelling": "hello| hello|Hello| Hello| hi| cat",
    "meaning": " king| queen| man| woman| Paris| France",
    "untrained": "MetaInfoClass|PlaneProtection| transistorsum|swigfaiss| cat",
}


@dataclass(frozen=True, eq=False)
class Looked:
    """A sentence's tokens, the chosen one of them, and the neighbours of those around it."""

    tokens: tuple[Token, ...]
    chosen: int
    choose: Callable[[int], None]
    found: Neighbourhood
    model: ModelCard
    text: str
    is_stored: bool

    def told(self, text: Text) -> str:
        """How many of the sentence's tokens were looked up."""
        different, shown = len(set(self.tokens)), self.found.n_tokens
        if not self.found.norms[self.place]:
            return text("part.zero", token=self.tokens[self.chosen].visible)
        key = "part.some" if different > shown else "part.all"
        return text(key, shown=shown, different=different)

    def source(self, text: Text) -> str:
        """The model, for the provenance of what is measured on it."""
        return _source(self.model, text, self.is_stored)

    @property
    def place(self) -> int:
        """The chosen token among those of the neighbourhood."""
        return self.found.points.index(self.tokens[self.chosen])

    def choose_point(self, place: int) -> None:
        """Choose a token by its place in the neighbourhood."""
        self.choose(self.tokens.index(self.found.points[place]))


def looked_up(text: Text, *, is_centred: bool) -> Looked:
    """The sentence's tokens in the loaded model's matrix.

    Until the model is there, and where the sentence cannot be cut, the stored answer, with a
    sentence that says why.
    """
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    tokens = _tokens(slot, text)
    if tokens is not None:
        chosen, choose = address.place("token", len(tokens), min(USUAL, len(tokens) - 1))
        ids = tuple(token.id for token in tokens)
        asked = Neighbours(embedding.around(ids, chosen, MOST_SHOWN), is_centred=is_centred)
        found = answer_to(asked, text, key="neighbours")
        if found is not None:
            card = service.shared().status.model
            return Looked(tokens, chosen, choose, found, card, sentence(), False)
    stored = stored_run()
    chosen, choose = address.place("token", len(stored.tokens), USUAL)
    found = stored_table().sentence[is_centred]
    return Looked(stored.tokens, chosen, choose, found, stored.model, stored.text, True)


def _tokens(slot, text: Text) -> tuple[Token, ...] | None:
    model, shown = service.shared(), stored_run().text
    if model.status.state != "ready":
        if sentence() != shown:
            slot.info(text("run.soon", shown=shown), icon=":material/hourglass_top:")
        return None
    try:
        tokens = model.tokenizer.cut(sentence()).tokens
        if len(tokens) > MOST_TOKENS:
            raise TextTooLong(len(tokens), MOST_TOKENS, "tokens")
    except REFUSALS as problem:
        why = why_not(problem, text)
        slot.warning(f"{why} {text('run.meanwhile', shown=shown)}", icon=":material/info:")
        return None
    return tokens


@dataclass(frozen=True, eq=False)
class Words:
    """Words with the first token of each."""

    words: tuple[str, ...]
    n_tokens: tuple[int, ...]  # that each is cut into
    found: Neighbourhood
    model: ModelCard
    is_stored: bool

    def source(self, text: Text) -> str:
        """The model, for the provenance of what is measured on it."""
        return _source(self.model, text, self.is_stored)

    @property
    def labels(self) -> tuple[str, ...]:
        """The first token of each word, with a sign where others follow."""
        first = self.found.points  # in the order of the words, but equal tokens only once
        return tuple(
            token.visible + "…" * (n > 1) for token, n in zip(first, self.n_tokens, strict=True)
        )


def type_words(text: Text, *, is_centred: bool) -> Words:
    """Words that are typed, "|" between them: spaces count. Those that come along until then."""
    typed = _typed(text)
    slot = st.empty()
    model, stored = service.shared(), stored_table()
    usual = tuple(EXAMPLES["spelling"].split("|"))
    instead = Words(usual, (1,) * len(usual), stored.words[is_centred], stored_run().model, True)
    if model.status.state != "ready":
        if typed != EXAMPLES["spelling"]:
            slot.caption(text("ask.soon"))
        return instead
    words = [word for word in typed.split("|") if word]
    if not words:
        slot.info(text("words.none"), icon=":material/info:")
        return instead
    try:
        # By its first token: words that begin with the same one are the same here.
        cuts = {
            ids[0]: (word, len(ids)) for word in words[::-1] for ids in [model.tokenizer.ids(word)]
        }
    except REFUSALS as problem:
        slot.warning(why_not(problem, text), icon=":material/info:")
        return instead
    first = tuple(cuts)[::-1][:MOST_WORDS]
    found = answer_to(Neighbours(first, 0, is_centred), text, key="words_looked_up")
    if found is None:
        return instead
    words, n_tokens = zip(*(cuts[number] for number in first), strict=True)
    return Words(words, n_tokens, found, model.status.model, False)


def _source(model: ModelCard, text: Text, is_stored: bool) -> str:
    return text(
        "model.stored" if is_stored else "model.live",
        name=model.name,
        weights=model.weights,
        dtype=model.dtype,
        device=model.device.upper(),
    )


def _typed(text: Text) -> str:
    address.follow("words", EXAMPLES["spelling"], lambda words: words[:LONGEST])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            text("control.words"),
            key="words",
            max_chars=LONGEST,
            on_change=address.touch,
            persist_state="session",
            width=520,
        )
        for name, words in EXAMPLES.items():
            st.button(
                text(f"example.{name}"),
                key=f"words_{name}",
                on_click=_put,
                args=(words,),
                type="tertiary",
            )
    typed = st.session_state.words
    address.publish("words", None if typed == EXAMPLES["spelling"] else typed)
    return typed


def _put(words: str) -> None:
    address.touch()
    st.session_state.words = words
