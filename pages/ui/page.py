"""What every page does the same way: open with its words, offer choices, show figures and code."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.text import DEFAULT_LANGUAGE, Text
from pages.ui import address, export
from pages.ui.cached import words
from pages.ui.entrance import enter
from pages.ui.stage import stage

Listener = Callable[..., None]
LONGEST_PASSAGE = 400  # characters


def is_lecture() -> bool:
    """Whether large type and no chrome are asked for, known before the switch is drawn."""
    return bool(st.session_state.get("lecture", st.query_params.get("lecture") == "true"))


def open_page(topic: str) -> Text:
    """Show the topic's title and lede, and return its words in the chosen language."""
    enter()
    text = words(topic, st.session_state.get(address.LANGUAGE, DEFAULT_LANGUAGE))
    if not is_lecture():
        st.title(text("title"), anchor=False)
        st.markdown(text("lede"))
    return text


def go_to(topic: str) -> None:
    """Turn to another page, at the start of the next run."""
    st.session_state.destination = topic, {}


def as_markdown(value: object) -> object:
    """A value that stands in a sentence as it is, whatever the visitor typed into it."""
    return (
        re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", value)
        if isinstance(value, str)
        else value
    )


def as_code(words: str) -> str:
    """Words set as code in Markdown, backticks included."""
    return f"`` {words} ``" if "`" in words else f"`{words}`"


def as_passage(plain: str, marked: str) -> str:
    """Two texts that go on from one to the other, line by line; of a long first one, its end."""
    start = plain if len(plain) <= LONGEST_PASSAGE else "…" + plain[-LONGEST_PASSAGE:]
    before, after = (
        [str(as_markdown(line)).replace("=", r"\=") for line in lines_of(part)]
        for part in (start, marked)
    )
    after = [_in_bold(line) if line.strip() else "" for line in after]
    # A line that begins with white space would be code.
    lines = [*map(str.lstrip, before[:-1]), before[-1].lstrip() + after[0], *after[1:]]
    return "  \n".join(lines)


def lines_of(words: str) -> list[str]:
    """The lines as Markdown has them; at least one."""
    return words.replace("\r", "\n").split("\n")


def _in_bold(line: str) -> str:
    # White space has to stand outside the stars; within the colour, they hold next to any letter.
    words = line.strip()
    start = line.index(words)
    return f":orange[{line[:start]}**{words}**{line[start + len(words) :]}]"


def choose(label: str, options: Sequence[str], *, key: str, names: Callable[[str], str]) -> str:
    """Pick one option by its translated name; the address holds its untranslated code."""
    return _chosen(st.segmented_control, label, options, options[0], key, names, required=True)


def choose_from_many(
    label: str, options: Sequence[str], default: str, *, key: str, names: Callable[[str], str]
) -> str:
    """The same from a list that opens, for more options than fit side by side."""
    return _chosen(st.selectbox, label, options, default, key, names)


def _chosen(widget: Callable, label, options, default, key, names, **more) -> str:
    address.follow(key, default, lambda code: code if code in options else None, tuple(options))
    code = widget(
        label,
        options,
        format_func=names,
        key=key,
        on_change=address.touch,
        persist_state="session",
        **more,
    )
    address.publish(key, code)
    return code


def choose_index(label: str, count: int, *, key: str, default: int, text: Text) -> int:
    """Pick one of `count` things by its number, from 0; `default` is cut to the last one."""
    if count == 1:  # a slider needs two ends
        st.caption(text("only_one", label=label))
        return 0
    usual = min(default, count - 1)
    address.index(key, count, usual)
    index = st.slider(
        label, 0, count - 1, key=key, on_change=address.touch, persist_state="session"
    )
    address.publish(key, None if index == usual else str(index))
    return index


def show_figure(
    name: str,
    figure: go.Figure,
    text: Text,
    values: Mapping[str, object],
    **listeners: Listener,
) -> None:
    """One figure in its frame: title, picture, reading, provenance, numbers and exports.

    `values` fill the fields of the words, and the constants of the figure's recipe. Listeners are
    named after what they hear, such as `click`; see stage.
    """
    lecture = is_lecture()
    words = {key: as_markdown(value) for key, value in values.items()}
    with st.container(key=f"frame_{name}", gap="small"):
        head = st.container(horizontal=True, vertical_alignment="center")
        head.subheader(text(f"{name}.title", **words), anchor=name)
        stage(
            name,
            figure,
            alt=text(f"{name}.alt", **values),
            lecture=lecture,
            listeners=listeners,
        )
        st.markdown(text(f"{name}.reading", **words))
        st.caption(text(f"{name}.provenance", **words))
        if not lecture:
            with head:
                export.export_menu(name, figure, text, values)
            export.show_numbers(name, figure, text)


def show_metrics(text: Text, names: Sequence[str], values: Mapping[str, object]) -> None:
    """Numbers side by side, each under its name."""
    for column, name in zip(st.columns(len(names)), names, strict=True):
        column.metric(text(f"metric.{name}.label"), text(f"metric.{name}.value", **values))


def show_source(*functions: Callable, text: Text) -> None:
    """The code that computed the page, as it runs."""
    if is_lecture():
        return
    source = st.expander(text("source"), icon=":material/code:", on_change="rerun", key="source")
    if source.open:
        source.code("\n\n".join(map(inspect.getsource, functions)))
