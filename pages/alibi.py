"""ALiBi: scores that lose something for every position of distance."""

import streamlit as st

from core import alibi
from core.model.switch import Switch, Switched
from pages.figures import alibi as figures
from pages.ui import address
from pages.ui.asking import answer_to
from pages.ui.current import choose_head, current_run, measured_on
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source
from pages.ui.ribbon import ribbon

MOST_HEADS, LENGTHS, LENGTH = 128, [16, 64, 256, 1024, 4096, 16384, 65536], 1024
LONG = 256  # tokens; the model runs more of them only when it is asked to

text = open_page("alibi")
forward = current_run(text)
card = forward.model
with st.container(horizontal=True):
    n_heads = st.slider(text("control.n_heads"), 1, MOST_HEADS, min(card.n_heads, MOST_HEADS),
                        key="alibi_heads", bind="query-params")  # fmt: skip
    n_keys = st.select_slider(text("control.n_keys"), LENGTHS, LENGTH, key="alibi_keys",
                              bind="query-params")  # fmt: skip
heads = alibi.heads(n_heads)
windows = {share: alibi.window(heads.slopes, n_keys, share) for share in (0.9, 0.99)}
values = {"n_heads": n_heads, "n_keys": n_keys, "heads": heads}
values["rule"] = text("rule.between" if heads.n_between else "rule.power", **values)
show_figure("alibi_slopes", figures.slopes(heads, text), text, values)
show_metrics(text, ("steepest", "nearest_half", "gentlest", "furthest_half"), values)
values |= figures.windows_in_words(windows)
show_figure("alibi_windows", figures.windows(windows, n_keys, LENGTHS[-1], text), text, values)

st.subheader(text("own.title"), anchor="own")
layer, head = choose_head(forward, text)
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = choose(
        text("control.scores"), alibi.known_scores(forward), key="alibi_scores",
        names=lambda code: text(f"scores.{code}"),
    )  # fmt: skip
    is_symmetric = st.toggle(text("control.symmetric"), key="symmetric", bind="query-params")
    is_before = st.toggle(text("control.before_scale"), key="before_scale", bind="query-params")
slopes = alibi.slopes(card.n_heads).tolist()
acting = alibi.acting_slope(slopes[head], forward.scale, is_before_scale=is_before)
scores = alibi.scores(kind, forward, layer, head)
found = alibi.biased(scores, acting, is_symmetric=is_symmetric)
row, choose_row = address.place("row", len(forward.tokens), len(forward.tokens) - 1)
ribbon(forward.tokens, row, label=text("ribbon.label"), shades=found.attention_weights[row],
       on_click=choose_row)  # fmt: skip
measured = {
    "text": forward.text, "layer": layer, "head": head, "row": row, "name": card.name,
    "alibi_scores": kind, "symmetric": is_symmetric, "before_scale": is_before, "found": found,
    "query": forward.tokens[row].visible, "slope": slopes[head], "acting": acting,
    "scale": forward.scale, "d_head": card.d_head, "model": measured_on(forward, text),
    "as_if": text(f"as_if.{kind}", name=card.name),
}  # fmt: skip
shown = figures.matrices(found, forward.tokens, row, text)
show_figure("alibi_matrices", shown, text, measured, click=lambda _, clicked: choose_row(clicked))
show_metrics(text, ("slope", "acting", "distance", "plain_distance"), measured)
show_figure("alibi_row", figures.row(found, forward.tokens, row, text), text, measured)

st.subheader(text("switched.title"), anchor="switched")
if card.rope_frequencies is None:
    st.info(text("switched.no_rotation", name=card.name), icon=":material/info:")
else:
    st.markdown(text("switched.offer"))
    runs, is_long = {"own": forward, "alibi": None, "none": None}, len(forward.tokens) > LONG
    for name, switch in {"alibi": Switch(slopes=tuple(slopes)), "none": Switch()}.items():
        if forward.is_stored:  # the model that is loaded may be another one
            st.caption(text("switched.waits", encoding=text(f"encoding.{name}")))
        elif runs["alibi"] or name == "alibi":  # of a long text, both are asked for with one click
            runs[name] = answer_to(Switched(forward.text, switch), text, key=f"with_{name}",
                                   on_request=name == "alibi" and is_long)  # fmt: skip
    encoded = {name: run and alibi.encoded(run, layer, head) for name, run in runs.items()}
    measured |= {name: figures.loss_in_words(run, text) for name, run in encoded.items()}
    show_figure("alibi_maps", figures.maps(encoded, forward.tokens, text), text, measured)
    show_metrics(text, ("own", "alibi", "none"), measured)
    show_figure("alibi_losses", figures.losses(encoded, forward.tokens, text), text, measured)
    st.markdown(text("switched.caution"))
show_source(alibi.slopes, alibi.bias, alibi.biased, alibi.window, text=text)
