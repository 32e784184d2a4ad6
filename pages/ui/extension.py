"""The controls of the pages on position interpolation: how a network's positions are stretched."""

from dataclasses import dataclass

import streamlit as st

from core import interpolation
from core.model.forward_pass import ModelCard
from pages.text import Text
from pages.ui.number import type_number
from pages.ui.page import choose, choose_from_many, choose_index

STRETCHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
MOST_POSITIONS = 1_000_000
USUAL_PAIR, USUAL_LEFT = 16, 12


@dataclass(frozen=True)
class Extension:
    """What is asked for."""

    method: str  # one of interpolation.METHODS
    trained: interpolation.Trained
    plan: interpolation.Plan
    n_left: int  # pairs that LongRoPE's list leaves alone
    pair: int


def choose_extension(card: ModelCard, text: Text) -> Extension:
    """Method, factor, length and a pair side by side; what few want to change behind a button.

    Stops the page with a sentence for a network whose heads have no two pairs.
    """
    n_pairs = interpolation.count_pairs(card)
    if n_pairs < 2 or not card.has_pairs:
        st.warning(text("no_pairs", d_head=card.d_head))
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = choose_from_many(
            text("control.method"),
            interpolation.METHODS,
            "yarn",
            key="extension",
            names=lambda code: text(f"method.{code}"),
        )
        stretch = st.select_slider(
            text("control.stretch"), STRETCHES, 4.0, key="factor", bind="query-params"
        )
        times = st.select_slider(
            text("control.times"), (0.5, *STRETCHES), 4.0, key="times", bind="query-params"
        )
        usual = min(USUAL_PAIR, n_pairs - 1)
        pair = choose_index(
            text("control.pair"), n_pairs, key="turned_pair", default=usual, text=text
        )
        with st.popover(text("control.more"), icon=":material/tune:"):
            trained = _choose_trained(card, text)
            alpha = st.slider(
                text("control.alpha"), 0.25, 3.5, 1.0, 0.25, key="alpha", bind="query-params"
            )
            beta = st.slider(
                text("control.beta"), 4.0, 64.0, 32.0, 1.0, key="beta", bind="query-params"
            )
            ramp = choose(
                text("control.ramp"),
                interpolation.RAMPS,
                key="ramp",
                names=lambda code: text(f"ramp.{code}"),
            )
            n_left = st.slider(
                text("control.n_left"),
                0,
                n_pairs,
                min(USUAL_LEFT, n_pairs),
                key="n_left",
                bind="query-params",
            )
    factors = interpolation.step_factors(n_pairs, n_left, stretch)
    plan = interpolation.Plan(stretch, trained.times(times), alpha, beta, ramp, factors)
    return Extension(method, trained, plan, n_left, pair)


def _choose_trained(card: ModelCard, text: Text) -> interpolation.Trained:
    length = type_number(
        text("control.length"), 16, MOST_POSITIONS, card.context_length, key="trained_length"
    )
    usual = card.rope_base or interpolation.USUAL_BASE
    base = st.number_input(text("control.base"), 2.0, 1e9, usual, key="base", bind="query-params")
    return interpolation.trained(card, base, length)
