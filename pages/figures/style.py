"""How every figure looks: the colours by the part they play, and the templates made of them.

A figure names its colours by role and is drawn in light colours; `in_dark` turns it into dark
ones. So one figure serves both, and switching the appearance needs no new one.
"""

import plotly.graph_objects as go
from plotly import io

FONT = (
    "'Source Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC',"
    " Arial, sans-serif"
)
ACCENT = "#0B6BCB"  # what the figure is about
SECOND = "#C2410C"  # what it is compared with
REMOVED = "#9AA3AE"  # what was taken out
INK, GRID, PAPER = "#1F2933", "#E3E8EE", "#FFFFFF"

# Every colour of the light appearance that a figure may hold, with its dark counterpart.
DARK = {
    ACCENT: "#6CB6FF",
    SECOND: "#FF9D5C",
    REMOVED: "#6B7684",
    INK: "#E6EAF0",
    GRID: "#2B3442",
    PAPER: "#0F141B",
    # With ACCENT and SECOND, the colours of things that are many of a kind, such as heads.
    "#2E7D32": "#7BD389",
    "#8E3B9E": "#D79BE8",
    "#A16207": "#E8C15A",
    "#0E7C86": "#5ED4D9",
    "#BE185D": "#FF8FB8",
    "#4B5563": "#B8C2CF",
    "#6B8E00": "#C6E05A",
    # The scale for attention weights: 0 is a tint, so that it is not taken for a masked place.
    "#EDF2F8": "#1B2431",
    "#A9CBEA": "#1F4D7E",
    "#4A90D0": "#2F8FD0",
    "#1D5499": "#8CD0F5",
    "#0A1F4A": "#F4FBFF",
}
MANY = [ACCENT, SECOND, *list(DARK)[6:13]]
WEIGHTS = list(zip((0, 0.2, 0.5, 0.8, 1), list(DARK)[-5:], strict=True))
SIGNED = [(0, SECOND), (0.5, PAPER), (1, ACCENT)]  # for numbers on both sides of 0
NORMAL_SIZE, LECTURE_SIZE = 14, 20  # pixels of type
COMPACT = "16 bits a cell"  # the meta of a heat map that may be sent so (pages/ui/stage.py)


def template(lecture: bool) -> go.layout.Template:
    """What all figures share, for reading on a desk or from the last row."""
    size, width = (LECTURE_SIZE, 4) if lecture else (NORMAL_SIZE, 2)
    axis = {
        "automargin": True,
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "title": {"standoff": 10, "font": {"size": size}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": size, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "colorway": [ACCENT, SECOND, REMOVED],
            "margin": {"l": 12, "r": 12, "t": 12, "b": 12},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT, "size": size}, "align": "left"},
            "coloraxis": {"colorbar": {"thickness": size, "outlinewidth": 0}},
            "showlegend": False,
        },
        data={
            "bar": [go.Bar(textposition="outside", textangle=0, cliponaxis=False)],
            "scatter": [go.Scatter(line={"width": width}, marker={"size": 3 * width})],
        },
    )


def in_dark(spec: str) -> str:
    """A figure's JSON with each light colour replaced by its dark counterpart."""
    for light, dark in DARK.items():
        # In quotes: a colour that somebody wrote into the sentence is not one of the figure's.
        spec = spec.replace(f'"{light}"', f'"{dark}"')
    return spec


def dressed(figure: go.Figure, *, lecture: bool = False, dark: bool = False) -> go.Figure:
    """A copy of the figure with its template, for a file that leaves the app."""
    copy = go.Figure(figure).update_layout(template=template(lecture))
    return io.from_json(in_dark(copy.to_json())) if dark else copy


def escape(words: str) -> str:
    """The words as Plotly shall show them: it would read <b> in a token as bold type."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(words: str) -> str:
    """The words that `escape` was given."""
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def axis_labels(words: list[str]) -> list[str]:
    """One label per token, with its position below: equal tokens must stay apart on an axis."""
    return [f"{escape(word)}<sub>{index}</sub>" for index, word in enumerate(words)]
