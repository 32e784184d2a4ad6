"""Sends every session through app.py, whatever address it arrives at.

Until st.navigation is first called, a Streamlit server takes the folder pages/ for its own list
of pages: a link to /attention runs pages/attention.py without app.py, and app.py itself runs as
one page among others, so that its widgets are forgotten on the next click. Therefore the first
run of a session only calls st.navigation, and the second one draws. (Streamlit 1.67,
runtime/pages_manager.py; it can go when a folder named pages/ is no longer special.)
"""

import streamlit as st


def enter(pages: list[st.Page]) -> None:
    """Register the pages and start over, once per session."""
    if "entered" not in st.session_state:
        st.session_state.entered = True
        st.navigation(pages)
        st.rerun()
