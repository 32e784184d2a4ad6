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

Clicked = Callable[[int, int], None]  # column and row of what was clicked


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


def choose(label: str, options: Sequence[str], *, key: str, names: Callable[[str], str]) -> str:
    """Pick one option by its translated name; the address holds its untranslated code."""
    address.follow(key, options[0], lambda code: code if code in options else None)
    code = st.segmented_control(
        label,
        options,
        required=True,
        format_func=names,
        key=key,
        on_change=address.touch,
        persist_state="session",
    )
    address.publish(key, code)
    return code


def choose_index(label: str, count: int, *, key: str, default: int, text: Text) -> int:
    """Pick one of `count` things by its number, from 0; `default` is cut to the last one."""
    if count == 1:  # a slider needs two ends
        st.caption(text("only_one", label=label))
        return 0
    last = count - 1
    return st.slider(
        label,
        0,
        last,
        min(default, last),
        key=key,
        bind="query-params",
        persist_state="session",
    )


def show_figure(
    name: str,
    figure: go.Figure,
    text: Text,
    values: Mapping[str, object],
    on_click: Clicked | None = None,
) -> None:
    """One figure in its frame: title, picture, reading, provenance, numbers and exports.

    `values` fill the fields of the words, and the constants of the figure's recipe.
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
            on_click=on_click,
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
