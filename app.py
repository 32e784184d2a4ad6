"""Entry point: the pages by section, and the prompt and the settings that they share."""

import streamlit as st

from pages.ui import address, current, frame, prompt
from pages.ui.cached import words
from pages.ui.entrance import enter
from pages.ui.page import is_lecture

SECTIONS = {
    "start": ["home"],
    "text": ["tokens", "languages", "pre_tokenisation", "bpe", "wordpiece", "unigram", "race",
        "vocabulary_extension", "chat_template", "embedding"],
    "position": ["absolute", "rope", "relative", "pairing", "alibi", "interpolation", "switched",
        "long_context"],
    "attention": ["attention", "stages", "atlas", "lines", "decoding", "comparison", "ablation"],
    "design": ["scaling", "masks", "cross_attention", "grouped_query", "key_value_cache"],
    "prediction": ["sampling", "temperature", "draws", "writing", "beam_search", "repetition",
        "speculative"],
    "information": ["surprisal", "perplexity", "bits_per_byte", "sliding_window", "divergence",
        "entropy", "cross_entropy", "softmax", "self_supervision"],
}  # fmt: skip


def page_of(topic: str, language: str) -> st.Page:
    """A topic's page, titled in the reader's language."""
    text = words(topic, language)
    return st.Page(
        f"pages/{topic}.py", title=text("menu"), icon=text("icon"), default=topic == "home"
    )


def pages(language: str) -> dict[str, list[st.Page]]:
    """The menu, by section."""
    text = words("home", language)
    return {
        text(f"section.{section}"): [page_of(topic, language) for topic in topics]
        for section, topics in SECTIONS.items()
        if topics
    }


enter()
address.begin()
frame.depart()
language = frame.language()
text = words("home", language)
page = frame.navigate(pages(language), text)
prompt.prompt_box(text, shown=not is_lecture())
page.run()
frame.finish(text)
current.model_state(text)
