"""What surrounds every page: language, menu, lecture mode, and the language of the document."""

from pathlib import Path

import streamlit as st

from pages.text import DEFAULT_LANGUAGE, LANGUAGES, Text
from pages.ui import address
from pages.ui.page import choose, is_lecture

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "frame.css").read_text("utf-8")
LECTURE_STYLE = (FOLDER / "lecture.css").read_text("utf-8")
_DOCUMENT = st.components.v2.component(
    "glassbox_document",
    js="""
// Streamlit's <html lang> is always "en": wrong for screen readers and for Han glyphs.
export default ({ data }) => { document.documentElement.lang = data.language }
""",
)


def preferred_language() -> str:
    """The browser's language if the app speaks it, else English."""
    code = (st.context.locale or DEFAULT_LANGUAGE).split("-")[0].lower()
    return code if code in LANGUAGES else DEFAULT_LANGUAGE


def depart() -> None:
    """Go where a click or an opened view file leads."""
    if "destination" not in st.session_state:
        return
    topic, query = st.session_state.pop("destination")
    known = topic.isidentifier() and (FOLDER.parent / f"{topic}.py").is_file()
    st.switch_page(f"pages/{topic if known else 'home'}.py", query_params=query)


def language() -> str:
    """The language of this run, chosen below the menu (not shown in a lecture)."""
    if address.LANGUAGE not in st.session_state and address.LANGUAGE not in st.query_params:
        st.session_state[address.LANGUAGE] = preferred_language()
    with st.sidebar:
        place = st.container(key="language_place")
    with place:
        return choose(
            ":material/language: Language · 语言",
            list(LANGUAGES),
            key=address.LANGUAGE,
            names=LANGUAGES.__getitem__,
        )


def navigate(pages: dict[str, list[st.Page]], text: Text) -> st.Page:
    """The page that the address asks for; the menu is hidden in a lecture."""
    lecture = is_lecture()
    # Before the pages: the browser would fetch the first one's icon from a font server.
    st.set_page_config(page_icon=str(FOLDER / "icon.svg"))
    page = st.navigation(pages, position="hidden" if lecture else "sidebar", expanded=True)
    st.session_state.page = page.url_path
    st.set_page_config(
        page_title=f"{page.title} · Glassbox",
        layout="wide",
        initial_sidebar_state="collapsed" if lecture else "expanded",
    )
    st.logo(str(FOLDER / "logo.svg"), size="large", icon_image=str(FOLDER / "icon.svg"))
    st.html(f"<style>{STYLE}{LECTURE_STYLE if lecture else ''}</style>")
    return page


def finish(text: Text) -> None:
    """The switch for lecture mode, and what the document is told; last, for it takes room."""
    with st.container() if is_lecture() else st.sidebar:
        st.toggle(text("lecture"), key="lecture", bind="query-params", help=text("lecture_help"))
    _DOCUMENT(key="document", data={"language": HTML_LANGUAGE[text.language]}, height=1)


HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}
