"""Questions to the model that take longer than one run: offered, waited for, or given up."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.model import service
from core.model.questions import Question
from core.model.results import Answer
from core.model.service import Service
from pages.text import Text
from pages.ui.current import PATIENCE, REFUSALS, why_not


def answer_to(
    question: Question,
    text: Text,
    *,
    key: str,
    on_request: bool = False,
    show_part: Callable[[Answer], None] = lambda answer: None,
    model: Service | None = None,
) -> Answer | None:
    """The answer, or None with a sentence that says why there is none yet.

    With `on_request` it is worked on only when the visitor asks for it, and can be given up. Of an
    answer that grows, `show_part` is given what there is, again and again. `model` is another
    service than the shared one.
    """
    model = model or service.shared()
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    answer = model.cached(question)
    if answer is not None:
        return answer
    if model.status.state != "ready":
        slot.caption(text("ask.soon"))
        return None
    try:
        if on_request and requested(key) != question:
            seconds = model.seconds_for(question)
            # In a row like the bar that takes its place, or it would stay beside it, grey.
            with slot.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    text("ask.start", seconds=seconds),
                    key=f"{key}_start",
                    icon=":material/play_arrow:",
                    on_click=request,
                    args=(question,),
                    kwargs={"key": key},
                )
            return None
        bar = _bar_with_stop(slot, text, key) if on_request else None
        answer = _waited(model.ask, question, text, (slot, bar), show_part)
        slot.empty()
        return answer
    except REFUSALS as problem:
        slot.warning(why_not(problem, text), icon=":material/info:")
        return None


def request(question: Question | None, *, key: str) -> None:
    """Begin with it at the next `answer_to` on request; None: with nothing, and give up."""
    # Not under the key itself: the figure of the answer may well have it.
    st.session_state[f"{key}_asked"] = question


def requested(key: str) -> Question | None:
    """What was requested, and is not given up."""
    return st.session_state.get(f"{key}_asked")


def _waited(
    ask: Callable[..., Answer],
    question: Question,
    text: Text,
    place: tuple[DeltaGenerator, DeltaGenerator | None],
    show_part: Callable[[Answer], None],
) -> Answer:
    slot, bar = place

    def say(share: float, seconds: float) -> None:
        nonlocal bar
        if bar is None and seconds > PATIENCE:  # a bar that comes and goes makes the page jump
            bar = slot.progress(0.0)
        if bar is not None:
            bar.progress(min(1.0, share), text=text("ask.working", share=share, seconds=seconds))

    return ask(question, say, show_part)


def _bar_with_stop(slot: DeltaGenerator, text: Text, key: str) -> DeltaGenerator:
    with slot.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=text("ask.waiting"))
        st.button(
            text("ask.cancel"),
            key=f"{key}_cancel",
            icon=":material/stop:",
            on_click=request,
            args=(None,),
            kwargs={"key": key},
        )
    return bar
