"""Chat template: a conversation becomes one text, and that text tokens."""

import streamlit as st

from core import chat_template
from core.model import chat
from pages.figures import chat_template as figures
from pages.ui import prompt
from pages.ui.conversation import conversation, in_tokens
from pages.ui.page import is_lecture, open_page, show_figure, show_metrics, show_source

text = open_page("chat_template")
turns = conversation(text)
controls = st.container(horizontal=True, vertical_alignment="center")
prompted = controls.toggle(
    text("control.prompted"), True, key="generation_prompt", bind="query-params"
)
found, template, is_own = in_tokens(turns, prompted, text)
controls.button(
    text("control.use"),
    key="use_conversation",
    icon=":material/input:",
    on_click=prompt.put,
    args=(found.rendered.text,),
)

counts = found.counts
values = {
    "turns": tuple((turn.role, turn.content) for turn in found.rendered.turns),
    "prompted": prompted,
    "n_tokens": len(found.cut),
    "n_learnt": found.n_in_loss,
    "n_turns": len(found.rendered.turns),
    "n_special": counts["marker"],
    "n_injected": counts["injected"],
    "n_template": counts["template"],
    "preface": found.preface or text("preface.none"),
    "told": text(f"told.{found.rendered.told_by}"),
    "how": text("how.live" if is_own else "how.stored", name=found.cut.card.name),
}
show_figure("chat_tokens", figures.tokens(found, text), text, values)
show_metrics(text, ("n_tokens", "n_special", "n_injected", "n_learnt"), values)
show_figure("chat_shares", figures.shares(found, text), text, values)
if not is_lecture():
    st.markdown(text("template.source"))
    st.code(template, language="jinja2", wrap_lines=True)
show_source(
    chat_template.rendered,
    chat_template.place_of,
    chat_template.marked,
    chat.ChatTemplate,
    text=text,
)
