"""Sends every session through app.py, whatever address it arrives at.

Until some session has called st.navigation, a Streamlit server takes the folder pages/ for its own
list of pages: a link to /attention runs pages/attention.py without app.py, and app.py itself runs
as one page among others, so that its widgets are forgotten on the next click. The first statement
of app.py and of every page therefore ends that state. (Streamlit 1.67, runtime/pages_manager.py;
without the attribute, this only starts each session's first run over.)
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def enter() -> None:
    """Leave the state of a fresh server, and start the run over.

    Once for each session, too: another one may have ended that state while this one's first run,
    which had begun in it, was on its way here.
    """
    if getattr(PagesManager, "uses_pages_directory", False) or not st.session_state.get("entered"):
        st.session_state.entered = True
        PagesManager.uses_pages_directory = False
        st.rerun()
