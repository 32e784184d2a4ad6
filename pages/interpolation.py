"""Position interpolation: a longer text in the angles that the network was trained on."""

import json

import streamlit as st

from core import interpolation
from pages.figures import interpolation as figures
from pages.ui.cached import fitted_score
from pages.ui.current import current_run
from pages.ui.extension import choose_extension
from pages.ui.number import type_number
from pages.ui.page import open_page, show_figure, show_metrics, show_source

MOST_DIGITS, DIGITS, LAST_SEED = 12, 6, 999

text = open_page("interpolation")
card = current_run(text).model
asked = choose_extension(card, text)
trained, plan = asked.trained, asked.plan
chosen = interpolation.scaled(asked.method, trained, plan)
values = {
    "name": card.name,
    "d_head": trained.d_head,
    "base": trained.base,
    "context_length": trained.length,
    "method": asked.method,
    "method_name": text(f"method.{asked.method}"),
    "stretch": plan.s,
    "target": plan.length,
    "alpha": plan.alpha,
    "beta": plan.beta,
    "ramp": plan.ramp,
    "n_left": asked.n_left,
    "turned_pair": asked.pair,
    "ratio": chosen.ratios[asked.pair],
    "n_pairs": len(chosen.ratios),
    "n_untouched": chosen.n_untouched,
    "n_interpolated": chosen.n_interpolated,
    "dynamic": interpolation.dynamic_stretch(plan.s, plan.length, trained.length),
    "factor": chosen.factor,
    "logit_factor": chosen.logit_factor,
}
show_figure("angles", figures.angles(chosen, trained, plan.length, asked.pair, text), text, values)
st.caption(text("from_card" if card.rope_base else "no_rope", **values))
show_metrics(text, ("n_untouched", "n_interpolated", "factor", "logit_factor"), values)
st.markdown(text(f"formula.{asked.method}"))
st.markdown(text(f"about.{asked.method}", **values))

every = interpolation.methods(trained, plan)
show_figure("ratios", figures.ratios(every, asked.method, asked.pair, text), text, values)
code, paper = (
    interpolation.ramp(kind, trained, plan.alpha, plan.beta) for kind in interpolation.RAMPS
)
llama = interpolation.ramp("paper", trained, *interpolation.LLAMA_3)
ends = plan.alpha, plan.beta
show_figure("ramps", figures.ramps(code, paper, llama, ends, trained, text), text, values)

with st.container(horizontal=True):
    digits = st.slider(
        text("control.digits"), 1, MOST_DIGITS, DIGITS, key="digits", bind="query-params"
    )
    seed = type_number(text("control.seed"), 0, LAST_SEED, 0, key="seed", width=160)
score = fitted_score(asked.method, trained, plan, digits, seed)
values |= {"digits": digits, "seed": seed, "score": score}
show_figure("blow_up", figures.blow_up(score, values["method_name"], text), text, values)

st.subheader(text("config.title"), anchor="config")
config = interpolation.as_config(asked.method, trained, plan)
st.markdown(text("config.how" if config else "config.none"))
st.code(json.dumps(config, indent=2), language="json", height=320 if config else 80)
show_source(interpolation.scaled, interpolation.ramp, interpolation.ntk, text=text)
