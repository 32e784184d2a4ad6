"""A page that does nothing but echo its slider: what Streamlit itself costs.

After each run Streamlit collects the garbage of the whole process before the page is sent: most of
this page's time. With ECHO_FREEZES set, what was there at the start is left out, as in the app.
"""

import gc
import os

import streamlit as st

if os.environ.get("ECHO_FREEZES") and not gc.get_freeze_count():
    gc.collect()
    gc.freeze()
st.write(f"echo {st.slider('temperature', 0.0, 2.0, 1.0, 0.05, key='temperature')}")
