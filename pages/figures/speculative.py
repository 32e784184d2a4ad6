"""Figures of speculative decoding: what was accepted, pass by pass, and what is proposed."""

import numpy as np
import plotly.graph_objects as go

from core.model.forward_pass import ForwardPass
from core.model.writing import Written
from core.speculative import Account, Proposal
from core.tokens import Token
from pages.figures import chips
from pages.figures.style import ACCENT, GRID, MANY, REMOVED, SECOND, WEIGHTS, escape
from pages.text import Text

COLOURS = {"accepted": MANY[2], "corrected": SECOND, "drawn": ACCENT}
LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}


def words(account: Account, text: Text) -> go.Figure:
    """What was written, each token coloured by how it came there."""
    shown = [token.visible for token in account.speculated.tokens]
    rows = [
        [place, escape(word), text(f"fate.{fate}")]
        for place, (word, fate) in enumerate(zip(shown, account.fates, strict=True), 1)
    ]
    columns = [text(f"speculated.{name}") for name in ("place", "token", "fate")]
    setting = chips.set_in_lines(shown)
    colours = [COLOURS[fate] for fate in account.fates]
    trace = chips.trace(setting, shown, colours, rows, columns)
    return go.Figure({"data": [trace], "layout": chips.layout(setting)})


def passes(account: Account, text: Text) -> go.Figure:
    """Of each pass: the tokens accepted, the one that it added, and those it refused."""
    found = account.speculated
    places = np.arange(1, account.n_passes + 1)
    heights = {
        "accepted": found.n_accepted,
        "added": np.ones(account.n_passes),
        "refused": found.n_proposed - found.n_accepted,
    }
    colours = {"accepted": COLOURS["accepted"], "added": ACCENT, "refused": REMOVED}
    bars = [
        {
            "type": "bar",
            "name": text(f"passes.{name}"),
            "x": places,
            "y": height.astype(np.float32),
            "marker": {"color": colours[name]},
            "customdata": (1000 * found.seconds).astype(np.float32),
            "hovertemplate": text("passes.hover"),
        }
        for name, height in heights.items()
    ]
    layout = {
        "barmode": "stack",
        "showlegend": True,
        "legend": LEGEND,
        "xaxis": {"title": {"text": text("axis.pass")}},
        "yaxis": {"title": {"text": text("axis.tokens")}, "rangemode": "tozero"},
        "height": 320,
    }
    return go.Figure({"data": bars, "layout": layout})


def proposal(tokens: tuple[Token, ...], found: Proposal, text: Text) -> go.Figure:
    """The sentence: its ending, where the same words were before, and what followed them."""
    colours, kinds = [WEIGHTS[0][1]] * len(tokens), ["rest"] * len(tokens)
    parts = {"before": found.before, "following": found.following, "ending": found.ending}
    paints = {"before": WEIGHTS[1][1], "following": COLOURS["accepted"], "ending": GRID}
    for kind, part in parts.items():
        for place in range(*(part or (0, 0))):
            kinds[place], colours[place] = kind, paints[kind]
    shown = [token.visible for token in tokens]
    rows = [
        [place, escape(word), text(f"part.{kind}")]
        for place, (word, kind) in enumerate(zip(shown, kinds, strict=True))
    ]
    columns = [text(f"speculated.{name}") for name in ("place", "token", "part")]
    setting = chips.set_in_lines(shown)
    trace = chips.trace(setting, shown, colours, rows, columns)
    return go.Figure({"data": [trace], "layout": chips.layout(setting)})


def in_words(forward: ForwardPass, found: Proposal, text: Text) -> str:
    """What would be proposed after the sentence."""
    if found.before is None or found.following is None:
        return text("proposes.nothing")
    ending, following = (
        "".join(token.visible for token in forward.tokens[slice(*part)])
        for part in (found.before, found.following)
    )
    return text("proposes.something", ending=ending, following=following)


def agreement(account: Account, alone: Written, manner: str) -> str:
    """Whether the text is the one that was written alone."""
    if manner == "drawn":
        return "other_draw"
    return "same" if account.speculated.tokens == alone.tokens else "rounding"
