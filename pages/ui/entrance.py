"""Sends every session through app.py, whatever address it arrives at.

Until some session has called st.navigation, a Streamlit server takes the folder pages/ for its own
list of pages: a link to /attention runs pages/attention.py without app.py, and app.py itself runs
as one page among others, so that its widgets are forgotten on the next click. The first statement
of app.py and of every page therefore ends that state. (Streamlit 1.67, _mpa_v1 in
runtime/scriptrunner/script_runner.py; without it, this does nothing.)
"""

import sys

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def enter() -> None:
    """Leave the state of a fresh server, and start the run over.

    Asked is how this very run was begun: another session may have ended that state meanwhile.
    """
    if _is_page_of_folder():
        PagesManager.uses_pages_directory = False
        st.rerun()


def _is_page_of_folder() -> bool:
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_name != "_mpa_v1":
        frame = frame.f_back
    return frame is not None
