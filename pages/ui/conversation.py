"""The conversation that a visitor writes, and what the loaded model's template makes of it."""

import json
import re
from collections.abc import Sequence

import streamlit as st

from core import chat_template
from core.chat_template import ROLES, Marked, TemplateRefuses, Turn
from core.model import chat, service
from pages.text import Text
from pages.ui import address
from pages.ui.cached import stored_chat
from pages.ui.current import why_not
from pages.ui.page import as_markdown, is_lecture
from pages.ui.prompt import LONGEST_IN_ADDRESS
from pages.ui.tokenizers import REFUSALS

KEY = "conversation"
MOST_TURNS = 6
DEFAULT = json.dumps([[turn.role, turn.content] for turn in chat.DEFAULT])


def conversation(text: Text) -> tuple[Turn, ...]:
    """The turns; their fields are not shown in a lecture."""
    address.follow(KEY, DEFAULT, lambda words: words if _is_whole(words) and _read(words) else None)
    turns = _read(st.session_state[KEY])
    if not is_lecture():
        for number, turn in enumerate(turns):
            _fields(number, turn, text)
        with st.container(horizontal=True, key="turns"):
            _button("add", len(turns) == MOST_TURNS, text, [*turns, _next(turns)])
            _button("remove", len(turns) == 1, text, turns[:-1])
            _button("trap", service.shared().chat_template is None, text, _with_trap(turns))
            _button("restore", st.session_state[KEY] == DEFAULT, text, chat.DEFAULT)
    words = st.session_state[KEY]
    fits = len(words) <= LONGEST_IN_ADDRESS and _is_whole(words)
    address.publish(KEY, words if fits and words != DEFAULT else None)
    return turns


def in_tokens(turns: Sequence[Turn], prompted: bool, text: Text) -> tuple[Marked, str, bool]:
    """The conversation in tokens, its template, and whether it is the visitor's own.

    Where there is none, because the model is on its way, has no template, or does not take these
    turns: the conversation that comes with the program, with a sentence that says why.
    """
    # Always there, said or not: what follows would be built anew if it moved down by one.
    slot = st.empty()
    model = service.shared()
    tokenizer, template = model.tokenizer, model.chat_template
    kept = stored_chat()
    instead = kept.by_prompted[prompted], kept.template, False
    if tokenizer is None:
        if tuple(turns) != chat.DEFAULT:
            slot.info(text("instead.soon"), icon=":material/hourglass_top:")
        return instead
    if template is None:
        slot.info(text("instead.no_template", name=model.wanted, shown=kept.model_name),
                  icon=":material/info:")  # fmt: skip
        return instead
    try:
        return chat.converse(template, tokenizer, turns, prompted), template.source, True
    except TemplateRefuses as problem:
        said = text("instead.refused", said=as_markdown(str(problem)), shown=kept.model_name)
        slot.warning(said, icon=":material/info:")
    except REFUSALS as problem:
        slot.warning(why_not(problem, text), icon=":material/info:")
    return instead


def put(turns: Sequence[Turn]) -> None:
    """Replace the conversation."""
    address.touch()
    st.session_state[KEY] = _written(turns)
    st.session_state.published[KEY] = None  # the address does not hold this one yet


def _fields(number: int, turn: Turn, text: Text) -> None:
    # The fields hold what the conversation holds, wherever it came from.
    st.session_state[f"role_{number}"], st.session_state[f"turn_{number}"] = turn.role, turn.content
    with st.container(horizontal=True, key=f"said_{number}"):
        st.selectbox(
            text("control.role", number=number + 1),
            ROLES,
            format_func=lambda role: text(f"kind.{role}"),
            key=f"role_{number}",
            on_change=_typed,
            label_visibility="collapsed",
            width=150,
        )
        st.text_area(
            text("control.content", number=number + 1),
            key=f"turn_{number}",
            on_change=_typed,
            label_visibility="collapsed",
            height=68,
        )


def _button(name: str, disabled: bool, text: Text, turns: Sequence[Turn]) -> None:
    st.button(
        text(f"control.{name}"), key=f"turns_{name}", on_click=put, args=(turns,), disabled=disabled
    )


def _typed() -> None:
    state = st.session_state
    n_turns = len(_read(state[KEY]))
    put([Turn(state[f"role_{n}"], state[f"turn_{n}"]) for n in range(n_turns)])


def _next(turns: Sequence[Turn]) -> Turn:
    """Who speaks next, with nothing said yet."""
    return Turn("assistant" if turns[-1].role == "user" else "user", "…")


def _with_trap(turns: Sequence[Turn]) -> list[Turn]:
    """The last question, with the marks typed into it that end a question and begin an answer."""
    template = service.shared().chat_template
    marks = template and chat_template.injection(template.render)
    asked = [n for n, turn in enumerate(turns) if turn.role == "user"]
    if not marks or not asked:
        return list(turns)
    last = asked[-1]
    question = turns[last].content.split(marks)[0]
    changed = Turn("user", f"{question}{marks}9.")
    return [*turns[:last], changed, *turns[last + 1 :]]


def _written(turns: Sequence[Turn]) -> str:
    return json.dumps([[turn.role, turn.content] for turn in turns], ensure_ascii=False)


def _read(words: str) -> tuple[Turn, ...] | None:
    """The turns that words from the address hold, if they do."""
    try:
        found = tuple(Turn(role, content) for role, content in json.loads(words))
        "".join(turn.content for turn in found)  # refuses what is no text
    except (ValueError, TypeError, RecursionError):
        return None
    is_right = all(turn.role in ROLES for turn in found) and 0 < len(found) <= MOST_TURNS
    return found if is_right else None


def _is_whole(words: str) -> bool:
    """Whether no character is there by half: an address cannot hold one, nor JSON hide it."""
    return not re.search("[\ud800-\udfff]|\\\\u[dD][89a-fA-F]", words)
