"""What the race is run on: the sentence above the pages, a sample, or both."""

import streamlit as st

from core import race
from core.tokenizer.refusals import EmptyText, TextTooLong
from pages.text import Text
from pages.ui.cached import long_text, race_on
from pages.ui.current import sentence, why_not

MOST_CHARACTERS = 2_000  # of the sentence: training takes about a second
SHOWN = 60  # words that are cut at each stop


def run_race(kind: str, length: int, text: Text) -> tuple[str, race.Race]:
    """The sentence as far as it was read, and the race on it and the sample's beginning."""
    typed = sentence()
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    if not typed:
        slot.warning(why_not(EmptyText(), text), icon=":material/info:")
        kind = "sample"
    elif len(typed) > MOST_CHARACTERS:
        problem = TextTooLong(len(typed), MOST_CHARACTERS, "characters")
        slot.warning(why_not(problem, text), icon=":material/info:")
        typed = typed[:MOST_CHARACTERS]
    words = race.corpus(kind, typed, race.sample(long_text(), length))
    return typed, race_on(tuple(words), SHOWN)
