"""The sentence that goes through the whole machine, shared by all pages."""

import json

import streamlit as st

from core.model.stored import DEFAULT_TEXT
from pages.text import Text
from pages.ui import address
from pages.ui.component import component

LONGEST_IN_ADDRESS = 500  # characters; beyond, links are cut by mail programs and proxies
LARGEST_VIEW_FILE = 1_000_000  # bytes
TYPED = "typed"  # in the session: the sentence before, and what is typed in its place (live.py)
DEFAULT = DEFAULT_TEXT  # layer 13, head 8 looks from "it" to "cat"
EXAMPLES = {
    "coreference": DEFAULT,
    "repetition": "The red fox met the grey wolf. Then the red fox met the grey",
    "arithmetic": "2 + 3 = 5, 4 + 4 = 8, 1 + 6 = ",
    "code": "def add(a, b):\n    return a +",
    "chinese": "今天天气很好，我们一起去公园",
    "quotation": "It was the best of times, it was the worst of",
}
FILE_CHOOSER = component(
    "file",
    "view_file.js",
    css="view_file.css",
    html="<label><span></span><input type='file' accept='.json' hidden></label>",
)


def prompt_box(text: Text, shown: bool) -> None:
    """The box and the examples (not in a lecture); the sentence follows the address in any case."""
    address.follow("prompt", DEFAULT, str)
    if shown:
        st.text_area(
            text("prompt.label"),
            key="prompt",
            height=68,
            on_change=hand_over,
            persist_state="session",
        )
        choices(text)
    publish()


def choices(text: Text) -> None:
    """The examples, and files for texts that are too long for the address bar."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="examples"):
        for name, words in EXAMPLES.items():
            st.button(
                text(f"example.{name}"),
                key=f"example_{name}",
                on_click=put,
                args=(words,),
                type="tertiary",
            )
        with st.popover(
            text("view.menu"), icon=":material/bookmark:", key="view_menu", type="tertiary"
        ):
            view_menu(text)


def publish() -> None:
    """Keep the sentence in the address, as long as it fits there."""
    prompt = st.session_state.prompt
    fits = len(prompt) <= LONGEST_IN_ADDRESS
    address.publish("prompt", prompt if fits and prompt != DEFAULT else None)


def hand_over() -> None:
    """The box has handed its text over."""
    address.touch()
    st.session_state.pop(TYPED, None)


def put(prompt: str) -> None:
    """Replace the sentence."""
    hand_over()
    st.session_state.prompt = prompt
    st.session_state.published["prompt"] = None  # the address does not hold this one yet


def view_menu(text: Text) -> None:
    """Save this view to a file, or open one."""
    st.markdown(text("view.about", limit=LONGEST_IN_ADDRESS))
    st.download_button(
        text("view.save"), view_file, "view.glassbox.json", "application/json", on_click="ignore"
    )
    FILE_CHOOSER(
        key="view_file",
        data={"label": text("view.open"), "most": LARGEST_VIEW_FILE},
        on_chosen_change=open_chosen,
    )
    problem = st.session_state.pop("view_problem", None)
    if problem:
        st.warning(text(f"view.{problem}", limit=LARGEST_VIEW_FILE))


def view_file() -> str:
    """The view as a file: the sentence, and everything else that the address holds."""
    rest = {key: words for key, words in st.query_params.items() if key != "prompt"}
    return json.dumps(
        {
            "glassbox": 1,
            "page": st.session_state.page or "home",
            "prompt": st.session_state.prompt,
            "address": rest,
        },
        ensure_ascii=False,
    )


def open_chosen() -> None:
    """Take over the view of a chosen file, or say that it holds none."""
    try:
        prompt, page, rest = read_view(st.session_state.view_file.chosen["text"])
    except ValueError:
        st.session_state.view_problem = "unreadable"
        return
    put(prompt)
    # The rest comes as an address does, with all the checks that an address goes through.
    st.session_state.destination = page, rest


def read_view(words: str) -> tuple[str, str, dict[str, str]]:
    """The sentence, the page and the address of a view file.

    Raises:
        ValueError: it is no view file.
    """
    try:
        view = json.loads(words)
        prompt, page, rest = view["prompt"], view["page"], dict(view["address"])
        # Joining refuses what is no text, encoding half of a character, which JSON lets pass.
        "".join([prompt, page, *rest.keys(), *rest.values()]).encode("utf-8")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a view: {error!r}") from error
    return prompt, page, rest
