"""Temperature: the same logits from one sure token to all alike, and what follows from it."""

import streamlit as st

from core import surprisal, temperature
from core.temperature import STOPS
from pages.figures import temperature as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import as_code, choose_from_many, open_page, show_figure, show_source

SHOWN = 12  # of the most likely tokens

text = open_page("temperature")
forward = current_run(text)
found = temperature.sweep(forward.logits, SHOWN)
shown = tuple(forward.token(int(token_id)) for token_id in found.ids)
stop, choose_stop = address.place("stop", len(STOPS), temperature.NEUTRAL)
cross_entropy = surprisal.course(forward.surprisals).cross_entropy
has_own = len(forward.surprisals) > 0
matching = temperature.reaching(forward.logits, cross_entropy) if has_own else 1.0
values = {
    "text": forward.text,
    "stop": stop,
    "now": figures.name_of(STOPS[stop]),
    "entropy": found.entropies[stop],
    "entropy_before": found.entropies[temperature.NEUTRAL],
    "most": found.most,
    "total": found.n_tokens,
    "kept": int(found.n_kept[stop][temperature.SHARES.index(0.9)]),
    "kept_before": int(found.n_kept[temperature.NEUTRAL][temperature.SHARES.index(0.9)]),
    "own": text(
        "own.known" if has_own else "own.none", bits=cross_entropy, matching=f"{matching:.2f}"
    ),
    "model": measured_on(forward, text),
}
show_figure(
    "sweep",
    figures.sweep(found, shown, cross_entropy, stop, text),
    text,
    values,
    step=choose_stop,
)

ranks = [str(rank) for rank in range(1, len(shown) + 1)]
with st.container(horizontal=True):
    one, other = (
        choose_from_many(
            text(f"control.{key}"),
            ranks,
            usual,
            key=key,
            names=lambda rank: f"{rank}. {shown[int(rank) - 1].visible}",
        )
        for key, usual in (("odds_one", ranks[0]), ("odds_other", ranks[1]))
    )
ids = found.ids[int(one) - 1], found.ids[int(other) - 1]
pair = temperature.Pair(STOPS[stop], *(float(forward.logits[number]) for number in ids))
names = tuple(forward.token(int(number)).visible for number in ids)
values |= {"one": names[0], "other": names[1], "odds_one": int(one), "odds_other": int(other)}
show_figure("odds", figures.odds(pair, names, stop, text), text, values)
st.markdown(
    text(
        f"formula.{pair.kind}",
        one=as_code(names[0]),
        other=as_code(names[1]),
        z_one=pair.one,
        z_other=pair.other,
        ratio=pair.ratio,
        difference=pair.difference,
        stretched=pair.stretched,
        now=values["now"],
        odds=figures.as_power(temperature.odds(pair.difference, STOPS[stop])),
    )
)
show_figure("kept_sets", figures.kept_sets(found, stop, text), text, values)
show_source(temperature.sweep, temperature.at, temperature.odds, temperature.reaching, text=text)
