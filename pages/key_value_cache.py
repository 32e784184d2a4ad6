"""The KV cache: the time of a token with and without it, and the memory that it takes."""

import streamlit as st

from core import key_value_cache
from core.model.cache_timing import CacheTiming
from pages.figures import key_value_cache as figures
from pages.ui.asking import answer_to
from pages.ui.cached import long_text
from pages.ui.current import current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

AT_ONCE = 64  # tokens before; a longer text takes long enough to be asked for

text = open_page("key_value_cache")
forward = current_run(text)
card = forward.model
with st.container(horizontal=True, vertical_alignment="bottom"):
    source = choose(
        text("control.source"),
        ["sentence", "play"],
        key="cached_text",
        names=lambda code: text(f"source_of_text.{code}"),
    )
    is_own = source == "sentence"
    n_before = st.slider(
        text("control.n_before"),
        16,
        896,
        256,
        16,
        key="n_before",
        bind="query-params",
        disabled=is_own,
    )
    n_new = st.slider(text("control.n_timed"), 4, 64, 16, key="n_timed", bind="query-params")
asked = (
    CacheTiming(forward.text, len(forward.tokens), n_new)
    if is_own
    else CacheTiming(long_text(), n_before, n_new)
)
values = {
    "text": asked.text if is_own else None,
    "n_before": asked.n_before,
    "n_timed": n_new,
    "card": card,
    "per_token": key_value_cache.bytes_per_token(card),
    "size": key_value_cache.BYTES[card.dtype],
    "model": measured_on(forward, text),
}
answer = None
if forward.is_stored:  # another network may be on its way
    st.empty().caption(text("ask.soon"))
else:
    answer = answer_to(asked, text, key="timing", on_request=asked.n_before > AT_ONCE)
# Always there, filled or not: what follows would be built anew if it moved down.
with st.container():
    if answer is not None:
        values["speeds"] = speeds = key_value_cache.speeds(answer)
        values["times"] = answer
        show_figure("cache_times", figures.times(speeds, text), text, values)
        show_metrics(text, ("first", "with_cache", "without_cache", "gain"), values)
readings = key_value_cache.readings(asked.n_before, n_new)
values["readings"] = readings
show_figure("cache_readings", figures.readings(readings, text), text, values)
values["growth"] = growth = key_value_cache.growth(card, answer)
show_figure("cache_memory", figures.memory(growth, text), text, values)
st.markdown(text("formula", **values))
show_source(key_value_cache.readings, key_value_cache.bytes_per_token, text=text)
