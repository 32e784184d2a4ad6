"""The text whose predictions are looked at: chosen, read, and shown as coloured tokens.

The beginning of any text is read at once; the rest of a long one when the visitor asks for it. What
comes meanwhile is handed to the tokens on screen by another component (predicted_news.js), because
a component can be given its data only once a run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import surprisal
from core.model import service
from core.model.predictions import Predicted, Predictions
from pages.figures import style
from pages.figures.surprisal import EACH, ticks
from pages.text import Text
from pages.ui import address, cached
from pages.ui.asking import answer_to, requested
from pages.ui.component import component
from pages.ui.current import sentence
from pages.ui.page import choose
from pages.ui.written import readable

FOLDER = Path(__file__).parent
KEY, ASKED = "predicted", "predictions"
SOURCES = ("sentence", "play")
AT_ONCE = 1_024  # tokens: as long as a text may be on the other pages
PART = 1_024  # tokens that are on screen at once
WORDS = (
    "label", "place", "p", "rank", "bits", "entropy", "guess", "first", "more_than", "less_than",
    "before", "after", "colour",
)  # fmt: skip
_PREDICTED = component(
    KEY,
    "passage.js",
    "predicted.js",
    css="written.css",
    html="<div class='written predicted'><div class='legend'></div>"
    "<div class='passage' role='group'></div><div class='detail'></div></div>",
)
_NEWS = st.components.v2.component(
    "glassbox_predicted_news", js=(FOLDER / "predicted_news.js").read_text("utf-8")
)


@dataclass(frozen=True, eq=False)
class Look:
    """What is looked at: a text's predictions, and one token of it."""

    found: Predicted
    place: int  # of the token, from 1: the first has no prediction
    choose_place: Callable[[int], None]

    @property
    def own_text(self) -> str | None:
        """The text; None for the play that comes with the program."""
        return None if self.found.text == cached.long_text() else self.found.text


def look_at_predictions(text: Text) -> Look:
    """The controls and the coloured tokens; never nothing."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = choose(
            text("control.source"),
            SOURCES,
            key="read_from",
            names=lambda code: text(f"read.{code}"),
        )
    # Always there, said or not: what follows would be built anew if it moved.
    status, tokens = st.container(), st.container()
    of = cached.long_text() if source == "play" else sentence()
    with status:
        beginning = _beginning(of, text)
    if beginning.is_stored or not _goes_on(beginning):
        return _shown(beginning, None, tokens, text)
    question = Predictions(of)
    known = service.shared().cached(question)
    is_underway = requested(ASKED) == question and known is None
    look = _shown(beginning, question, tokens, text) if is_underway else None
    with status:
        n = len((known or beginning).tokens)
        st.caption(text("cut", n=n, most=_reach(beginning), n_all=beginning.n_all))
        with st.container(key="news"):
            slot = st.empty()
        whole = answer_to(
            question,
            text,
            key=ASKED,
            on_request=True,
            show_part=lambda part: _tell(slot, part, text),
        )
    if look is None:
        return _shown(whole or beginning, None, tokens, text)
    if whole is not None:
        st.rerun()  # the tokens were given their data in this run already
    return look


def _beginning(of: str, text: Text) -> Predicted:
    """The first predictions of a text, or the stored ones with a sentence that says why."""
    stored = cached.stored_predictions()
    question = Predictions(of, n_most=AT_ONCE)
    model = service.shared()
    if model.cached(question) is None and model.status.state != "ready":
        note = st.empty()
        if of != stored.text:
            note.info(text("run.soon", shown=stored.text), icon=":material/hourglass_top:")
        return stored
    found = answer_to(question, text, key="beginning")
    if found is None:
        st.info(text("run.meanwhile", shown=stored.text), icon=":material/info:")
    elif len(found.tokens) < 2:
        why = text("refused.one_token") + " " + text("run.meanwhile", shown=stored.text)
        st.warning(why, icon=":material/info:")
    else:
        return found
    return stored


def _goes_on(found: Predicted) -> bool:
    """Whether more of the text can be read."""
    return _reach(found) > len(found.tokens)


def _reach(found: Predicted) -> int:
    return min(found.n_all, Predictions(found.text).n_most, found.model.context_length)


def _shown(
    found: Predicted,
    underway: Predictions | None,
    tokens: DeltaGenerator,
    text: Text,
) -> Look:
    place, put_place = address.place("guessed", len(found.tokens), found.most_surprising)
    place = max(place, 1)
    n_parts = -(-len(found.tokens) // PART)
    number, put_number = address.place("leaf", n_parts, place // PART)

    shade = address.follow("tint", surprisal.SHADES[0], _a_shade)
    address.publish("tint", None if shade == surprisal.SHADES[0] else shade)

    def choose_shade() -> None:
        address.touch()
        st.session_state.tint = st.session_state[KEY].shade

    def choose_place(chosen: int) -> None:
        put_place(max(1, min(chosen, len(found.tokens) - 1)))
        put_number(chosen // PART)

    with tokens:
        _PREDICTED(
            key=KEY,
            data={
                "of": f"{hash((found.text, len(found.tokens))):x}",
                "part": _part(found, number, text),
                "place": number,
                "n_parts": n_parts,
                "chosen": place,
                "run": None if underway is None else _run(underway),
                "follows": "bits" if len(found.tokens) <= EACH else None,
                "shade": shade,
                **_colours(found, text),
            },
            on_place_change=lambda: choose_place(int(st.session_state[KEY].place)),
            on_shade_change=choose_shade,
            on_part_change=lambda: put_number(int(st.session_state[KEY].part)),
        )
    return Look(found, place, choose_place)


def _a_shade(code: str) -> str | None:
    return code if code in surprisal.SHADES else None


def _colours(found: Predicted, text: Text) -> dict[str, object]:
    """What the colours can stand for: scales with ticks, or a class for each."""
    words = {name: text(f"predicted.{name}") for name in WORDS}
    d_vocab = found.model.d_vocab
    shares = surprisal.band_shares(found.ranks)
    classes = [text(f"band.{number}", share=float(share)) for number, share in enumerate(shares)]
    return {
        "shades": [[code, text(f"shade.{code}")] for code in surprisal.SHADES],
        "ticks": {code: ticks(code, d_vocab) for code in surprisal.SHADES if code != "band"},
        "classes": classes,
        "scale": [colour for _, colour in style.WEIGHTS],
        "accent": style.ACCENT,
        "second": style.SECOND,
        "dark": style.DARK,
        "words": words,
    }


def _tell(slot: DeltaGenerator, part: Predicted, text: Text) -> None:
    """Show how far it is: the tokens that were read last."""
    number = (len(part.tokens) - 1) // PART
    with slot:
        _NEWS(
            data={
                "run": _run(Predictions(part.text)),
                "n_read": len(part.tokens),
                "part": _part(part, number, text),
            }
        )


def _run(question: Predictions) -> str:
    """A name for what is being read."""
    return f"{hash(question):x}"


def _part(found: Predicted, number: int, text: Text) -> dict[str, object]:
    """What predicted.js knows of some tokens; the first token of a text has nothing but words."""
    first, stop = number * PART, min(len(found.tokens), (number + 1) * PART)
    some = found.tokens[first:stop]
    targets = slice(max(0, first - 1), stop - 1)
    none = [None] * (first == 0)
    d_vocab = found.model.d_vocab
    rows = found.surprisals[targets], found.entropies[targets], found.ranks[targets]
    best = found.best_ids[targets]
    known = {*np.unique(best).tolist(), *(token.id for token in some)}
    columns = {
        "bits": np.round(found.surprisals[targets].astype(float), 3),
        "entropies": np.round(found.entropies[targets].astype(float), 3),
        "ranks": found.ranks[targets],
        "best": best,
        "shares": _four_digits(found.best_probabilities[targets]),
    }
    return {
        "first": first,
        "tokens": [readable(token) for token in some],
        "visible": [token.visible for token in some],
        "ids": [token.id for token in some],
        "names": {token_id: found.token(token_id).visible for token_id in sorted(known)},
        "shown": text("predicted.shown", first=first, last=stop - 1, n=len(found.tokens)),
        **{name: none + column.tolist() for name, column in columns.items()},
        "levels": {
            shade: none
            + np.round(surprisal.levels(shade, *rows, d_vocab).astype(float), 3).tolist()
            for shade in surprisal.SHADES
        },
    }


def _four_digits(shares: np.ndarray) -> np.ndarray:
    """Rounded to four digits, which is what is shown of them, and a third of the bytes."""
    exact = shares.astype(float)
    with np.errstate(divide="ignore"):
        digits = 3 - np.floor(np.log10(np.maximum(exact, 1e-300)))
    scale = 10.0 ** np.minimum(digits, 300)
    return np.round(exact * scale) / scale
