"""A page that does nothing but echo its slider: what Streamlit itself costs."""

import streamlit as st

st.write(f"echo {st.slider('temperature', 0.0, 2.0, 1.0, 0.05, key='temperature')}")
