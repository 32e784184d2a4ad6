"""A page that does nothing but echo what is typed, at each key: what Streamlit itself costs."""

import streamlit as st

st.write(f"echo {st.text_input('words', key='words', live='0ms')}")
