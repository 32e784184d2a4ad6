"""The app's only caches. What they hold is read-only and shared by every session.

The runs of the model are kept by its service (core/model/service.py), bounded in bytes: a
visitor's "clear cache" must not unload what others look at.
"""

from collections.abc import Callable

import streamlit as st

from core import atlas, comparison
from core.model import long_run, reverser_weights, stored
from core.model.forward_pass import ForwardPass
from pages.text import Text, load_text


@st.cache_resource(max_entries=64, show_spinner=False)
def words(topic: str, language: str) -> Text:
    """A topic's words in one language."""
    return load_text(topic, language)


@st.cache_resource(show_spinner=False)
def stored_long_run() -> long_run.LongRun:
    """The long run that comes with the program."""
    return long_run.load()


@st.cache_resource(show_spinner=False)
def long_text() -> str:
    """The text that the long run is of."""
    return long_run.text()


@st.cache_resource(show_spinner=False)
def stored_run() -> ForwardPass:
    """The run that comes with the program."""
    return stored.load()


def whole_atlas(forward: ForwardPass, repeated: ForwardPass | None) -> atlas.Atlas:
    """The atlas of a run: up to a second for a long text, so kept.

    The repeated tokens may have gone through another network than a stored run: then they say
    nothing about it.
    """
    repeated = repeated if repeated and repeated.model == forward.model else None
    of = (str(forward.model), forward.text, forward.is_stored, repeated is None)
    return _atlas(of, lambda: atlas.atlas(forward, repeated))


@st.cache_resource(max_entries=32, show_spinner=False)
def _atlas(of: tuple[str | bool, ...], _compute: Callable[[], atlas.Atlas]) -> atlas.Atlas:
    return _compute()


def survey(
    a: ForwardPass, b: ForwardPass, alignment: comparison.Alignment, layers: tuple[int, ...]
) -> comparison.Survey:
    """How much each head differs between two runs: up to a fifth of a second, so kept."""
    return _survey(
        (str(a.model), a.text, b.text, a.is_stored, b.is_stored),
        layers,
        lambda: comparison.survey(a, b, alignment, layers),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _survey(
    of: tuple[str | bool, ...], layers: tuple[int, ...], _compute: Callable[[], comparison.Survey]
) -> comparison.Survey:
    computed = _compute()
    computed.distances.setflags(write=False)
    return computed


@st.cache_resource(show_spinner=False)
def reverser() -> reverser_weights.Network:
    """The small network that writes words backwards: one for all."""
    return reverser_weights.load()
