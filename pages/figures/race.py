"""Figures of the race: three trainings at the same vocabulary size, and what each chooses next."""

import numpy as np
import plotly.graph_objects as go

from core.race import ALGORITHMS, N_CHOICES, Choice, Race, Standing
from core.tokens import Token
from core.wordpiece import INSIDE
from pages.figures import reel
from pages.figures.chips import letters
from pages.figures.style import ACCENT, GRID, INK, MANY, PAPER, REMOVED, SECOND, escape
from pages.text import Text

COLOURS = dict(zip(ALGORITHMS, (ACCENT, SECOND, MANY[2]), strict=True))
ROOM = 58  # letters of a line
TICKS = [number * 10**power for power in range(5) for number in (1, 2, 5)]
PLAYING = 600  # milliseconds a stop
LINES_AT, CHIPS_AT = [0.65, 1], [0, 0.485]  # shares of the height
GAP = 0.05  # between the panels of the choices
TINT = "#A9CBEA"


def race(found: Race, stop: int, text: Text, n_lines: int = 2) -> go.Figure:
    """Above: characters per token by vocabulary size. Below: the first words, cut by each.

    The words fill n_lines lines for each algorithm, below the one that tells what it did last.
    """
    sizes = found.sizes.tolist()
    courses = {
        name: found.characters_per_token(course.n_tokens) for name, course in found.courses.items()
    }
    high = max(float(one.max()) for one in courses.values())
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": text(f"name.{name}"),
            "x": found.courses[name].n_vocab,
            "y": course.astype(np.float32),
            "line": {"color": COLOURS[name]},
            "hovertemplate": text("race.hover", name=text(f"name.{name}")),
        }
        for name, course in courses.items()
    ]
    lasting = [*lines, *_lasting(n_lines, text)]
    changing = list(range(len(lines), len(lasting)))
    frames = [
        reel.frame(one, changing, _at(found, one, n_lines, text)) for one in range(len(sizes))
    ]
    now = [{} for _ in lines] + frames[stop]["data"]
    data = [trace | moved for trace, moved in zip(lasting, now, strict=True)]
    layout = {
        "height": 700,
        "barmode": "overlay",
        "bargap": 0.14,
        "xaxis": {"title": {"text": text("axis.n_vocab")}, "type": "log", "tickvals": TICKS,
                  "ticktext": [f"{tick:,}" for tick in TICKS], "range": _room(found)},
        "yaxis": {"title": {"text": text("axis.characters_per_token")}, "domain": LINES_AT,
                  "range": [0.9, 1.08 * high]},
        "xaxis2": {"anchor": "y2", "range": [0, ROOM], "visible": False, "fixedrange": True},
        "yaxis2": {"anchor": "x2", "domain": CHIPS_AT, "visible": False, "fixedrange": True,
                   "range": [len(ALGORITHMS) * (n_lines + 1) - 0.5, -0.7]},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "top"},
    }  # fmt: skip
    if len(sizes) < 2:
        return go.Figure({"data": data, "layout": layout})
    layout |= reel.controls([f"{size:,}" for size in sizes], stop, text("race.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def race_choices(found: Race, stop: int, text: Text) -> go.Figure:
    """What each algorithm can do next, the best first, each by its own measure."""
    width = (1 + GAP) / len(ALGORITHMS)
    lasting, axes = [], {}
    for place, name in enumerate(ALGORITHMS):
        number = str(place + 1) if place else ""
        on = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        lasting += [
            on | {
                "orientation": "h",
                "y": np.arange(N_CHOICES),
                "marker": {"color": [TINT] + [GRID] * (N_CHOICES - 1)},
                "meta": [text(f"name.{name}"), text(f"measure.{name}")],
                "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
            },
            on | {
                "mode": "text",
                "x": np.zeros(N_CHOICES, np.float32),
                "y": np.arange(N_CHOICES),
                "textposition": "middle right",
                "cliponaxis": False,
                "hoverinfo": "skip",
            },
        ]  # fmt: skip
        axes[f"xaxis{number}"] = {
            "title": {"text": text(f"measure.{name}"), "font": {"color": COLOURS[name]}},
            "domain": [place * width, place * width + width - GAP],
            "anchor": f"y{number}", "range": [0, 1], "showticklabels": False, "showgrid": False,
            "zeroline": False,
        }  # fmt: skip
        axes[f"yaxis{number}"] = {
            "anchor": f"x{number}", "range": [N_CHOICES - 0.4, -0.6], "visible": False,
        }  # fmt: skip
    frames = [
        reel.frame(one, list(range(len(lasting))), _choices_at(found, one, text))
        for one in range(len(found.sizes))
    ]
    data = [trace | moved for trace, moved in zip(lasting, frames[stop]["data"], strict=True)]
    layout = axes | {"height": 400, "bargap": 0.16}
    if len(frames) < 2:
        return go.Figure({"data": data, "layout": layout})
    labels = [f"{size:,}" for size in found.sizes.tolist()]
    layout |= reel.controls(labels, stop, text("race.now"), PLAYING)
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def visible(piece: str) -> str:
    """A piece for the eye."""
    return Token(0, piece.encode("utf-8", "surrogatepass")).visible


def told(name: str, done: Choice, text: Text) -> str:
    """What an algorithm did, with the numbers that it did it for."""
    return text(
        f"last.{name}",
        parts=" + ".join(map(visible, done.parts)),
        piece=visible(done.piece),
        count=done.count,
        value=done.value,
    )


def _lasting(n_lines: int, text: Text) -> list[dict]:
    """The traces that move, without what each stop brings."""
    on = {"xaxis": "x2", "yaxis": "y2", "showlegend": False}
    return [
        {"mode": "lines", "line": {"color": REMOVED, "dash": "dot"}, "hoverinfo": "skip",
         "showlegend": False},
        {"mode": "markers", "marker": {"color": list(COLOURS.values()), "size": 12},
         "hoverinfo": "skip", "showlegend": False},
        on | {
            "mode": "text", "x": np.zeros(len(ALGORITHMS), np.float32),
            "y": np.arange(len(ALGORITHMS)) * (n_lines + 1), "textposition": "middle right",
            "textfont": {"color": list(COLOURS.values())}, "cliponaxis": False,
            "hoverinfo": "skip",
        },
        *(
            on | {
                "orientation": "h", "width": 0.86, "texttemplate": "%{customdata[0]}",
                "textposition": "inside", "insidetextanchor": "middle", "constraintext": "none",
                "insidetextfont": {"color": colour}, "meta": [text(f"name.{name}")],
                "hovertemplate": "%{customdata[0]}<extra></extra>",
            }
            for name in ALGORITHMS
            for colour in (INK, PAPER)
        ),
    ]  # fmt: skip


def _at(found: Race, stop: int, n_lines: int, text: Text) -> list[dict]:
    """What a stop brings to each of them."""
    size = int(found.sizes[stop])
    standings = {name: found.standings[name][stop] for name in ALGORITHMS}
    tokens = np.array([one.n_tokens for one in standings.values()])
    return [
        {"type": "scatter", "x": [size, size], "y": [0, 1_000]},
        {
            "type": "scatter",
            "x": [one.n_vocab for one in standings.values()],
            "y": found.characters_per_token(tokens).astype(np.float32),
        },
        {
            "type": "scatter",
            "text": [_headline(name, one, text) for name, one in standings.items()],
        },
        *(trace for name in ALGORITHMS for trace in _chips(found, name, stop, n_lines)),
    ]


def _room(found: Race) -> list[float]:
    """From the first vocabulary of all to a little beyond the last stop, as logarithms."""
    low = min(int(course.n_vocab.min()) for course in found.courses.values())
    return [float(np.log10(0.95 * low)), float(np.log10(1.12 * found.sizes[-1]))]


def _headline(name: str, standing: Standing, text: Text) -> str:
    done = text("last.none") if standing.last is None else told(name, standing.last, text)
    start = text(
        "race.headline", name=text(f"name.{name}"), n_tokens=standing.n_tokens,
        n_vocab=standing.n_vocab,
    )  # fmt: skip
    return f"<b>{start}</b> {escape(done)}"


def _chips(found: Race, name: str, stop: int, n_lines: int) -> list[dict]:
    """Pieces as boxes, as wide as their letters, so that a letter stays where it is.

    Single characters are one trace, longer pieces another, in which what was merged last is dark.
    """
    standing = found.standings[name][stop]
    first_row = ALGORITHMS.index(name) * (n_lines + 1) + 1
    starts, widths, rows, names, made = [], [], [], [], []
    last = None if standing.last is None else standing.last.piece.removeprefix(INSIDE)
    row, start = 0, 0.0
    for word, cut in zip(found.words, standing.cuts, strict=True):
        length = letters(visible(word))
        if start and start + length > ROOM:
            row, start = row + 1, 0.0
        if row >= n_lines:
            break
        for place, part in enumerate(cut):
            plain = part.removeprefix(INSIDE) if place else part
            if start + letters(visible(plain)) > ROOM:
                row = n_lines  # of a word longer than a line, only the beginning
                break
            names.append(visible(plain))
            starts.append(start)
            widths.append(letters(names[-1]))
            rows.append(first_row + row)
            made.append(plain == last and len(names[-1]) > 1)
            start += widths[-1]
    numbers = np.array([starts, widths, rows], np.float32)
    is_single = np.array([len(plain) == 1 for plain in names], bool)
    return [
        {
            "type": "bar",
            "base": numbers[0, of_kind],
            "x": numbers[1, of_kind],
            "y": numbers[2, of_kind],
            "customdata": [[escape(names[place])] for place in np.flatnonzero(of_kind)],
            "marker": {
                "color": np.array(made, np.uint8)[of_kind], "cmin": 0, "cmax": 1,
                "colorscale": [(0, colour), (1, INK)], "line": {"color": PAPER, "width": 2},
            },
        }
        for of_kind, colour in ((is_single, GRID), (~is_single, COLOURS[name]))
    ]  # fmt: skip


def _choices_at(found: Race, stop: int, text: Text) -> list[dict]:
    data = []
    for name in ALGORITHMS:
        choices = found.standings[name][stop].next
        most = max((abs(one.value) for one in choices), default=0) or 1
        shares = [max(0.0, one.value / most) for one in choices]
        rows = [
            [escape(" + ".join(map(visible, one.parts)) if name != "unigram" else
                    visible(one.piece)),
             text(f"choice.{name}", count=one.count, value=one.value)]
            for one in choices
        ]  # fmt: skip
        words = [f" {escape(told_choice(name, one, text))}" for one in choices]
        data += [
            {
                "type": "bar",
                "x": np.array(shares, np.float32),
                "customdata": rows,
            },
            {"type": "scatter", "text": words or [f" {text('race_choices.over')}"]},
        ]
    return data


def told_choice(name: str, one: Choice, text: Text) -> str:
    """A choice in a few words."""
    return text(
        f"next.{name}",
        parts=" + ".join(map(visible, one.parts)),
        piece=visible(one.piece),
        count=one.count,
        value=one.value,
    )
