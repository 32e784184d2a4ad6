"""What a language model computes, as plain values and NumPy arrays. No Streamlit, no Plotly."""
