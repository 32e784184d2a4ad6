"""What A and B are: two texts, one text at two temperatures, or two networks; and the answer."""

from dataclasses import dataclass, replace

import streamlit as st

from core import divergence
from core.model import second
from core.model.contrast import Contrast, Contrasted, Read, Reading, Side
from core.model.forward_pass import ForwardPass
from core.model.stored_contrast import KINDS, SECOND_TEXT, STRETCH, TEMPERATURES
from pages.text import Text
from pages.ui.asking import answer_to
from pages.ui.cached import stored_contrasts
from pages.ui.page import as_markdown, choose, choose_from_many
from pages.ui.second import second_service
from pages.ui.text_box import type_text

GOOD = "text_b_read"  # in the session: the last text B that was read


@dataclass(frozen=True)
class Sides:
    """What is compared with the sentence, as a figure's recipe says it."""

    kind: str  # one of KINDS
    text_b: str
    temperatures: tuple[float, float] = (1.0, 1.0)
    variant: str = ""  # one of divergence.VARIANTS
    stretch: float = STRETCH
    network: str = ""  # the second one


@dataclass(frozen=True, eq=False)
class Compared:
    """What is shown: a contrast, or two readings whose tokens are not the same."""

    sides: Sides
    contrast: Contrasted | None = None
    reads: tuple[Read, Read] | None = None


def compared(forward: ForwardPass, text: Text) -> Compared:
    """The controls, and what was found out about A and B; never nothing."""
    sides = _choose(forward, text)
    # In one place: what follows would be built anew if it moved.
    with st.container():
        slot = st.empty()
        if forward.is_stored:
            stored = _stored(sides)
            if stored.sides != sides:
                slot.caption(text("ask.soon"))
            return stored
        found = _asked(sides, forward, text)
        if found is None:
            st.info(text("meanwhile"), icon=":material/info:")
            other = Sides("temperatures", forward.text, TEMPERATURES)
            found = _asked(other, forward, text) or _stored(other)
        return found


def _stored(sides: Sides) -> Compared:
    usual = {
        "texts": Sides("texts", SECOND_TEXT),
        "temperatures": Sides("temperatures", sides.text_b, TEMPERATURES),
        "models": Sides("models", sides.text_b, variant=divergence.VARIANTS[0]),
    }
    return Compared(usual[sides.kind], stored_contrasts()[sides.kind])


def _choose(forward: ForwardPass, text: Text) -> Sides:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = choose(
            text("control.sides"), KINDS, key="sides", names=lambda code: text(f"kind.{code}")
        )
        if kind == "temperatures":
            return Sides(kind, forward.text, _temperatures(text))
        if kind == "models":
            return _other_network(forward, text)
    return Sides(kind, _second_text(text))


def _temperatures(text: Text) -> tuple[float, float]:
    a, b = (
        st.slider(text(f"control.{key}"), 0.0, 2.0, usual, 0.05, key=key, bind="query-params")
        for key, usual in zip(("temperature_a", "temperature_b"), TEMPERATURES, strict=True)
    )
    return a, b


def _other_network(forward: ForwardPass, text: Text) -> Sides:
    has_rotation = forward.model.rope_frequencies is not None
    variants = divergence.VARIANTS if has_rotation else ()
    options = (*variants, *second.offered())
    if not options:
        st.info(text("no_other", name=as_markdown(forward.model.name)), icon=":material/info:")
        return Sides("models", forward.text)
    other = choose_from_many(
        text("control.other"),
        options,
        options[0],
        key="other",
        names=lambda code: text(f"variant.{code}") if code in variants else code,
    )
    if other not in variants:
        return Sides("models", forward.text, network=other)
    stretch = STRETCH
    if other == "squeezed":
        stretch = st.slider(
            text("control.squeezed_by"), 1.0, 8.0, STRETCH, 0.5, key="squeezed_by",
            bind="query-params",
        )  # fmt: skip
    return Sides("models", forward.text, variant=other, stretch=stretch)


def _second_text(text: Text) -> str:
    """Text B, typed; its box is not shown in a lecture."""
    return type_text(
        text("control.text_b"),
        SECOND_TEXT,
        key="text_b",
        read=lambda words: words if words.strip() else None,
    )


def _asked(sides: Sides, forward: ForwardPass, text: Text) -> Compared | None:
    """What the networks say; None where one of them cannot be asked, and a sentence says why."""
    read_a = answer_to(Reading(forward.text), text, key="read_a")
    if read_a is None:
        return None
    sides, read_b = _other_reading(sides, read_a, forward, text)
    if read_b is None:
        return None
    if not read_a.has_tokens_of(read_b):
        return Compared(sides, reads=(read_a, read_b))
    a = Side(forward.text, sides.temperatures[0], read=read_a)
    b = Side(sides.text_b, sides.temperatures[1], _switch(sides, forward), sides.network, read_b)
    contrast = answer_to(Contrast(a, b), text, key="contrast")
    return None if contrast is None else Compared(sides, contrast)


def _switch(sides: Sides, forward: ForwardPass):
    if not sides.variant:
        return None
    return divergence.switch(forward.model, sides.variant, sides.stretch)


def _other_reading(
    sides: Sides, read_a: Read, forward: ForwardPass, text: Text
) -> tuple[Sides, Read | None]:
    """B's reading. Of a text that cannot be read, that of the last one that could."""
    if sides.kind == "temperatures":
        return sides, read_a
    if sides.kind == "models" and not (sides.variant or sides.network):
        return sides, None
    if sides.network:
        model = second_service(sides.network, text)
        asked = Reading(sides.text_b)
        return sides, model and answer_to(asked, text, key="read_second", model=model)
    asked = Reading(sides.text_b, _switch(sides, forward))
    read_b = answer_to(asked, text, key="read_b")
    if read_b is None and sides.kind == "texts":
        sides = replace(sides, text_b=st.session_state.get(GOOD, SECOND_TEXT))
        read_b = answer_to(Reading(sides.text_b), text, key="read_good")
    elif sides.kind == "texts":
        st.session_state[GOOD] = sides.text_b
    return sides, read_b
