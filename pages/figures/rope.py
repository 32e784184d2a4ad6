"""The figure of the RoPE page: the wavelengths of the pairs."""

import numpy as np
import plotly.graph_objects as go

from core.rope import Spectrum
from pages.figures.style import ACCENT, REMOVED, SECOND
from pages.text import Text


def wavelengths(spectrum: Spectrum, context_length: int, text: Text) -> go.Figure:
    """Positions that each pair needs for a full turn, against the trained context."""
    unfinished = spectrum.wavelengths > context_length
    line = go.Scatter(
        x=np.arange(len(spectrum.wavelengths)),
        y=spectrum.wavelengths,
        mode="lines+markers",
        line={"color": REMOVED},
        marker={"color": [SECOND if one else ACCENT for one in unfinished], "size": 9},
        hovertemplate=text("wavelengths.hover"),
    )
    figure = go.Figure(line).add_hline(y=context_length, line={"color": REMOVED, "dash": "dash"})
    figure.add_annotation(
        text=text("wavelengths.context"),
        x=0.01,
        xref="paper",
        xanchor="left",
        y=np.log10(context_length),  # on a logarithmic axis Plotly counts a note's place in powers
        yanchor="bottom",
        showarrow=False,
    )
    return figure.update_layout(
        xaxis={"title": text("axis.pair"), "zeroline": False},
        yaxis={
            "title": text("axis.wavelength"),
            "type": "log",
            "range": [0, max(8, np.log10(spectrum.wavelengths.max()) + 0.3)],
            "dtick": 1,
            "exponentformat": "power",
        },
    )
