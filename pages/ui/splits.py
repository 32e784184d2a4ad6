"""A text as several tokenizers cut it, side by side: coloured tokens that are linked by characters.

Pointing at a token lights the same characters in all panes. Of a long text one part is shown.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import streamlit as st

from core import tokens
from core.tokenizer.cut import Cut
from core.tokenizer.spelling import BYTE_TOKEN
from core.tokens import Token
from pages.figures import style
from pages.text import Text
from pages.ui import address
from pages.ui.component import component

KEY = "splits"
PART = 2_000  # characters that are shown at once
_SPLITS = component(
    "splits",
    "splits.js",
    css="splits.css",
    html="<div class='splits'><div class='pager'></div><div class='panes'></div></div>",
)
Chip = tuple[str, int, str, int, int, int]  # words, id, bytes, first, the one after, place


def splits(cuts: Mapping[str, Cut], names: Mapping[str, str], text: Text) -> tuple[str, int]:
    """Show the cuts by their codes; the code and the place of the token that was clicked.

    Until one is, it is the longest token of the first cut.
    """
    first = next(iter(cuts))
    code = address.follow("pane", None, str)
    code = code if code in cuts else first
    address.publish("pane", None if code == first else code)
    usual = max(range(len(cuts[code])), key=lambda place: len(cuts[code].tokens[place].bytes))
    chosen, choose = address.place("token", len(cuts[code]), usual)
    sentence = cuts[code].text
    n_parts = -(-len(sentence) // PART)
    part, turn = address.place("part", n_parts, 0)

    def clicked() -> None:
        address.touch()
        pane, place = st.session_state[KEY].click
        st.session_state.pane = pane
        choose(int(place))

    here = range(part * PART, min(len(sentence), (part + 1) * PART))
    _SPLITS(
        key=KEY,
        data={
            "panes": [
                {
                    "code": one,
                    "name": names[one],
                    "count": text("splits.count", count=len(cut)),
                    "pieces": list(pieces(cut, here)),
                    "chosen": chosen if one == code else None,
                }
                for one, cut in cuts.items()
            ],
            "part": part,
            "n_parts": n_parts,
            "words": _words(here, len(sentence), text),
            "colours": style.MANY[:6],
            "dark": style.DARK,
        },
        on_click_change=clicked,
        on_part_change=lambda: turn(int(st.session_state[KEY].part)),
    )
    return code, chosen


def _words(here: range, n_characters: int, text: Text) -> dict[str, str]:
    """What the component says; it fills in {…} itself."""
    fields = {name: f"{{{name}}}" for name in ("id", "ids", "bytes", "at", "first", "last", "n")}
    names = ("label", "hint", "one", "many", "at_one", "at_many", "before", "after")
    shown = text("splits.shown", first=here.start, last=here.stop - 1, total=n_characters)
    return {name: text(f"splits.{name}", **fields) for name in names} | {"shown": shown}


def pieces(cut: Cut, here: range) -> Iterator[dict[str, object]]:
    """What a pane shows of a stretch of characters, one after the other.

    A "chip" is a token. Those under the "over" of one piece share its characters: each of them
    holds a part of one, or stands for what the vocabulary cannot write. A "gap" is text that no
    token covers.
    """
    reached = np.maximum.accumulate(cut.starts)
    first, last = np.searchsorted(reached, [here.start, here.stop])
    if here.stop == len(cut.text):
        last = len(cut)
    groups = tokens.groups(cut.starts, cut.stops)[first:last]
    covered, place = max(here.start, int(cut.stops[:first].max(initial=0))), int(first)
    for n_tokens in np.unique(groups, return_counts=True)[1].tolist():
        group = range(place, place + n_tokens)
        place += n_tokens
        start, stop = int(cut.starts[group.start]), int(cut.stops[group[-1]])
        if covered < start:
            yield {"gap": _visible(cut.text[covered:start])}
        covered = max(covered, stop)
        if n_tokens > 1 or cut.is_unknown[group.start]:
            chips = [_chip(cut, one, is_part=n_tokens > 1) for one in group]
            yield {"over": _visible(cut.text[start:stop]), "chips": chips}
        else:
            ends_line = "\n" in cut.text[start:stop]
            yield {"chips": [_chip(cut, group.start)], "ends_line": ends_line}
    if covered < here.stop:
        yield {"gap": _visible(cut.text[covered : here.stop])}


def _chip(cut: Cut, place: int, is_part: bool = False) -> Chip:
    token, raw = cut.tokens[place], cut.tokens[place].bytes.hex(" ").upper()
    is_spelled = cut.card.is_byte_level or BYTE_TOKEN.fullmatch(cut.names[place])  # <0x0A>
    words = token.visible if is_spelled else _visible(cut.names[place])
    if not token.is_whole or (is_part and (is_spelled or cut.is_lossless)):
        words = raw
    return words, token.id, raw or "–", int(cut.starts[place]), int(cut.stops[place]), place


def _visible(words: str) -> str:
    return Token(0, words.encode("utf-8")).visible if words else "∅"
