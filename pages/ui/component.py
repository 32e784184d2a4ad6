"""Components of our own, which never go back to data that they had before.

While a component comes onto the page its script is still being fetched, and data of the next run
may overtake the first ones (Streamlit 1.67): the older ones are drawn last and stay. So data are
numbered as they change, and those that come late are left out.
"""

import pickle
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent
IN_ORDER = """
export default (component) => {
  const { data, parentElement } = component
  if (parentElement.glassboxNumber > data.number) return
  parentElement.glassboxNumber = data.number
  return render(component)
}
"""


def component(name: str, *scripts: str, css: str | None = None, **more) -> Callable[..., None]:
    """A component of script files of this folder, to be shown with `key`, `data` and callbacks.

    The last of the scripts has a function `render` of what Streamlit hands to components.
    """
    source = "\n".join((FOLDER / script).read_text("utf-8") for script in scripts)
    style = None if css is None else (FOLDER / css).read_text("utf-8")
    mount = st.components.v2.component(f"glassbox_{name}", js=source + IN_ORDER, css=style, **more)

    def show(*, key: str, data: Mapping[str, object], **callbacks) -> None:
        mount(key=key, data={**data, "number": _number(key, data)}, **callbacks)

    return show


def _number(key: str, data: Mapping[str, object]) -> int:
    """As long as the data stay the same, the same; and else a larger one.

    Milliseconds, so that numbers grow on when the server was started anew under an open page.
    """
    sent, content = st.session_state.setdefault("sent", {}), hash(pickle.dumps(data))
    known, number = sent.get(key, (None, 0))
    if content != known:
        number = max(number + 1, int(time.time() * 1000))
        sent[key] = content, number
    return number
