"""The run that the pages look at: of the sentence above, on the model that is loaded.

While there is none, because the model is on its way or the sentence cannot be run, the pages show
the stored run, and say so: never an empty page.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import attention
from core.model import service
from core.model.forward_pass import ForwardPass
from core.model.predictions import Predicted
from core.model.service import (
    Busy,
    EmptyText,
    NotFinite,
    NotReady,
    RunFailed,
    Status,
    TextTooLong,
    Unanswerable,
    UnusableText,
)
from pages.text import Text
from pages.ui import address
from pages.ui.cached import stored_run, words
from pages.ui.page import choose_from_many, choose_index, is_lecture

PATIENCE = 0.5  # seconds of waiting before it is worth a sentence
MEGABYTE = 1e6
WORDS_FOR = {
    Busy: "busy",
    EmptyText: "empty",
    NotFinite: "not_finite",
    NotReady: "not_ready",
    RunFailed: "failed",
    TextTooLong: "too_long",
    Unanswerable: "unanswerable",
    UnusableText: "unusable",
}
REFUSALS = tuple(WORDS_FOR)
TOLD_BEST = 13, 8  # layer and head, for the default sentence: "it" looks at "cat"


def current_run(text: Text, at_least: int = 1) -> ForwardPass:
    """The live run, or the stored one with a sentence that says why.

    `at_least` is the number of tokens that the page needs to have something to show.
    """
    model, prompt = service.shared(), st.session_state.prompt
    stored = stored_run()
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    if model.cached(prompt) is None and model.status.state != "ready":
        if prompt != stored.text:
            slot.info(text("run.soon", shown=stored.text), icon=":material/hourglass_top:")
        return stored
    try:
        forward = _live(prompt, slot, text)
    except REFUSALS as problem:
        return _instead(why_not(problem, text), slot, text)
    if len(forward.tokens) < at_least:
        return _instead(text("refused.one_token"), slot, text)
    return forward


def sentence() -> str:
    """The sentence as it was typed, which may be longer than what is run on the other pages."""
    return st.session_state.prompt


def run_beside(forward: ForwardPass, prompt: str, text: Text) -> ForwardPass:
    """The run of another text on the model of `forward`, to be compared with it.

    Where there is none, `forward` itself, with a sentence that says why.
    """
    slot = st.empty()
    if forward.is_stored:
        slot.info(text("run.beside_stored"), icon=":material/info:")
        return forward
    try:
        return _live(prompt, slot, text)
    except REFUSALS as problem:
        why = why_not(problem, text)
        slot.warning(text("run.beside_itself", why=why), icon=":material/info:")
        return forward


def choose_head(forward: ForwardPass, text: Text) -> tuple[int, int]:
    """Layer and head, side by side; every page that asks for them goes on with the same ones."""
    layer, head = TOLD_BEST
    with st.container(horizontal=True):
        return (
            choose_index(
                text("choose.layer"), forward.model.n_layers, key="layer", default=layer, text=text
            ),
            choose_index(
                text("choose.head"), forward.model.n_heads, key="head", default=head, text=text
            ),
        )


def choose_layer(forward: ForwardPass, text: Text) -> tuple[int, int]:
    """The layer, for a page that shows all its heads; and the head chosen on other pages."""
    layer, head = TOLD_BEST
    n_heads = forward.model.n_heads
    usual = min(head, n_heads - 1)
    chosen = address.index("head", n_heads, usual)
    address.publish("head", None if chosen == usual else str(chosen))
    layer = choose_index(
        text("choose.layer"), forward.model.n_layers, key="layer", default=layer, text=text
    )
    return layer, chosen


def choose_lens(forward: ForwardPass, text: Text) -> str:
    """One of the lenses that the run allows, by the names that the attention page gives them."""
    names = words("attention", text.language)
    return choose_from_many(
        names("control.lens"),
        attention.lenses(forward),
        "raw",
        key="lens",
        names=lambda code: names(f"lens.{code}"),
    )


def put_head(layer: int, head: int) -> None:
    """Choose layer and head from elsewhere than their sliders."""
    address.touch()
    st.session_state.layer, st.session_state.head = layer, head


def why_not(problem: Exception, text: Text) -> str:
    """Why a text was not run, in the reader's words."""
    key = WORDS_FOR.get(type(problem), "failed")
    if isinstance(problem, TextTooLong) and problem.unit == "characters":
        key = "too_many_characters"
    return text(f"refused.{key}", **vars(problem))


def measured_on(forward: ForwardPass | Predicted, text: Text) -> str:
    """The model of a run, for the provenance of what is measured on it."""
    card = forward.model
    return text(
        "model.stored" if forward.is_stored else "model.live",
        name=card.name,
        weights=card.weights,
        dtype=card.dtype,
        device=card.device.upper(),
    )


def model_state(text: Text) -> None:
    """What is loaded; while it is on its way, how far it is. Away from the figures: no jump."""
    with st.container() if is_lecture() else st.sidebar, st.container(key="model_state"):
        status = service.shared().status
        if status.state != "ready":
            _watch(text)
        elif not is_lecture():
            card = status.model
            st.caption(
                text(
                    "model.ready",
                    name=card.name,
                    size=card.n_parameters / MEGABYTE,
                    device=card.device.upper(),
                    dtype=card.dtype,
                )
            )


@st.fragment(run_every=0.5)
def _watch(text: Text) -> None:
    model = service.shared()
    status = model.status
    if status.state == "ready":
        st.rerun()
    elif status.state == "stopped":
        st.caption(text("model.stopped"))
    elif status.state == "failed":
        st.error(text(f"source_problem.{status.error.reason}"), icon=":material/cloud_off:")
        st.button(text("model.retry"), on_click=model.retry, key="retry")
    else:
        news = text(f"model.{status.state}", name=model.wanted, **_megabytes(status))
        st.progress(_share(status), text=news)


def _share(status: Status) -> float:
    progress = status.progress
    if progress is None or not progress.total_bytes:
        return 0.0
    return min(1.0, progress.done_bytes / progress.total_bytes)


def _megabytes(status: Status) -> dict[str, float]:
    done, total = (
        (status.progress.done_bytes, status.progress.total_bytes or 0)
        if status.progress
        else (0, 0)
    )
    return {
        "done": done / MEGABYTE,
        "total": total / MEGABYTE,
        "speed": status.bytes_per_second / MEGABYTE,
    }


def _live(prompt: str, slot: DeltaGenerator, text: Text) -> ForwardPass:
    """The live run of a text, at hand or waited for. Raises one of REFUSALS."""
    said = ""

    def say_place(place: int, seconds: float) -> None:
        nonlocal said
        news = text("run.waiting", place=place, seconds=seconds)
        # Called ten times a second for each who waits; said only when there is something new.
        if seconds > PATIENCE and news != said:
            slot.caption(news)
            said = news

    forward = service.shared().forward_pass(prompt, say_place)
    if said:
        slot.empty()
    return forward


def _instead(why: str, slot: DeltaGenerator, text: Text) -> ForwardPass:
    stored = stored_run()
    slot.warning(why + " " + text("run.meanwhile", shown=stored.text), icon=":material/info:")
    return stored
