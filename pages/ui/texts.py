"""The texts that tokens are counted on: several, their bytes, and long ones window by window."""

import streamlit as st

from core import bits_per_byte, sliding_window
from core.bits_per_byte import Sample
from core.model import second
from core.model.forward_pass import ForwardPass
from core.model.windows import TextCosts, Windows
from core.tokenizer.refusals import EmptyText, TextTooLong, UnusableText
from pages.text import Text
from pages.ui import cached
from pages.ui.asking import answer_to
from pages.ui.current import sentence
from pages.ui.page import choose
from pages.ui.text_box import type_text
from pages.ui.tokenizers import others_at_hand

DEFAULT = "Colourless green ideas sleep furiously."  # Chomsky 1957: grammatical, and unlikely
MOST = 8  # texts
STEP = 16  # tokens, of the sliders
SOURCES = ("sentence", "play")


def other_texts(text: Text) -> tuple[str, ...]:
    """The lines that are not empty, at least one; their box is not shown in a lecture."""
    words = type_text(text("control.others"), DEFAULT, key="other_texts", height=100)
    lines = [line for line in words.splitlines() if line.strip()]
    # Always there, said or not: what follows would be built anew if it moved down by one.
    note = st.empty()
    if len(lines) > MOST:
        note.info(text("control.most_texts", n=MOST), icon=":material/info:")
    elif not lines:
        note.info(text("control.no_texts", shown=DEFAULT), icon=":material/info:")
    return tuple(lines[:MOST]) or (DEFAULT,)


def choose_sample(forward: ForwardPass, text: Text) -> tuple[str | None, Sample, dict[str, int]]:
    """The sentence, or None for the beginning of the play, once it was measured.

    With what its tokens cost, and how many they are in each tokenizer.
    """
    name = forward.model.name
    source = choose(
        text("control.measured"),
        SOURCES,
        key="measured_text",
        names=lambda code: text(f"measured.{code}"),
    )
    slot = st.container()
    if source == "play":
        n_most = min(bits_per_byte.BEGINNING, forward.model.context_length)
        asked = TextCosts((cached.long_text(),), n_most)
        with slot:
            costs = answer_to(asked, text, key="play_costs", on_request=True)
        if costs is not None:
            sample = bits_per_byte.sample(costs.pieces[0], costs.each[0])
            return None, sample, token_counts(_beginning(sample), sample, name)
    pieces = [token.bytes for token in forward.tokens]
    sample = bits_per_byte.sample(pieces, forward.surprisals)
    return forward.text, sample, token_counts(forward.text, sample, name)


def token_counts(of: str, sample: Sample, own: str) -> dict[str, int]:
    """Tokens of the predicted bytes in each tokenizer that keeps all bytes, and as characters.

    `own` is the name of the network whose tokens the sample has.
    """
    counts = {own: len(sample.surprisals), "bytes": len(sample.raw)}
    if sample.n_characters:
        counts["characters"] = sample.n_characters
    n_given = len(of.encode("utf-8")) - len(sample.raw)
    for tokenizer in others_at_hand().values():
        try:
            cut = cached.cut(tokenizer, of)
        except (EmptyText, TextTooLong, UnusableText):
            continue
        n_tokens = int((cut.byte_stops > n_given).sum()) if cut.is_lossless else 0
        if n_tokens and tokenizer.card.name != own:
            counts[tokenizer.card.name] = n_tokens
    return counts


def _beginning(sample: Sample) -> str:
    """The words of the play that a sample is of."""
    whole = sample.given + sample.raw
    # Some tokenizers begin every text with a token that is no part of it.
    is_its = cached.long_text().encode("utf-8").startswith(whole)
    return (whole if is_its else sample.raw).decode("utf-8", "ignore")


def second_sample(of: str | None, sample: Sample, text: Text) -> dict[str, Sample]:
    """What the same text costs the second network, by its name, if one is loaded."""
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.container()
    standing = second.look()
    model = second.service_of(standing.name) if standing else None
    if model is None or model.status.state != "ready":
        slot.caption(text("second_network"))
        return {}
    words = _beginning(sample) if of is None else of
    with slot:
        costs = answer_to(TextCosts((words,)), text, key="second_costs", model=model)
    if costs is None or len(costs.pieces[0]) < 2:
        return {}
    return {standing.name: bits_per_byte.sample(costs.pieces[0], costs.each[0])}


def choose_windows(context_length: int, text: Text) -> tuple[str | None, Windows]:
    """The sentence, or None for the play; and its windows.

    Their strides go from the width down to the one that is chosen.
    """
    widest = max(2 * STEP, min(sliding_window.WIDEST, context_length))
    with st.container(horizontal=True):
        source = choose(
            text("control.slid"),
            SOURCES[::-1],
            key="slid_text",
            names=lambda code: text(f"slid.{code}"),
        )
        width, stride = (
            st.slider(
                text(f"control.{key}"), STEP, widest, min(usual, widest), STEP, key=key,
                bind="query-params",
            )
            for key, usual in (("slid_width", 256), ("slid_stride", 64))
        )  # fmt: skip
        longest = st.slider(
            text("control.slid_most"), 512, 8_192, 2_048, 512, key="slid_most", bind="query-params"
        )
    own = sentence() if source == "sentence" else None
    strides = sliding_window.halvings(width, min(stride, width))
    return own, Windows(own or cached.long_text(), width, strides, longest)
