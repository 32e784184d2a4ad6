"""The run that the pages look at: of the sentence above, on the model that is loaded.

While there is none, because the model is on its way or the sentence cannot be run, the pages show
the stored run, and say so: never an empty page.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.model import service
from core.model.forward_pass import ForwardPass
from core.model.service import (
    Busy,
    EmptyText,
    NotFinite,
    NotReady,
    RunFailed,
    Status,
    TextTooLong,
    UnusableText,
)
from pages.text import Text
from pages.ui.cached import stored_run
from pages.ui.page import is_lecture

PATIENCE = 0.5  # seconds of waiting before it is worth a sentence
MEGABYTE = 1e6


def current_run(text: Text, at_least: int = 1) -> ForwardPass:
    """The live run, or the stored one with a sentence that says why.

    `at_least` is the number of tokens that the page needs to have something to show.
    """
    model, prompt = service.shared(), st.session_state.prompt
    forward = model.cached(prompt)
    stored = stored_run()
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    if forward is None and model.status.state != "ready":
        if prompt != stored.text:
            slot.info(text("run.soon", shown=stored.text), icon=":material/hourglass_top:")
        return stored
    try:
        forward = forward or _wait_for(model, slot, text)
    except (
        Busy, EmptyText, NotFinite, NotReady, RunFailed, TextTooLong, UnusableText
    ) as problem:  # fmt: skip
        return _instead(why_not(problem, text), slot, text)
    if len(forward.tokens) < at_least:
        return _instead(text("refused.one_token"), slot, text)
    return forward


def why_not(problem: Exception, text: Text) -> str:
    """Why a text was not run, in the reader's words."""
    match problem:
        case TextTooLong(unit="characters"):
            return text("refused.too_many_characters", count=problem.count, limit=problem.limit)
        case TextTooLong():
            return text("refused.too_long", count=problem.count, limit=problem.limit)
        case Busy():
            return text("refused.busy", n_waiting=problem.n_waiting)
        case EmptyText():
            return text("refused.empty")
        case UnusableText():
            return text("refused.unusable")
        case NotFinite():
            return text("refused.not_finite")
        case NotReady():
            return text("refused.not_ready")
    return text("refused.failed")


def measured_on(forward: ForwardPass, text: Text) -> str:
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
        words = text(f"model.{status.state}", name=model.wanted, **_megabytes(status))
        st.progress(_share(status), text=words)


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


def _wait_for(model: service.Service, slot: DeltaGenerator, text: Text) -> ForwardPass:
    said = ""

    def say_place(place: int, seconds: float) -> None:
        nonlocal said
        words = text("run.waiting", place=place, seconds=seconds)
        # Called ten times a second for each who waits; said only when there is something new.
        if seconds > PATIENCE and words != said:
            slot.caption(words)
            said = words

    forward = model.forward_pass(st.session_state.prompt, say_place)
    slot.empty()
    return forward


def _instead(why: str, slot: DeltaGenerator, text: Text) -> ForwardPass:
    stored = stored_run()
    slot.warning(why + " " + text("run.meanwhile", shown=stored.text), icon=":material/info:")
    return stored
