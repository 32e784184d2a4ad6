"""A slider inside a figure, and the buttons that play it: the browser goes through the frames."""

from pages.figures.style import ACCENT, PAPER, REMOVED

AT_ONCE = {
    "mode": "immediate",
    "frame": {"duration": 0, "redraw": True},
    "transition": {"duration": 0},
}


def frame(step: int, traces: list[int], data: list[dict]) -> dict:
    """What a step brings to some of the traces: of each what changes, and all steps the same."""
    return {"name": str(step), "traces": traces, "data": data}


def controls(
    labels: list[str], step: int, prefix: str, playing: int, *, left: float = 0.14
) -> dict:
    """The part of a layout that holds the slider above the figure, with a stop for each label.

    `playing` is in milliseconds a step; `left` is the buttons' share of the width.
    """
    slider = {
        "active": step,
        "x": left,
        "len": 0.98 - left,  # room for the last label
        "y": 1,
        "yanchor": "bottom",
        "pad": {"t": 0, "b": 14},
        "currentvalue": {"prefix": f"{prefix} ", "xanchor": "left", "offset": 6},
        "steps": [
            {"label": label, "method": "animate", "args": [[str(place)], AT_ONCE]}
            for place, label in enumerate(labels)
        ],
        "ticklen": 4,
        "minorticklen": 4,
        "bgcolor": PAPER,
        "bordercolor": REMOVED,
        "activebgcolor": ACCENT,
        "tickcolor": REMOVED,
    }
    onwards = AT_ONCE | {"fromcurrent": True, "frame": {"duration": playing, "redraw": True}}
    buttons = {
        "type": "buttons",
        "direction": "right",
        "showactive": False,  # the colour of an active button is not ours to choose
        "x": 0,
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
        "pad": {"b": 40},
        "bgcolor": PAPER,
        "bordercolor": REMOVED,
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, onwards]},
            {"label": "❚❚", "method": "animate", "args": [[None], AT_ONCE]},
        ],
    }
    return {"sliders": [slider], "updatemenus": [buttons]}
