"""Figures of the cross-entropy page: one sample, all samples, the softmax taken twice."""

import numpy as np
import plotly.graph_objects as go

from core import cross_entropy
from core.cross_entropy import IGNORED, Course, Likeliest, Loss
from pages.figures.style import ACCENT, PAPER, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

NEAR, FAR = (-5.0, 10.0), (-50.0, 50.0)  # ends of what a logit can be dragged to
MARGIN = 0.03  # of the axis, beyond these ends
ROWS = ("logit", "exponential", "probability", "aim", "surprisal", "term")
BLANK = "\u00a0"
BOLD = ("probability", "term")
LONGEST = 10  # characters of a class's name under its bar
PALE, STRONG = WEIGHTS[0][1], WEIGHTS[1][1]  # cells; those of the label
BARS_FROM = 0.56  # of the figure's height; below are the cells
STEP = 0.1  # of a logit that is dragged


def steps(found: Loss, sample: int, names: tuple[str, ...], text: Text) -> go.Figure:
    """One sample: its logits as bars, and below each what becomes of it, line by line."""
    logits, label = found.logits[sample], int(found.labels[sample])
    n_classes = len(logits)
    at_label = np.arange(n_classes) == label
    columns = np.arange(n_classes, dtype=np.float32)
    labels = [_name(name) for name in names]
    if label != IGNORED:
        labels[label] = f"<b>{labels[label]}</b>"
    low, high = NEAR if NEAR[0] <= found.logits.min() and found.logits.max() <= NEAR[1] else FAR
    margin = MARGIN * (high - low)
    bars = {
        "type": "bar",
        "x": columns,
        "y": logits.astype(np.float32),
        "marker": {"color": np.where(at_label, ACCENT, "#A9CBEA").tolist()},
        "hoverinfo": "skip",
    }
    numbers = _numbers(found, sample)
    words = [[short(number) for number in row] for row in numbers]
    words[0][-1] = ""
    cells = {
        "type": "heatmap",
        "x": np.arange(n_classes + 1, dtype=np.float32),
        "y": np.arange(len(ROWS), dtype=np.float32),
        "yaxis": "y2",
        "z": np.tile(np.append(at_label.astype(np.float32), 2), (len(ROWS), 1)),
        "zmin": 0,
        "zmax": 2,
        "colorscale": [(0, PALE), (0.25, PALE), (0.25, STRONG), (0.75, STRONG), (0.75, PAPER),
                       (1, PAPER)],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [
            [[escape(name), text(f"row.{what}"), word] for name, word in zip(
                (*names, text("loss_steps.all")), row, strict=True)]
            for what, row in zip(ROWS, words, strict=True)
        ],
        "meta": [text("loss_steps.class"), text("loss_steps.line"), text("loss_steps.number")],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]}<extra></extra>",
    }  # fmt: skip
    # Not the map's own texts: those shrink with the longest of them. An empty text would stay
    # empty when the figure is redrawn (plotly.js 4.1).
    written = {
        "type": "scatter", "mode": "text", "hoverinfo": "skip", "yaxis": "y2",
        "x": np.tile(cells["x"], len(ROWS)),
        "y": np.repeat(cells["y"], n_classes + 1),
        "text": [f"<b>{word}</b>" if what in BOLD else word or BLANK
                 for what, row in zip(ROWS, words, strict=True) for word in row],
    }  # fmt: skip
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    layout = {
        "height": 560,
        "bargap": 0.3,
        "meta": {"drag_step": STEP, "drag_low": low, "drag_high": high},
        "xaxis": plain | {
            "range": [-0.5, n_classes + 0.5], "anchor": "y2", "side": "top",
            "tickvals": np.arange(n_classes + 1), "ticktext": [*labels, text("loss_steps.all")],
        },
        "yaxis": {
            "domain": [BARS_FROM, 1], "fixedrange": True,
            "range": [low - margin, high + margin], "title": {"text": text("axis.logit")},
            "zeroline": True, "zerolinecolor": REMOVED,
        },
        "yaxis2": plain | {
            "domain": [0, BARS_FROM - 0.1], "range": [len(ROWS) - 0.5, -0.5],
            "tickvals": np.arange(len(ROWS)), "ticktext": [text(f"row.{what}") for what in ROWS],
        },
    }  # fmt: skip
    return go.Figure({"data": [bars, cells, written], "layout": layout})


def _numbers(found: Loss, sample: int) -> np.ndarray:
    """The rows of cells, and at the end of each what it comes to."""
    rows = np.array([
        found.logits[sample], found.exponentials[sample], found.probabilities[sample],
        found.aims[sample], -found.log_probabilities[sample] + 0.0, found.terms[sample],
    ])  # fmt: skip
    ends = rows.sum(axis=1)
    ends[ROWS.index("surprisal")] = np.nan  # their sum means nothing
    return np.column_stack([rows, ends])


def samples(found: Loss, sample: int, text: Text) -> go.Figure:
    """What each sample contributes, and the mean of those that count."""
    places = np.arange(len(found.labels), dtype=np.float32)
    counts, each = found.counts, found.each
    colours = np.where(~counts, REMOVED, np.where(places == sample, ACCENT, "#A9CBEA"))
    names = [
        text("loss_samples.counted", sample=place, label=int(label), loss=short(one))
        if label != IGNORED
        else text("loss_samples.ignored", sample=place)
        for place, (label, one) in enumerate(zip(found.labels, each, strict=True))
    ]
    top = max(1.0, float(each.max())) * 1.1
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": each.astype(np.float32),
        "marker": {"color": colours.tolist()},
        "customdata": [
            [name, short(one), short(one / np.log(2)), short(weight)]
            for name, one, weight in zip(names, each, found.weights, strict=True)
        ],
        "meta": [text(f"axis.{name}") for name in ("sample", "loss", "loss_bits", "weight")],
        "hovertemplate": text("loss_samples.hover"),
    }  # fmt: skip
    layout = {
        "height": 130 + 44 * max(2, len(places)),
        "bargap": 0.35,
        "xaxis": {"title": {"text": text("axis.loss")}, "range": [0, top]},
        "yaxis": {
            "tickvals": places, "ticktext": names, "range": [len(places) - 0.4, -1.1],
            "showgrid": False, "zeroline": False,
        },
    }  # fmt: skip
    if np.isfinite(found.mean):
        layout |= {
            "shapes": [{
                "type": "line", "x0": found.mean, "x1": found.mean, "y0": 0, "y1": 1,
                "yref": "paper", "line": {"color": SECOND, "dash": "dash"},
            }],
            "annotations": [{
                "x": found.mean, "y": 1, "yref": "paper", "yanchor": "top", "showarrow": False,
                "xanchor": "left" if found.mean < top / 2 else "right", "xshift": 0,
                "text": text("loss_samples.mean", mean=short(found.mean)),
                "font": {"color": SECOND},
            }],
        }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def softmax_twice(
    found: Course, here: float, descents: tuple[np.ndarray, np.ndarray], floor: float, text: Text
) -> go.Figure:
    """Left: both losses by the logit of the label. Right: what gradient descent makes of them."""
    on_right = {"xaxis": "x2", "yaxis": "y2"}
    names, colours = (text("softmax_twice.right"), text("softmax_twice.twice")), (ACCENT, SECOND)
    curves = [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": found.leads.astype(np.float32),
            "y": losses.astype(np.float32), "line": {"color": colour},
            "hovertemplate": "%{x:.1f}: %{y:.4f}<extra></extra>",
        }
        for name, colour, losses in zip(names, colours, (found.right, found.twice), strict=True)
    ] + [
        on_right | {
            "type": "scatter", "mode": "lines", "name": name,
            "x": np.arange(len(course), dtype=np.float32), "y": course.astype(np.float32),
            "line": {"color": colour}, "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        }
        for name, colour, course in zip(names, colours, descents, strict=True)
    ]  # fmt: skip
    at = [float(np.interp(here, found.leads, one)) for one in (found.right, found.twice)]
    marks = {
        "type": "scatter", "mode": "markers", "x": [here, here], "y": at, "hoverinfo": "skip",
        "marker": {"color": list(colours), "size": 11},
    }  # fmt: skip
    low, high = float(found.leads[0]), float(found.leads[-1])
    top = max(1.2, float(max(found.right.max(), found.twice.max()))) * 1.05
    n_steps = len(descents[0]) - 1
    layout = {
        "height": 400,
        "xaxis": {"title": {"text": text("axis.lead")}, "domain": [0, 0.47],
                  "range": [low, high]},
        "yaxis": {"title": {"text": text("axis.loss")}, "range": [0, top]},
        "xaxis2": {"title": {"text": text("axis.step")}, "domain": [0.56, 1], "anchor": "y2",
                   "range": [0, n_steps]},
        "yaxis2": {"title": {"text": text("axis.label_probability")}, "anchor": "x2",
                   "range": [0, 1.04]},
        "shapes": [{"type": "line", "x0": low, "x1": high, "y0": floor, "y1": floor,
                    "line": {"color": SECOND, "dash": "dot", "width": 1}}],
        "annotations": [
            {"x": high, "y": floor, "text": text("softmax_twice.floor", floor=short(floor)),
             "font": {"color": SECOND}, "showarrow": False, "xanchor": "right",
             "yanchor": "bottom"},
            *_direct(descents, names, colours),
        ],
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
    }  # fmt: skip
    marks["showlegend"] = False
    for curve in curves[2:]:
        curve["showlegend"] = False
    return go.Figure({"data": [*curves, marks], "layout": layout})


def _direct(descents, names, colours) -> list[dict]:
    """Each curve's name at its end, where they are far enough apart."""
    ends = [float(course[-1]) for course in descents]
    is_apart = abs(ends[0] - ends[1]) > 0.1
    return [
        {"x": len(course) - 1, "y": end, "xref": "x2", "yref": "y2", "text": short(end),
         "xanchor": "right", "yanchor": "top" if end > 0.5 else "bottom", "showarrow": False,
         "font": {"color": colour}}
        for course, end, colour in zip(descents, ends, colours, strict=True) if is_apart
    ]  # fmt: skip


def _name(name: str) -> str:
    return escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")


def short(number: float) -> str:
    """A number in the fewest characters that still say it: 0.4076, 30.19, 2.2 × 10⁻⁵."""
    if np.isnan(number):
        return ""
    if np.isinf(number):
        return "∞" if number > 0 else "−∞"
    size = abs(number)
    if size and not 1e-4 <= size < 1e5:
        mantissa, power = f"{number:.1e}".split("e")
        return f"{mantissa}·10{_raised(int(power))}".replace("-", "−")
    # Few digits where there are no more of them.
    digits = 4 if size < 10 else 3 if size < 100 else 2 if size < 1000 else 0
    is_short = abs(round(number, 2) - number) < 1e-9
    words = f"{round(number, 2) + 0.0:g}" if is_short else f"{number:.{digits}f}"
    return words.replace("-", "−")


def known(number: float) -> str:
    """A number, or nan as PyTorch writes it."""
    return "nan" if np.isnan(number) else short(number)


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def told(found: Loss, bug: Loss, sample: int, text: Text) -> dict[str, str]:
    """The numbers of a sample and of the mean, put into their formulas."""
    logits, label = found.logits[sample], int(found.labels[sample])
    weights, each = found.weights[found.counts], found.each[found.counts]
    is_weighted = bool(found.settings.class_weights)
    top, below = (" + ".join(map(short, one)) or "0" for one in (each, weights))
    is_long = len(each) > 1
    values = {
        "exponentials": " + ".join(f"e^{_in_power(z)}" for z in logits),
        "sum": short(found.sums[sample]),
        "surprisal": short(found.of_labels[sample]),
        "weight": short(found.weights[sample]),
        "terms": " + ".join(short(term) for term in found.terms[sample]),
        "loss": short(found.each[sample]),
        "loss_bits": short(found.each[sample] / np.log(2)),
        "top": f"({top})" if is_long else top,
        "below": (f"({below})" if is_long else below) if is_weighted else str(len(each)),
        "total": short(found.total),
        "mean": known(found.mean),
        "mean_bits": known(found.mean / np.log(2)),
        "plain": known(found.plain),
        "perplexity": known(found.perplexity),
        "twice": known(bug.mean),
        "returned": returned(found),
        "lowest": short(cross_entropy.lowest(len(logits), found.settings.smoothing)),
    }
    if label == IGNORED:
        return values | {"headline": text("headline.ignored", sample=sample)}
    return values | {
        "power": _in_power(logits[label]),
        "probability": short(found.probabilities[sample, label]),
        "headline": text("headline.counted", sample=sample, label=label, loss=values["loss"]),
    }


def told_of_likeliest(few: Likeliest, label: int, d_vocab: int) -> dict[str, object]:
    """What a label costs among all of the model's classes."""
    return {
        "n_few": len(few.ids),
        "n_rest": d_vocab - len(few.ids),
        "d_vocab": d_vocab,
        "mass": short(few.mass),
        "left_out": short(-np.log(few.mass)),
        "loss_all": short(few.losses[min(label, len(few.losses) - 1)]),
    }


def told_of_bug(
    descents: tuple[np.ndarray, np.ndarray], n_classes: int, d_vocab: int
) -> dict[str, str]:
    """Between which numbers the loss with the bug lies, and where the descents end."""
    strips = {
        name: short(function(size))
        for size, ending in ((n_classes, ""), (d_vocab, "_vocab"))
        for name, function in (
            (f"floor{ending}", cross_entropy.lowest_twice),
            (f"ceiling{ending}", cross_entropy.highest_twice),
        )
    }
    ends = zip(("p_right", "p_twice"), descents, strict=True)
    return (
        strips
        | {"n_others": str(n_classes - 1)}
        | {name: short(course[-1]) for name, course in ends}
    )


def returned(found: Loss) -> str:
    """What CrossEntropyLoss returns, with four digits as torch prints them."""
    numbers = found.returned
    if numbers.ndim:
        return "[" + ", ".join(f"{number:.4f}" for number in numbers) + "]"
    return f"{float(numbers):.4f}"


def _in_power(number: float) -> str:
    words = short(number)
    return f"({words})" if words.startswith("−") else words
