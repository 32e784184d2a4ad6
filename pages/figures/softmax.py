"""Figures of the softmax and its gradient: bars to drag, a table, curves, and a descent to play."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from numpy import ndarray

from core.softmax import SHIFTS, Descent, Gradient, Saturation, Shifts
from pages.figures import reel
from pages.figures.style import ACCENT, INK, REMOVED, SECOND, SIGNED, WEIGHTS, escape
from pages.text import Text

LEFT, RIGHT = [0, 0.47], [0.55, 1]  # two panels
THREE = [0, 0.28], [0.36, 0.64], [0.73, 1]
ENDS = (-10.0, 10.0), (0.0, 30.0), (-50.0, 50.0)  # of the axis of logits: the first that holds them
STEP = 0.1  # that a dragged logit snaps to
LONGEST = 8  # characters of a name
FEW = 6  # outcomes whose numbers fit above their bars
PLAYING = 350  # milliseconds a step
LEAST_ARROW = 0.03  # a shorter one would be only its head
CURVES = {"squared_error": SECOND, "cross_entropy": ACCENT}


def pulls(found: Gradient, names: tuple[str, ...], text: Text) -> go.Figure:
    """Logits to be dragged; beside them p, and an arrow from each to its target: −(p − y)."""
    labels = _labels(names)
    label = int(found.target.argmax())
    places = np.arange(len(labels))
    low, high = _range(found.logits)
    data = [
        _bars(places, found.logits, _colours(label, len(labels)), "%{y:.1f}")
        | {"name": text("axis.logit"), "hovertemplate": text("pulls.logit")},
        _bars(places, found.probabilities, _colours(label, len(labels)), "")
        | {"xaxis": "x2", "yaxis": "y2", "name": text("axis.probability")}
        | {
            "customdata": [f"{slope:+.4f}".replace("-", "−") for slope in found.of_logits],
            "hovertemplate": text("pulls.probability"),
        },
        {
            "type": "scatter",
            "x": places,
            "y": found.target.astype(np.float32),
            "xaxis": "x2",
            "yaxis": "y2",
            "mode": "markers",
            "marker": {"symbol": "line-ew-open", "size": 34, "color": INK, "line": {"width": 3}},
            "name": text("pulls.target"),
            "hovertemplate": text("pulls.hover_target"),
        },
    ]
    ticks = {"tickvals": places, "ticktext": labels, "showgrid": False}
    layout = {
        "height": 440,
        "bargap": 0.35,
        "meta": {"drag_step": STEP, "drag_low": low, "drag_high": high},
        "xaxis": {"title": {"text": text("axis.outcome")}, "domain": LEFT, **ticks},
        "yaxis": {
            "title": {"text": text("axis.logit")},
            "range": [low - 0.06 * (high - low), high + 0.06 * (high - low)],
            "zerolinecolor": REMOVED,
        },
        "xaxis2": {
            "title": {"text": text("axis.outcome")},
            "domain": RIGHT,
            "anchor": "y2",
            "range": [-0.6, len(labels) - 0.4],
            **ticks,
            # below the bars, where no arrow goes
            "ticktext": [
                f"{name}<br>{p:.3f}" for name, p in zip(labels, found.probabilities, strict=True)
            ],
        },
        "yaxis2": {
            "title": {"text": text("axis.probability")},
            "anchor": "x2",
            "range": [-0.04, 1.26],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
        },
        "annotations": [*_arrows(found), _legend(text)],
    }
    return go.Figure({"data": data, "layout": layout})


def jacobian(
    table: Float[ndarray, "outcome logit"], names: tuple[str, ...], text: Text
) -> go.Figure:
    """∂p_i/∂z_j with its numbers, and the sum of each row, which is 0."""
    labels = _labels(names)
    n = len(labels)
    sums = table.sum(axis=1)
    columns = np.arange(n + 1)
    data = [
        {
            "type": "heatmap",
            "x": columns[:n],
            "y": columns[:n],
            "z": table.astype(np.float32),
            "coloraxis": "coloraxis",
            "text": [[_signed(float(cell)) for cell in row] for row in table],
            "texttemplate": "%{text}",
            "xgap": 2,
            "ygap": 2,
            "meta": [text("jacobian.row"), text("jacobian.column"), "∂p/∂z"],
            "customdata": [
                [[one, other, f"{cell:.6f}"] for other, cell in zip(labels, row, strict=True)]
                for one, row in zip(labels, table, strict=True)
            ],
            "hovertemplate": text("jacobian.hover"),
        },
        {
            "type": "scatter",
            "x": [n] * n,
            "y": columns[:n],
            "mode": "text",
            "text": [f"<b>{_signed(float(number))}</b>" for number in sums],
            "hoverinfo": "skip",
        },
    ]
    layout = {
        "height": 130 + 44 * n,
        "xaxis": {
            "title": {"text": text("jacobian.column"), "standoff": 6},
            "side": "top",
            "tickvals": columns,
            "ticktext": [f"z({label})" for label in labels] + [text("jacobian.sum")],
            "range": [-0.5, n + 0.5],
            "showgrid": False,
        },
        "yaxis": {
            "title": {"text": text("jacobian.row")},
            "tickvals": columns[:n],
            "ticktext": [f"p({label})" for label in labels],
            "range": [n - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
        },
        "coloraxis": {
            "colorscale": SIGNED,
            "cmin": -0.25,
            "cmax": 0.25,
            "colorbar": {"title": {"text": "∂p/∂z"}},
        },
    }
    return go.Figure({"data": data, "layout": layout})


def flat_ends(found: Saturation, now: Gradient, text: Text) -> go.Figure:
    """Left p of the label against its own logit; right the gradients of two losses there."""
    here = float(now.logits[int(now.target.argmax())])
    x = found.logits.astype(np.float32)
    lines = [
        ("probability", found.probabilities, ACCENT, "solid", ""),
        ("slope", found.slopes, REMOVED, "dash", ""),
        ("cross_entropy", found.cross_entropy, ACCENT, "solid", "2"),
        ("squared_error", found.squared_error, SECOND, "solid", "2"),
    ]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y.astype(np.float32),
            "xaxis": f"x{axis}",
            "yaxis": f"y{axis}",
            "line": {"color": colour, "dash": dash},
            "name": text(f"flat_ends.{name}"),
            "hovertemplate": text("flat_ends.hover"),
        }
        for name, y, colour, dash, axis in lines
    ]
    inside = x[0] <= here <= x[-1]
    span = {"range": [float(x[0]), float(x[-1])], "title": {"text": text("flat_ends.logit")}}
    on = {"xref": "x2 domain", "yref": "y2", "xanchor": "left", "yanchor": "top"}
    layout = {
        "height": 380,
        "xaxis": {"domain": LEFT, **span},
        "yaxis": {"range": [-0.04, 1.08], "title": {"text": text("flat_ends.left")}},
        "xaxis2": {"domain": RIGHT, "anchor": "y2", **span},
        "yaxis2": {
            "anchor": "x2",
            "range": [-1.12, 0.12],
            "title": {"text": text("flat_ends.right")},
        },
        "shapes": [_upright(here, axis) for axis in ("", "2") if inside],
        "annotations": [
            _note(0.03, 0.97, text("flat_ends.probability"), ACCENT, xref="x domain",
                  yref="y domain", xanchor="left"),
            _note(0.03, 0.9, text("flat_ends.slope"), INK, xref="x domain", yref="y domain",
                  xanchor="left"),
            _note(0.97, -0.9, text("flat_ends.cross_entropy"), ACCENT, **on | {"xanchor": "right"}),
            _note(0.06, 0.1, text("flat_ends.squared_error"), SECOND, **on),
        ],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def descent(course: Descent, names: tuple[str, ...], step: int, text: Text) -> go.Figure:
    """Logits, probabilities and the loss at a step; all steps as frames."""
    labels = _labels(names)
    places = np.arange(len(labels))
    steps = np.arange(len(course.losses))
    colours = _colours(course.label, len(labels))
    logits, shares = course.logits.astype(np.float32), course.probabilities.astype(np.float32)
    losses = course.losses.astype(np.float32)
    frames = [
        reel.frame(
            int(one),
            [0, 1, 2],
            [
                {"type": "bar", "y": logits[one]},
                {"type": "bar", "y": shares[one]},
                {"type": "scatter", "x": [one], "y": losses[one : one + 1]},
            ],
        )
        for one in steps
    ]
    lasting = [
        _bars(places, logits[step], colours, "") | {"hovertemplate": text("pulls.logit")},
        _bars(places, shares[step], colours, "%{y:.2f}")
        | {"xaxis": "x2", "yaxis": "y2", "hovertemplate": text("descent.probability")},
        {
            "mode": "markers",
            "xaxis": "x3",
            "yaxis": "y3",
            "marker": {"color": SECOND, "size": 14},
            "hoverinfo": "skip",
        },
    ]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": steps,
        "y": losses,
        "xaxis": "x3",
        "yaxis": "y3",
        "line": {"color": INK},
        "hovertemplate": text("descent.hover"),
    }
    low, high = _range(course.logits)
    ticks = {"tickvals": places, "ticktext": labels, "showgrid": False}
    layout = {
        "height": 460,
        "bargap": 0.3,
        "xaxis": {"domain": THREE[0], **ticks},
        "yaxis": {"title": {"text": text("axis.logit")}, "range": [low, high],
                  "zerolinecolor": REMOVED},
        "xaxis2": {"domain": THREE[1], "anchor": "y2", **ticks},
        "yaxis2": {"title": {"text": text("axis.probability")}, "anchor": "x2",
                   "range": [0, 1.12], "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        "xaxis3": {"domain": THREE[2], "anchor": "y3", "title": {"text": text("axis.step")},
                   "range": [-1, len(steps)]},
        "yaxis3": {"title": {"text": text("axis.loss")}, "anchor": "x3",
                   "range": [0, 1.1 * float(max(losses.max(), 0.1))]},
    }  # fmt: skip
    layout |= reel.controls(
        [str(one) for one in steps], step, text("descent.now"), PLAYING, left=0.14
    )
    now = [part | brought for part, brought in zip(lasting, frames[step]["data"], strict=True)]
    return go.Figure({"data": [*now, line], "layout": layout, "frames": frames})


def overflow(found: Shifts, names: tuple[str, ...], text: Text) -> go.Figure:
    """The same softmax with a constant on all logits: as it stands, and with the largest at 0."""
    labels = _labels(names)
    n, rows = len(labels), np.arange(len(SHIFTS))
    data, layout, notes = [], {}, []
    for place, name in enumerate(("naive", "stable")):
        cells = getattr(found, name)
        axis = str(place + 1) if place else ""
        words = [["NaN" if np.isnan(cell) else f"{cell:.3f}" for cell in row] for row in cells]
        data.append(
            {
                "type": "heatmap",
                "x": np.arange(n),
                "y": rows,
                "z": cells,
                "xaxis": f"x{axis}",
                "coloraxis": "coloraxis",
                "xgap": 2,
                "ygap": 2,
                "hoverongaps": False,
                "text": words,
                "texttemplate": "%{text}",
                "meta": [text("overflow.shift"), text("axis.outcome"), text(f"overflow.{name}")],
                "customdata": [
                    [
                        [f"{shift:+.0f}", label, word]
                        for label, word in zip(labels, row, strict=True)
                    ]
                    for shift, row in zip(SHIFTS, words, strict=True)
                ],
                "hovertemplate": text("overflow.hover"),
            }
        )
        notes += [
            _note(int(column), int(row), "<b>NaN</b>", SECOND, xref=f"x{axis}")
            for row, column in zip(*np.nonzero(np.isnan(cells)), strict=True)
        ]
        layout[f"xaxis{axis}"] = {
            "title": {"text": text(f"overflow.{name}"), "standoff": 6},
            "domain": (LEFT, RIGHT)[place],
            "side": "top",
            "tickvals": np.arange(n),
            "ticktext": labels,
            "range": [-0.5, n - 0.5],
            "showgrid": False,
            "zeroline": False,
        }
    layout |= {
        "height": 460,
        "yaxis": {
            "title": {"text": text("overflow.shift")},
            "tickvals": rows,
            "ticktext": [f"{shift:+.0f}".replace("-", "−").replace("+0", "0") for shift in SHIFTS],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
        },
        "coloraxis": {"colorscale": WEIGHTS, "cmin": 0, "cmax": 1, "showscale": False},
        "annotations": notes,
    }
    return go.Figure({"data": data, "layout": layout})


def worked(found: Gradient) -> str:
    """The numbers put into the formulas, line by line, as LaTeX."""
    label = int(found.target.argmax())
    p, slope = found.probabilities[label], found.of_logits[label]
    below = found.logits - found.logits.max()
    powers = np.exp(below)
    terms = " + ".join(f"{power:.3f}" for power in powers)
    return (
        r"\begin{aligned}"
        rf"p_y &= \frac{{e^{{z_y - z_{{\max}}}}}}{{\sum_j e^{{z_j - z_{{\max}}}}}} ="
        rf" \frac{{{powers[label]:.3f}}}{{{terms}}} = {p:.4f} \\"
        rf"-\ln p_y &= {found.loss:.4f} \\"
        r"\frac{\partial(-\ln p_y)}{\partial z_y} &= -\frac{1}{p_y}\cdot p_y\,(1 - p_y) = p_y - 1"
        rf" = {slope:.4f}"
        r"\end{aligned}"
    )


def _labels(names: tuple[str, ...]) -> list[str]:
    return [escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…") for name in names]


def _colours(label: int, n: int) -> list[str]:
    return [ACCENT if place == label else REMOVED for place in range(n)]


def _range(logits: Float[ndarray, "..."]) -> tuple[float, float]:
    held = (one for one in ENDS if one[0] <= logits.min() and logits.max() <= one[1])
    return next(held, ENDS[-1])


def _bars(
    places: Int[ndarray, " outcome"],
    heights: Float[ndarray, " outcome"],
    colours: list[str],
    words: str,
) -> dict[str, object]:
    return {
        "type": "bar",
        "x": places,
        "y": heights.astype(np.float32),
        "marker": {"color": colours, "line": {"width": 0}},
        "texttemplate": words if len(places) <= FEW else "",
    }


def _arrows(found: Gradient) -> list[dict[str, object]]:
    """From each probability to its target: up by 1 − p for the label, down by p for the others."""
    return [
        {
            "x": place, "y": goal, "ax": place, "ay": float(p),
            "xref": "x2", "yref": "y2", "axref": "x2", "ayref": "y2",
            "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 2.5,
            "arrowcolor": SECOND,
        }
        for place, (p, goal) in enumerate(zip(found.probabilities, found.target, strict=True))
        if abs(p - goal) >= LEAST_ARROW
    ]  # fmt: skip


def _legend(text: Text) -> dict[str, object]:
    on = {"xref": "x2 domain", "yref": "y2 domain", "xanchor": "right", "yanchor": "top"}
    return _note(1, 1, text("pulls.arrow"), SECOND, **on)


def _upright(x: float, axis: str) -> dict[str, object]:
    line = {"color": INK, "width": 1, "dash": "dot"}
    return {"type": "line", "xref": f"x{axis}", "yref": f"y{axis} domain", "x0": x, "x1": x,
            "y0": 0, "y1": 1, "line": line}  # fmt: skip


def _note(
    x: float | int, y: float | int, words: str, colour: str, **more: object
) -> dict[str, object]:
    return {"x": x, "y": y, "text": words, "showarrow": False, "font": {"color": colour}} | more


def _signed(number: float) -> str:
    return "0" if abs(number) < 5e-7 else f"{number:+.3f}".replace("-", "−")
