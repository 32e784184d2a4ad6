"""The second network: who asked for it, how far it is, and why it cannot be had."""

import streamlit as st

from core.model import second
from core.model.second import LARGEST, Standing
from core.model.service import Service
from pages.text import Text
from pages.ui.cached import words
from pages.ui.page import as_markdown

MEGABYTE, GIGABYTE = 1e6, 1e9
ASKED = "second_asked"  # in the session: the network that this visitor asked for


def second_service(name: str, text: Text) -> Service | None:
    """A network's service once it is loaded; until then None, its state, and a way to ask for it.

    There is one second network for all visitors, so it is said who asked for it.
    """
    text = words("divergence", text.language)
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.container()
    standing = second.look()
    with slot:
        if standing is None or standing.name != name or standing.state == "stopped":
            _offer(name, standing, text)
        elif standing.state == "failed":
            _say_why(standing, text)
        elif standing.state == "on_its_way":
            _watch(name, text)
        else:
            card = standing.status.model
            size = card.n_parameters / MEGABYTE
            st.caption(text(f"second.ready.{_whose(name)}", name=as_markdown(name), size=size))
            return second.service_of(name)
    return None


def _whose(name: str) -> str:
    return "own" if st.session_state.get(ASKED) == name else "another"


def _ask(name: str) -> None:
    st.session_state[ASKED] = name
    second.request(name)


def _offer(name: str, present: Standing | None, text: Text) -> None:
    said, button = st.columns([5, 1], vertical_alignment="center")
    is_other = present is not None and present.state in ("ready", "on_its_way")
    known = {"name": as_markdown(name), "limit": LARGEST / GIGABYTE}
    if is_other:
        whose = text(f"second.who.{_whose(present.name)}")
        known |= {"present": as_markdown(present.name), "who": whose}
    said.info(
        text("second.instead" if is_other else "second.absent", **known),
        icon=":material/cloud_download:",
    )
    button.button(text("second.fetch"), key="second_fetch", on_click=_ask, args=(name,))


def _say_why(standing: Standing, text: Text) -> None:
    said, button = st.columns([5, 1], vertical_alignment="center")
    known = {"name": as_markdown(standing.name), "limit": LARGEST / GIGABYTE}
    problem = text(f"second.problem.{standing.reason}", **known)
    said.warning(problem, icon=":material/cloud_off:")
    button.button(text("model.retry"), key="second_retry", on_click=_ask, args=(standing.name,))


@st.fragment(run_every=0.5)
def _watch(name: str, text: Text) -> None:
    standing = second.look()
    if standing is None or standing.name != name or standing.state != "on_its_way":
        st.rerun()
    progress = standing.status.progress
    known = {"name": as_markdown(name), "who": text(f"second.who.{_whose(name)}")}
    if progress is not None and progress.stage == "fetching" and progress.total_bytes:
        done, total = progress.done_bytes, progress.total_bytes
        known |= {"done": done / MEGABYTE, "total": total / MEGABYTE}
        known |= {"speed": standing.status.bytes_per_second / MEGABYTE}
        st.progress(min(1.0, done / total), text=text("second.fetching", **known))
    else:
        is_loading = progress is not None and progress.stage == "loading"
        st.progress(0.0, text=text("second.loading" if is_loading else "second.asking", **known))
