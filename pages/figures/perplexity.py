"""Figures of the perplexity page: one text, an impossible token, and several texts."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core import perplexity
from core.perplexity import STOPS, Branching, Corpus, Prefixes, Rarity
from core.tokens import Token
from pages.figures import reel
from pages.figures.powers import power_ticks, short, small, ten
from pages.figures.style import ACCENT, GRID, INK, REMOVED, SECOND, WEIGHTS, axis_labels, escape
from pages.text import Text

PLAYING = 400  # milliseconds a stop
LONGEST_NAME = 28  # characters of a text that stands under its bar
MOST_NAMED = 64  # tokens that are named on an axis
INFINITE = '<span style="font-size:30px">∞</span>'
TINT = WEIGHTS[0][1]
MOST = 300.0  # powers of ten that are drawn of a number that may be infinite


def branching(found: Branching, tokens: tuple[Token, ...], place: int, text: Text) -> go.Figure:
    """1/p of each token, with its two means."""
    powers = np.minimum(found.surprisals * np.log10(2.0), MOST)
    top = max(1.0, 1.12 * float(powers.max()))
    means = [(found.perplexity, ACCENT, "geometric", "top"),
             (found.arithmetic, SECOND, "arithmetic", "bottom")]  # fmt: skip
    labels = axis_labels([token.visible for token in tokens])[1:]
    bars = {
        "type": "bar",
        "x": labels,
        "y": powers.astype(np.float32),
        "marker": {"color": [INK if n == place else REMOVED for n in range(len(labels))]},
        "customdata": [[small(p), short(factor), f"{bits:.3f}"] for p, factor, bits in zip(
            found.probabilities, found.factors, found.surprisals, strict=True)],
        "meta": [text("hover.probability"), text("hover.factor"), text("hover.bits")],
        "hovertemplate": text("branching.hover"),
    }  # fmt: skip
    if len(labels) <= 16:
        bars |= {"text": [short(factor) for factor in found.factors]}
    heights = [min(np.log10(mean), MOST) for mean, *_ in means]
    layout = {
        "height": 420,
        "margin": {"r": 150, "t": 24},
        "xaxis": {"title": {"text": text("axis.token")}, "tickangle": -45},
        "yaxis": {"title": {"text": text("axis.factor")}, "range": [0, top],
                  **power_ticks(0.0, top)},
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height,
             "line": {"color": colour, "width": 3}}
            for height, (_, colour, *_) in zip(heights, means, strict=True)
        ],
        "annotations": [
            {"xref": "paper", "x": 1, "y": height, "xanchor": "left", "xshift": 6, "align": "left",
             "yanchor": anchor, "showarrow": False, "font": {"color": colour},
             "text": f"{text(f'branching.{name}')}<br><b>{short(mean)}</b>"}
            for height, (mean, colour, name, anchor) in zip(heights, means, strict=True)
        ],
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def in_words(
    found: Branching, tokens: tuple[Token, ...], place: int, text: Text
) -> dict[str, object]:
    """What the sentences about one text are filled with."""
    without = found.without(place)
    return {
        "token": tokens[place + 1].visible,
        "factor": short(found.factors[place]),
        "probability": small(float(found.probabilities[place])),
        "n_tokens": found.n_terms + 1,
        "n_terms": found.n_terms,
        "n_others": found.n_terms - 1,
        "total": found.total,
        "power": -found.total * np.log10(2.0),
        "perplexity": short(found.perplexity),
        "arithmetic": short(found.arithmetic),
        "wrong": short(found.root(found.n_terms + 1)),
        "pull": text(
            "pull.some" if without else "pull.none",
            arithmetic=short(without.arithmetic) if without else "",
            perplexity=short(without.perplexity) if without else "",
        ),
        "step": f"{10 ** (1 / found.n_terms):.4g}",
    }


def bases(found: Branching, text: Text) -> str:
    """The numbers put into the formula, once for each base, as a table in Markdown."""
    head = " | ".join(text(f"bases.{part}") for part in ("base", "total", "mean", "power"))
    lines = [text("bases.same"), "", f"| {head} |", "|:---:|---:|---:|---:|"]
    for name, base in perplexity.BASES.items():
        one = found.in_base(base)
        power = f"{one.perplexity:,.5f}" if one.perplexity < 1e6 else short(one.perplexity)
        lines.append(
            f"| {name} | {one.total:,.4f} | {one.total:,.4f} ÷ {found.n_terms:,} = {one.mean:.5f}"
            f" | {name}^{one.mean:.5f} = **{power}** |"
        )
    return "\n".join(lines)


def text_probability(found: Prefixes, tokens: tuple[Token, ...], text: Text) -> go.Figure:
    """P of each beginning of the text, and beside it P^(−1/N)."""
    n_terms = len(found.powers)
    x = np.arange(1, n_terms + 1, dtype=np.float32)
    names = [escape(token.visible) for token in tokens[1:]]
    powers = np.maximum(found.powers, -MOST * n_terms)  # log 0 is −∞
    low = min(1.06 * float(powers.min()), -1.0)
    roots = np.minimum(np.log10(found.roots), MOST)
    top = max(1.0, 1.1 * float(roots.max()))
    mode = "lines+markers" if n_terms <= MOST_NAMED else "lines"
    across = {"title": {"text": text("axis.n_terms")}, "range": [0.4, n_terms + 0.6]}
    across |= {"dtick": 1} if n_terms <= 12 else {"nticks": 8}
    data = [
        {"type": "scatter", "mode": mode, "x": x, "y": powers.astype(np.float32),
         "line": {"color": SECOND}, "marker": {"color": SECOND, "size": 7}, "customdata": names,
         "hovertemplate": text("text_probability.hover_p")},
        {"type": "scatter", "mode": mode, "x": x, "y": roots.astype(np.float32),
         "xaxis": "x2", "yaxis": "y2", "line": {"color": ACCENT},
         "marker": {"color": ACCENT, "size": 7},
         "customdata": [[name, short(root)] for name, root in zip(names, found.roots,
                                                                  strict=True)],
         "hovertemplate": text("text_probability.hover_root")},
    ]  # fmt: skip
    layout = {
        "height": 360,
        "margin": {"t": 40, "r": 60},
        "xaxis": across | {"domain": [0, 0.44]},
        "yaxis": {"range": [low, -0.03 * low], **power_ticks(low, 0.0)},
        "xaxis2": across | {"domain": [0.56, 1], "anchor": "y2"},
        "yaxis2": {"anchor": "x2", "range": [0, top], **power_ticks(0.0, top)},
        "annotations": [
            _heading(text("text_probability.p"), 0.0, SECOND),
            _heading(text("text_probability.root"), 0.56, ACCENT),
            {"x": float(x[-1]), "y": float(roots[-1]), "xref": "x2", "yref": "y2",
             "text": f"<b>{short(found.roots[-1])}</b>", "showarrow": False, "xanchor": "left",
             "xshift": 8, "font": {"color": ACCENT}},
        ],
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _heading(words: str, x: float, colour: str = INK) -> dict:
    place = {"x": x, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left"}
    return place | {
        "text": words,
        "yanchor": "bottom",
        "yshift": 8,
        "showarrow": False,
        "font": {"color": colour},
    }


def impossible_token(found: Rarity, stop: int, text: Text) -> go.Figure:
    """The perplexity while one token's probability goes to 0, with ∞ at the end of the axis."""
    finite = np.minimum(np.log10(found.perplexities[:-1]), MOST)
    low, high = float(finite.min()), max(float(finite.max()), float(finite.min()) + 0.5)
    span = high - low
    infinite = high + 0.3 * span  # where ∞ stands
    heights = np.append(finite, infinite)
    places = np.append(np.arange(len(finite)), len(finite) + 1.0)
    frames = [
        reel.frame(place, [2], [{
            "type": "scatter", "x": [places[place]], "y": [heights[place]],
            "text": [f"<b>{short(value)}</b>" if np.isfinite(value) else INFINITE],
            "textposition": "middle left" if value == np.inf else "top center",
        }])
        for place, value in enumerate(found.perplexities)
    ]  # fmt: skip
    own = min(-np.log10(max(found.probability, 1e-300)), places[-1])
    data = [
        {"type": "scatter", "mode": "lines+markers", "x": places[:-1].astype(np.float32),
         "y": finite.astype(np.float32), "line": {"color": ACCENT},
         "marker": {"color": ACCENT, "size": 5},
         "customdata": [[f"{p:g}", short(value)] for p, value in zip(STOPS, found.perplexities,
                                                                     strict=True)][:-1],
         "hovertemplate": text("impossible_token.hover")},
        {"type": "scatter", "mode": "markers+text", "x": [own],
         "y": [min(np.log10(found.at(found.probability)), infinite)],
         "text": [text("impossible_token.measured")], "textposition": "bottom right",
         "marker": {"color": REMOVED, "size": 11, "symbol": "diamond"}, "hoverinfo": "skip"},
        {"type": "scatter", "mode": "markers+text", "marker": {"color": SECOND, "size": 13},
         "textfont": {"color": SECOND}, "cliponaxis": False, "hoverinfo": "skip"}
        | frames[stop]["data"][0],
    ]  # fmt: skip
    labels = ["1", *(ten(-power) for power in range(1, len(finite))), "0"]
    shown = [*range(0, len(finite), 5), len(finite)]
    ticks = power_ticks(low, high, 5)
    values = np.append(ticks["tickvals"], infinite)
    layout = {
        "height": 430,
        "xaxis": {"title": {"text": text("axis.probability")}, "showgrid": False,
                  "tickvals": places[shown], "ticktext": [f"p = {labels[n]}" for n in shown],
                  "range": [-0.8, places[-1] + 0.8], "zeroline": False},
        "yaxis": {"title": {"text": text("axis.perplexity")}, "tickvals": values,
                  "ticktext": [*ticks["ticktext"], "∞"],
                  "range": [low - 0.16 * span, infinite + 0.14 * span]},
        "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": infinite,
                    "y1": infinite, "line": {"color": SECOND, "width": 1, "dash": "dot"}},
                   {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": places[-1] - 1,
                    "x1": places[-1] - 1, "line": {"color": GRID, "width": 8}}],
    } | reel.controls(labels, stop, "p =", PLAYING)  # fmt: skip
    return go.Figure({"data": data, "layout": layout, "frames": frames})


def weighted_texts(found: Corpus, names: Sequence[str], text: Text) -> go.Figure:
    """A bar for each text: as wide as its tokens are many, as high as its perplexity."""
    some = np.flatnonzero(found.n_terms > 0)
    widths, perplexities = found.n_terms[some].astype(float), found.perplexities[some]
    starts = np.concatenate([[0], np.cumsum(widths)])
    heights = np.minimum(np.log10(perplexities), MOST)
    means = [(found.perplexity, ACCENT, "corpus"), (found.mean_of_perplexities, SECOND, "average")]
    levels = [min(np.log10(mean), MOST) for mean, *_ in means]
    top = max(1.0, 1.15 * max(*heights, *levels))
    shown = [short_name(names[place]) for place in some]
    bars = {
        "type": "bar",
        "x": ((starts[:-1] + starts[1:]) / 2).astype(np.float32),
        "width": widths.astype(np.float32),
        "y": heights.astype(np.float32),
        "marker": {"color": TINT, "line": {"color": REMOVED, "width": 1.5}},
        "text": [f"<b>{short(one)}</b>" for one in perplexities],
        "customdata": [
            [name, f"{n:,.0f}", f"{bits:,.1f}", short(one)]
            for name, n, bits, one in zip(
                shown, widths, found.totals[some], perplexities, strict=True
            )
        ],
        "meta": [text("hover.terms"), text("hover.bits"), text("axis.perplexity")],
        "hovertemplate": text("weighted_texts.hover"),
    }  # fmt: skip
    above = levels[1] >= levels[0]
    layout = {
        "height": 400,
        "bargap": 0,
        "margin": {"r": 150, "t": 30},
        "xaxis": {"title": {"text": text("weighted_texts.axis")}, "range": [0, starts[-1]],
                  "tickvals": bars["x"], "showgrid": False,
                  "ticktext": [text("weighted_texts.name", name=name, n=int(n)) for name, n in
                               zip(shown, widths, strict=True)]},
        "yaxis": {"title": {"text": text("axis.perplexity")}, "range": [0, top],
                  **power_ticks(0.0, top)},
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
             "line": {"color": colour, "width": 3}}
            for level, (_, colour, _) in zip(levels, means, strict=True)
        ],
        "annotations": [
            {"xref": "paper", "x": 1, "y": level, "xanchor": "left", "xshift": 6, "align": "left",
             "yanchor": "bottom" if (name == "average") == above else "top", "showarrow": False,
             "font": {"color": colour},
             "text": f"{text(f'weighted_texts.{name}')}<br><b>{short(mean)}</b>"}
            for level, (mean, colour, name) in zip(levels, means, strict=True)
        ],
    }  # fmt: skip
    return go.Figure({"data": [bars], "layout": layout})


def short_name(words: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(words.split())
    return escape(line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…")


def corpus_in_words(found: Corpus, text: Text) -> dict[str, object]:
    """What the sentences about several texts are filled with."""
    return {
        "headline": text(
            f"headline.{'some' if len(found.n_terms) > 1 else 'one'}",
            n=len(found.n_terms),
            corpus=short(found.perplexity),
            average=short(found.mean_of_perplexities),
        ),
        "n_texts": len(found.n_terms),
        "corpus": short(found.perplexity),
        "average": short(found.mean_of_perplexities),
        "each_alike": short(found.geometric_mean),
    }


def corpus_lines(found: Corpus, text: Text) -> str:
    """The numbers of several texts put into the formula, and into the wrong one."""
    some = found.n_terms > 0
    nats, n_terms = found.totals[some] * np.log(2.0), found.n_terms[some]
    return text(
        "corpus_lines",
        nats=" + ".join(f"{one:,.2f}" for one in nats),
        terms=" + ".join(f"{n:,}" for n in n_terms),
        mean=float(nats.sum() / n_terms.sum()),
        corpus=short(found.perplexity),
        each=" + ".join(short(one) for one in found.perplexities[some]),
        n=len(n_terms),
        average=short(found.mean_of_perplexities),
    )
