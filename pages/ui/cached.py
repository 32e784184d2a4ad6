"""The app's only caches. What they hold is read-only and shared by every session.

The runs of the model are kept by its service (core/model/service.py), bounded in bytes: a
visitor's "clear cache" must not unload what others look at.
"""

import streamlit as st

from core.model import stored
from core.model.forward_pass import ForwardPass
from pages.text import Text, load_text


@st.cache_resource(max_entries=64, show_spinner=False)
def words(topic: str, language: str) -> Text:
    """A topic's words in one language."""
    return load_text(topic, language)


@st.cache_resource(show_spinner=False)
def stored_run() -> ForwardPass:
    """The run that comes with the program."""
    return stored.load()
